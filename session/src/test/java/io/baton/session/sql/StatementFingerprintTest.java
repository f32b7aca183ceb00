package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementFingerprintTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "SELECT  *  FROM t WHERE a = 'secret' | select * from t where a = ?",
        "select * from t where a in (1, 2,3 ,?) | select * from t where a in (?)",
        "insert into \"T\".x values ($1, E'\\n', $$x$$) | insert into \"T\".x values (?)",
        "select /* why */ f(x) -- end | select f (x)",
        "set app.key = 42; select 1 | set app.key = ?; select ?",
        "select $1::int | select ? :: int",
      })
  void texts_thatDifferInTheirDataOnly_haveOneFingerprint(String sql, String fingerprint) {
    assertThat(StatementFingerprint.of(sql)).isEqualTo(fingerprint);
  }

  @ParameterizedTest
  @CsvSource({"'", "E'\\", "$$", "/*", "\"", "(((((", "''"})
  void text_thatIsMalformed_hasOneAsWell(String sql) {
    assertThat(StatementFingerprint.of(sql)).isNotNull();
  }

  @Test
  void wholeFingerprint_isNotCutOff_andHoldsNoValue() {
    String sql = "select a from t where " + "a = 'secret' or ".repeat(100) + "b = 42";
    String whole = new StatementAnalyzer().analyze(sql).wholeFingerprint();
    assertThat(whole).hasSizeGreaterThan(500).endsWith("b = ?").doesNotContain("secret");
  }

  /** As the server reads it, the quote behind the backslash belongs to the string. */
  @Test
  void wholeFingerprint_ofAStringWithBackslashes_holdsNoValue() {
    String sql = "select 'it\\' is secret', 'x'";
    assertThat(new StatementAnalyzer().analyze(sql, false).wholeFingerprint())
        .isEqualTo("select ?");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void wholeFingerprint_isTheSame_whateverTheValues(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      String[] texts = {"select", "select"};
      for (int part = 0; part < 1 + random.nextInt(8); part++) {
        String name = " c" + random.nextInt(3) + " = ";
        for (int text = 0; text < 2; text++) {
          texts[text] += name + value(random) + " and";
        }
      }
      assertThat(StatementFingerprint.whole(texts[0], true))
          .isEqualTo(StatementFingerprint.whole(texts[1], true))
          .doesNotContain("secret");
    }
  }

  private static String value(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> String.valueOf(random.nextInt(1000));
      case 1 -> "'secret''" + random.nextInt() + "'";
      case 2 -> "E'secret\\'" + random.nextInt() + "'";
      case 3 -> "$q$secret' " + random.nextInt() + "$q$";
      case 4 -> "?";
      default -> "/* secret */ U&'secret" + random.nextInt() + "'";
    };
  }
}
