package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResultShapeTest {

  private static ResultShape of(String sql) {
    return new StatementAnalyzer().analyze(sql).resultShape();
  }

  private static String keys(String sql) {
    StringBuilder keys = new StringBuilder();
    ResultShape shape = of(sql);
    if (shape.keys() == null) {
      return "none";
    }
    for (ResultShape.Key key : shape.keys()) {
      keys.append(keys.isEmpty() ? "" : " ");
      keys.append(key.position() > 0 ? String.valueOf(key.position()) : key.label());
    }
    return keys.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select a, b from t | none",
        "select a, b from t order by 2, 1 desc | 2 1",
        "select a, name from t order by NAME collate \"C\" desc nulls last | name",
        "select p.id, p.name as n from p order by p.name, p.id | 2 1",
        "select p.id x, P.Name y from p order by p.name | 2",
        "select distinct on (a) a, lower(b) from t order by a, lower(b) limit 3 | a 2",
        "select a from t order by b.c | none",
        "select *, t.b from t order by t.b | none",
        "select a + ? from t order by a + ? | none",
        "select a, (select b from u order by c) from t | none",
        "select a from t union all select b from u order by 1 for update | 1",
        "with x as (select a from t order by b) select a, max(b) from x group by 1 order by max(b) | 2",
        "values (1, 2), (3, 4) order by column1 | column1",
        "select a from t order by a using > | none",
      })
  void order_isFoundAmongTheColumns(String sql, String keys) {
    assertThat(keys(sql)).isEqualTo(keys);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select a from t limit 3",
        "select a from t order by a offset ? rows fetch first 2 rows only",
      })
  void limit_ofItsOwn_isSeen(String sql) {
    assertThat(of(sql).limited()).isTrue();
    assertThat(of(sql).open()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select a from (select a from t limit 3) x",
        "select string_agg(a, ',') from t",
        "select row_number() over (order by a) from t",
        "select distinct on (a) a, b from t",
      })
  void whatIsLeftOpenInside_isSeen(String sql) {
    assertThat(of(sql).open()).isTrue();
    assertThat(of(sql).limited()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"select", "order by", "select a from t order by", "))((", "select ,,"})
  void text_thatIsNoQuery_hasAShapeAsWell(String sql) {
    assertThat(of(sql)).isNotNull();
  }
}
