package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
