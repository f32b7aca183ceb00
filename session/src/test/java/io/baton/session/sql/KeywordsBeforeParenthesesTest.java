package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Words of the grammar that stand before a parenthesis are not taken for functions that nobody
 * knows: of such a call, nothing can be said, and a session that made it is lost with its server.
 */
class KeywordsBeforeParenthesesTest {

  /** Functions, and what the judgement of a write knows to be none. */
  private static final Set<String> OTHERS =
      Set.of("count", "version", "t", "conflict", "set", "insert");

  private static final StatementAnalyzer ANALYZER = new StatementAnalyzer();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select 1 operator(pg_catalog.=) 1",
        "select operator(pg_catalog.-) 1",
        "select * from t order by a using operator(pg_catalog.<)",
        "select a operator(pg_catalog.=) any (select 1) from t",
        "select 'x'::character varying(10)",
        "select cast(a as character varying (10)) from t",
        "select cast(a as national character varying(10)) from t",
        "select b'1'::bit varying(5)",
        "select interval '1' second(3)",
        "select interval '1' day to second (3)",
        "select cast(a as interval second(3)) from t",
        "select cast(a as interval(3)) from t",
        "select interval(3) '1 s'",
        "select cast(a as timestamp(3) with time zone) from t",
        "select cast(a as time (3)) from t",
        "select cast(a as numeric(3, 2)), cast(a as dec(3)), cast(a as float(3)) from t",
        "select cast(a as char(3)), cast(a as varchar(3)), cast(a as nchar(3)) from t",
        "select a at time zone ('utc') from t",
        "select a from t where b in (1, 2) and not (a) or (a)",
        "select a from t where a between (1) and (2) and a like ('x') escape ('y')",
        "select a from t where a similar to ('x') and a ilike ('x') and a is distinct from (1)",
        "select a from t where exists (select 1) and a = any (array[1]) and a = all (select 1)",
        "select a from t where (a, b) overlaps (a, b) and a = some (select 1)",
        "select a, row(1, 2), grouping(a) from t group by grouping sets ((a), ()), rollup (a)",
        "select a from t group by cube (a) having (a) order by (a) limit (1) offset (1)",
        "select a from t group by distinct (a)",
        "select a from t fetch first (1) rows only",
        "select a over w from t window w as (partition by (a) order by (a) rows 1 preceding)",
        "select x from t tablesample repeatable (3)",
        "select x from t tablesample bernoulli (10) repeatable (3)",
        "select x from t tablesample system (10)",
        "select * from rows from (a) as x",
        "select * from lateral (select 1) x join (select 2) y using (a)",
        "select * from t natural join (select 1) x, t left join (u) on (true)",
        "select case (a) when (1) then (2) else (3) end from t",
        "select (1) union (select 2) intersect all (select 3) except (select 4)",
        "with recursive w (a) as materialized (select 1) select * from w",
        "with w (a) as not materialized (select 1) select * from w",
        "select array(select 1), array[(1)], (a).b, (a)[1] from t",
        "select xmlelement(name a), xmlforest(a), xmlparse(document (a)), xmlroot(a, version ('1'))"
            + " from t",
        "select * from xmltable('/a' passing (x) columns (b) int path ('c') default (1))",
        "select json_object(key ('a') value (1)), json_array(1), json_scalar(1), json_serialize(a)",
        "select * from json_table(a, '$' columns (b int path '$', nested path '$' columns (c int)))",
        "select json_value(a, '$' passing (1) as x default (2) on empty), json_exists(a, '$')",
        "insert into t (a, b) values (1, 2), (3, default) returning (a)",
        "insert into t as x (a) overriding system value values (1)",
        "insert into t (a) values (1) on conflict (a) where (b) do update set (a, b) = (1, 2)",
        "insert into t (a) select (a) from u on conflict on constraint c do nothing",
        "update t set (a, b) = (select 1, 2), c = (3) where (a) returning (b)",
        "update t set (a) = row(1) from (select 1) u where current of c",
        "delete from t using (select 1) u where (a)",
        "merge into t using (select 1 a) u on (t.a = u.a) when matched and (a) then update set (a)"
            + " = (1) when not matched then insert (a) values (1)",
        "values (1), (2)",
        "select count(*) filter (where (a)) from t",
        "select cast(a as double precision), cast(a as bit(3)) from t",
        "select collation for (a) from t",
        "select a collate (\"C\") from t",
        "select a is json object with unique keys and (a) is document from t",
        "select a isnull and (b) notnull and a is normalized from t",
      })
  void words_areNoFunctions(String text) {
    List<String> certain =
        ANALYZER.analyze(text).statements().stream()
            .flatMap(statement -> statement.functions().stream())
            .filter(FunctionCall::certain)
            .map(FunctionCall::name)
            .filter(name -> !OTHERS.contains(name))
            .toList();
    assertThat(certain).as(text).isEmpty();
  }
}
