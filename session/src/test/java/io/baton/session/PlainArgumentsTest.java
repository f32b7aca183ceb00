package io.baton.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalyzer;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which calls show all that they pass. */
class PlainArgumentsTest {

  private static boolean arePlain(String sql, String... bound) {
    StatementAnalysis analysis = new StatementAnalyzer().analyze(sql, true);
    List<String> values = List.of(bound);
    ParameterValues parameters =
        index ->
            index <= values.size()
                ? ParameterValues.Value.of(values.get(index - 1))
                : ParameterValues.Value.UNKNOWN;
    return PlainArguments.are(analysis, analysis.statements().get(0), parameters);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select setter('app.one', '1')",
        "select public.setter('App.One', 'Smith & Sons Co. Ltd')",
        "call p_set('app.one', '1.5')",
        "select setter('work_mem', '64MB')",
        "select setter('app.one', null)"
      })
  void constants_arePlain(String sql) {
    assertThat(arePlain(sql)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"app.one", "nothing", "Co. Ltd", "3.14"})
  void boundValues_arePlain(String bound) {
    assertThat(arePlain("select setter(?, 'x')", bound)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"app.a$b", "app.gr\u00f6\u00dfe", "app.my-name", "app.a b.c"})
  void valuesThatNobodyFinds_areNotPlain(String bound) {
    assertThat(arePlain("select setter(?, 'x')", bound)).isFalse();
    assertThat(arePlain("select setter('" + bound + "', 'x')")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select setter(?, ?)",
        "select setter('app' || '.one', '1')",
        "select setter(lower('APP.ONE'), '1')",
        "select setter('app'\n'.one', '1')",
        "select setter(E'app\\x2eone', '1')",
        "select setter(U&'app\\002eone', '1')",
        "select setter($$app.one$$, '1')",
        "select setter(name, '1') from cfg",
        "select setter((table cfg), '1')",
        "select setter((values ('app.one')), '1')",
        "select setter(current_user, '1')",
        "select setter(a.name, '1') from cfg a join cfg b using (name)",
        "select setter('app.one', '1'), setter('app.two', '2'); select 1",
        "execute s('app.one')"
      })
  void whatIsMadeOrComesFromElsewhere_isNotPlain(String sql) {
    assertThat(arePlain(sql, "app.one")).isFalse();
  }
}
