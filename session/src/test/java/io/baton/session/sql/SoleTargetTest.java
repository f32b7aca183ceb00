package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The only table that a statement changes by what it says itself. */
class SoleTargetTest {

  private static @Nullable RelationName target(String sql) {
    return new StatementAnalyzer().analyze(sql).soleTarget();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "insert into a values (1)|a",
        "INSERT INTO A (x, y) SELECT x, y FROM b RETURNING x|a",
        "insert into s.\"A\" as t default values|A",
        "/* c */ update only a set n = 1 where id = ?;|a",
        "update a x set n = b.n from b|a",
        "delete from a using b|a",
        "insert into a values (1) on conflict (id) do update set n = 2|a",
        "merge into a using b on true when matched then update set n = 1|a",
        "with b as (select 1) delete from a|a",
        "delete from a where id in (select id from b for update)|a",
      })
  void change_ofOneTable_hasATarget(String sql, String name) {
    assertThat(target(sql)).extracting(RelationName::name).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select 1",
        "with x as (delete from b returning id) insert into a select id from x",
        "with x as (insert into b values (1)) update a set n = 1",
        "insert into a with x as (delete from b returning id) select id from x",
        "insert into a values (1); insert into b values (1)",
        "insert into U&\"\\0061\" values (1)",
        "truncate a",
        "copy a from stdin",
        "explain analyze delete from a",
        "prepare p as delete from a",
        "create table a as select 1",
      })
  void whatMayChangeMore_hasNone(String sql) {
    assertThat(target(sql)).isNull();
  }

  @Test
  void schema_isKept() {
    assertThat(target("update s.a set n = 1")).isEqualTo(new RelationName("s", "a"));
  }
}
