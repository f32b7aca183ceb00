package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyDrawTest {

  private static @Nullable KeyDraw draw(String sql) {
    return StatementAnalyzer.analyzeAnew(sql, true).keyDraw();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "select nextval('s') | select 7::bigint as nextval",
        "SELECT NEXTVAL ( 'a.\"S\"'::regclass ) AS \"Id\"; | SELECT 7::bigint as \"Id\";",
        "select pg_catalog.nextval('s') id /* why */ | select 7::bigint as id /* why */",
        "select nextval('s') for_key | select 7::bigint as for_key",
      })
  void call_givesTheKeyUnderItsName(String sql, String kept) {
    KeyDraw draw = Objects.requireNonNull(draw(sql));
    String column = ((KeyDraw.Call) draw).column();
    assertThat(draw.draws(column)).isTrue();
    assertThat(draw.giving(Map.of(column, List.of(7L)))).isEqualTo(kept);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "insert into t (a, b) values (?, 'x') returning id"
            + "| insert into t (id, a, b) OVERRIDING SYSTEM VALUE  values (7, ?, 'x') returning id",
        "insert into s.t as x (a) values (f(1, array[2, 3])), (?)"
            + "| insert into s.t as x (id, a) OVERRIDING SYSTEM VALUE "
            + " values (7, f(1, array[2, 3])), (8, ?)",
        "insert into t(a)values(1),(2),(3)"
            + "| insert into t(id, a) OVERRIDING SYSTEM VALUE values(7, 1),(8, 2),(DEFAULT, 3)",
        "insert into t (a, id, b) values (?, default, ?), (?, DEFAULT, ?) returning *"
            + "| insert into t (a, id, b) OVERRIDING SYSTEM VALUE "
            + " values (?, 7, ?), (?, 8, ?) returning *",
        "insert into t (id) values (default) | insert into t (id) OVERRIDING SYSTEM VALUE  values (7)",
      })
  void insertion_givesTheKeysToItsRows(String sql, String kept) {
    KeyDraw draw = Objects.requireNonNull(draw(sql));
    assertThat(draw.draws("id")).isTrue();
    assertThat(draw.giving(Map.of("id", List.of(7L, 8L)))).isEqualTo(kept);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select nextval(?)",
        "select nextval('s'), 1",
        "select nextval('s') from generate_series(1, 2)",
        "select nextval('s' || 't')",
        "select nextval('12345')",
        "select nextval('s'::text)",
        "select my.nextval('s')",
        "select nextval('s'); select 1",
        "insert into t values (1)",
        "insert into t (a) select 1",
        "insert into t (a, b) values (1)",
        "insert into t (a.x) values (1)",
        "insert into t (a) overriding user value values (1)",
        "insert into t (a) values (1) on conflict do nothing returning id",
        "insert into t (a) values (1) returning b as id",
        "insert into t (a) values (1) returning id + 1",
        "with x as (select 1) insert into t (a) values (1)",
        "insert into t default values",
        "select 1",
        "update t set a = 1 returning id",
      })
  void whatIsNotSure_isNone(String sql) {
    assertThat(draw(sql)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"insert into t (id) values (5)", "insert into t (id) values (default), (5)"})
  void valueThatWasGiven_isNotDrawn(String sql) {
    assertThat(Objects.requireNonNull(draw(sql)).draws("id")).isFalse();
  }
}
