package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MomentWordsTest {

  private static boolean dependsOnMoment(String sql) {
    return new StatementAnalyzer().analyze(sql).dependsOnMoment();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select now() from t",
        "select * from t where at > CURRENT_DATE - 7",
        "select * from t where at > 'today'",
        "select * from t where at > E'10:00 Tomorrow'",
        "select * from t where at > {fn curdate()}",
        "select ctid, * from t",
        "select pg_catalog.pg_backend_pid(), a from t",
        "select age(born) from t",
        "select current_setting('server_version') from t",
        "select * from t tablesample system (10)",
      })
  void text_thatDependsOnTheMoment_isSeen(String sql) {
    assertThat(dependsOnMoment(sql)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select now, \"current_date\", version from t -- now()",
        "select * from t where name = 'nowhere' and text = 'it is now or never, as was said by many"
            + " a poet long before this one was born'",
        "select current_setting('app.tenant') from t",
        "select pg_typeof(a), to_char(a, 'YYYY') from t",
      })
  void text_thatDoesNot_isNotTakenForOne(String sql) {
    assertThat(dependsOnMoment(sql)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"(public.open_since(id) > 3)", "\"open_since\"(x)"})
  void functionsOfTheDatabase_countIfTheyAreNamed(String expression) {
    assertThat(MomentWords.areIn(expression, Set.of("open_since"))).isTrue();
    assertThat(MomentWords.areIn(expression, Set.of("open_until"))).isFalse();
  }
}
