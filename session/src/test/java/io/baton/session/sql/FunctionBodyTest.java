package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the sources of functions show. */
class FunctionBodyTest {

  private static Arguments plpgsql(String body, String... expected) {
    return Arguments.of("plpgsql", body, List.of(expected));
  }

  private static Arguments sql(String body, String... expected) {
    return Arguments.of("sql", body, List.of(expected));
  }

  static Stream<Arguments> bodies() {
    return Stream.of(
        plpgsql("begin return 1; end"),
        plpgsql("begin -- set x.y = 1\n return 1; end"),
        plpgsql("begin /* perform set_config('a.b', '', false) */ return 1; end"),
        plpgsql("begin raise notice 'set x.y to %', 1; end"),
        plpgsql("begin perform set_config('App.Tenant', v, false); end", "set app.tenant"),
        plpgsql("begin perform pg_catalog.set_config('a.b', v, true); end", "set local a.b"),
        plpgsql("begin perform set_config('a.b', f(v, 1), true); end", "set local a.b"),
        plpgsql("begin perform set_config('a.b', v, l or true); end", "set a.b"),
        plpgsql("begin perform set_config('a.b', f(v, true), false); end", "set a.b"),
        plpgsql("begin perform set_config('work_mem', v, true); end", "set work_mem"),
        plpgsql("begin perform set_config('app.' || k, v, false); end", "unnamed"),
        plpgsql("begin perform set_config(k, v, false); end", "unnamed"),
        plpgsql("begin perform set_config($x$a.b$x$, v, false); end", "set a.b"),
        plpgsql("begin set local a.b = 'x'; end", "set local a.b"),
        plpgsql("begin set session a.b to default; end", "set a.b"),
        plpgsql("begin set search_path = x, y; end", "set search_path"),
        plpgsql("begin set role boss; end", "set role"),
        plpgsql("begin set time zone 'UTC'; end", "set timezone"),
        plpgsql("begin reset a.b; end", "set a.b"),
        plpgsql("begin reset all; end", "unnamed", "other"),
        plpgsql("begin set transaction read only; end"),
        plpgsql("begin set constraints all deferred; end"),
        plpgsql(
            "begin if a then set a.b = 'x'; else set a.c = 'y'; end if; end", "set a.b", "set a.c"),
        plpgsql("<<l>> begin null; <<m>> loop set a.b = 1; end loop; end", "set a.b"),
        plpgsql("begin update t set a = 1; end", "write t"),
        plpgsql("begin update only s.t x set a = 1; end", "write t"),
        plpgsql("begin select 1 from t for update; select 1 from t for no key update; end"),
        plpgsql(
            "begin insert into s.\"T\" values (1) on conflict do update set a = 1; end", "write T"),
        plpgsql(
            "begin delete from t; truncate u, only v; merge into w using x on true"
                + " when matched then update set a = 1; end",
            "write t",
            "write u",
            "write v",
            "write w"),
        plpgsql(
            "declare a int; begin select 1 into a; insert into audit(x) values (new.id);"
                + " return new; end",
            "write audit"),
        plpgsql(
            "begin with x as (delete from t returning *) select 1 into a from x; end", "write t"),
        plpgsql("begin create temp table x (a int); end", "any", "write x"),
        plpgsql("begin create temporary view x as select 1; end", "any", "write x"),
        plpgsql("begin drop table x; end", "write x"),
        plpgsql("begin perform pg_advisory_lock(1); end", "locks"),
        plpgsql("begin perform pg_try_advisory_lock_shared(1, 2); end", "locks"),
        plpgsql("begin perform pg_advisory_xact_lock(1); end"),
        plpgsql("begin perform pg_advisory_unlock_all(); end", "locks"),
        plpgsql("begin perform setseed(0.5); end", "set seed"),
        plpgsql("begin perform dblink_connect('x'); end", "other"),
        plpgsql("begin perform pg_create_logical_replication_slot('a', 'b', true); end", "other"),
        plpgsql("begin listen x; end", "other"),
        plpgsql("begin load 'x'; end", "other"),
        plpgsql("begin discard plans; end", "other"),
        plpgsql("declare c cursor with hold for select 1; begin open c; end", "other"),
        plpgsql("begin execute 'insert into t values ($1)' using 1; end", "write t"),
        plpgsql("begin execute 'select set_config(''a.b'', $1, false)' using v; end", "set a.b"),
        plpgsql("begin execute 'select set_config($1, $2, false)' using k, v; end", "unnamed"),
        plpgsql("begin execute format('set session app.fmt = %L', v); end", "set app.fmt"),
        plpgsql("begin execute format('set app.%I = %L', k, v); end", "unnamed"),
        plpgsql("begin execute format('insert into %I values (1)', t); end", "any", "write *"),
        plpgsql("begin execute format('insert into %I.t values (%2$L)', s, v); end", "write t"),
        plpgsql("begin execute format('select %s', x); end", "anything"),
        plpgsql(
            "begin execute 'insert into ' || quote_ident(t) || ' values (1)'; end",
            "any",
            "write *"),
        plpgsql("begin execute 'set a.b to ' || quote_literal(v); end", "set a.b"),
        plpgsql("begin execute 'set a.b to ' || v; end", "anything"),
        plpgsql("begin execute q into a; end", "anything"),
        plpgsql("begin return query execute 'select 1' using a; end"),
        plpgsql("begin for r in execute 'select 1' loop set a.b = 1; end loop; end", "set a.b"),
        plpgsql(
            "begin execute 'create trigger g before insert on t for each row"
                + " execute function f()'; end",
            "write t",
            "write g"),
        plpgsql("begin execute 'do $x$ begin set a.b = 1; end $x$'; end", "set a.b"),
        plpgsql("begin execute 'execute prepared'; end", "anything"),
        plpgsql(
            "begin update pg_settings set setting = 'x' where name = 'y'; end",
            "unnamed",
            "write pg_settings"),
        sql("select 1"),
        sql("select f(1); select g()"),
        sql("select set_config('a.b', $1, false)", "set a.b"),
        sql("set a.b = 'x'; select 1", "set a.b"),
        sql("insert into t select * from u returning 1", "write t"),
        sql("select * into temp x from y", "any"),
        sql("select * into x from y", "write x"),
        sql(
            "BEGIN ATOMIC\n SELECT t.id FROM public.t;\n INSERT INTO public.u (a) VALUES (1);\nEND",
            "write u"),
        sql(
            "BEGIN ATOMIC\n SELECT set_config('a.b'::text, $1, false) AS set_config;\nEND",
            "set a.b"),
        Arguments.of("plperl", "1", List.of("anything")),
        Arguments.of("internal", "set_config_by_name", List.of("anything")));
  }

  @ParameterizedTest
  @MethodSource("bodies")
  void body_showsWhatItDoes(String language, String source, List<String> expected) {
    FunctionBody body = FunctionBody.of(language, source);
    List<String> found = new ArrayList<>();
    if (body.unnamedSettings() && body.anyRelation() && body.locks() && body.other()) {
      found.add("anything");
    } else {
      body.settings().forEach(name -> found.add("set " + name));
      body.localSettings().forEach(name -> found.add("set local " + name));
      body.written().stream()
          .filter(name -> !Keywords.isKeyword(name) && !List.of("a", "int", "f").contains(name))
          .forEach(name -> found.add("write " + name));
      if (body.unnamedSettings()) {
        found.add("unnamed");
      }
      if (body.anyRelation()) {
        found.add("any");
      }
      if (body.locks()) {
        found.add("locks");
      }
      if (body.other()) {
        found.add("other");
      }
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void calls_areFound() {
    FunctionBody body =
        FunctionBody.of("plpgsql", "begin perform s.f(g(1)); call p(); x := new.h; end");
    assertThat(body.calls()).contains("f", "g", "p", "h");
  }

  @Test
  void definitionOfTable_changesNoCode() {
    CatalogueChange plain = change("alter table t add column a int");
    assertThat(plain.calls()).isEmpty();
    assertThat(plain.names()).isEmpty();
    assertThat(plain.everything()).isFalse();
    assertThat(change("create table t (a numeric(1,2), primary key (a))").names()).isEmpty();
    assertThat(change("create table t (a int default f(1))").calls()).contains("f");
    assertThat(
            change("create table t (a int default case when pg_try_advisory_lock(5) then 1 end)"))
        .isEqualTo(CatalogueChange.of(Set.of("t", "a", "int", "pg_try_advisory_lock")));
    assertThat(change("alter table t add check (a ### 1)").operators()).containsExactly("###");
    assertThat(change("alter table t enable trigger g").names()).contains("t", "g");
    assertThat(change("alter table t inherit u").names()).contains("t", "u");
    assertThat(change("create or replace function s.f(i int) returns int language sql as ''"))
        .isEqualTo(CatalogueChange.of(Set.of("f")));
    assertThat(change("create extension x").everything()).isTrue();
    assertThat(change("alter schema s rename to u").everything()).isTrue();
    assertThat(change("alter role x set a.b = 1")).isEqualTo(CatalogueChange.NOTHING);
  }

  private static CatalogueChange change(String sql) {
    return StatementAnalyzer.analyzeAnew(sql, true).catalogueChange();
  }

  static Stream<Arguments> wrappers() {
    return Stream.of(
        Arguments.of("plpgsql", "begin perform set_config(n, v, false); end", true),
        Arguments.of("plpgsql", "begin return pg_catalog.set_config(\"N\", v, true); end", false),
        Arguments.of("plpgsql", "BEGIN PERFORM set_config($1, $2, false); END", true),
        Arguments.of("sql", "select set_config(n, v, false)", true),
        Arguments.of("sql", "select set_config($1, coalesce($2, ''), false)", true),
        Arguments.of(
            "sql", "BEGIN ATOMIC\n SELECT set_config(n, v, false) AS set_config;\nEND", true),
        Arguments.of(
            "plpgsql",
            "begin if v is null then raise 'no'; end if;" + " perform set_config(n, v, false); end",
            true),
        // The name is something else than the argument, or may be.
        Arguments.of("plpgsql", "begin perform set_config('app.' || n, v, false); end", false),
        Arguments.of(
            "plpgsql", "begin n := 'app.' || n; perform set_config(n, v, false); end", false),
        Arguments.of("plpgsql", "begin N = lower(v); perform set_config(n, v, false); end", false),
        Arguments.of(
            "plpgsql",
            "declare n text := 'app.' || k; begin perform set_config(n, v, false); end",
            false),
        Arguments.of(
            "plpgsql", "declare m text; begin perform set_config(m, v, false); end", false),
        Arguments.of(
            "plpgsql",
            "begin select name into n from cfg; perform set_config(n, v, false); end",
            false),
        Arguments.of(
            "plpgsql",
            "begin for n in select name from cfg loop perform set_config(n, v, false); end loop; end",
            false),
        Arguments.of("plpgsql", "begin perform set_config(c.n, v, false) from cfg c; end", false),
        Arguments.of("sql", "select set_config(n, 'v', false) from cfg", false),
        Arguments.of("sql", "update cfg set v = set_config(n, 'v', false)", false),
        Arguments.of("sql", "select set_config(current_user, v, false)", false),
        Arguments.of("sql", "select set_config(lower(n), v, false)", false),
        Arguments.of("sql", "select set_config((select n), v, false)", false),
        Arguments.of("plpgsql", "begin perform set_config(found, v, false); end", false),
        Arguments.of(
            "plpgsql",
            "begin perform set_config(n, v, false); perform set_config(m, v, false); end",
            false),
        Arguments.of(
            "plpgsql", "begin execute 'select set_config($1, $2, false)' using n, v; end", false),
        Arguments.of("plpgsql", "begin perform set_config(n, v, false); execute q; end", false),
        Arguments.of("plpgsql", "begin perform set_config('a.b', v, false); end", false));
  }

  @ParameterizedTest
  @MethodSource("wrappers")
  void wrapperOfSetConfig_isToldFromWhatBuildsAName(
      String language, String source, boolean expected) {
    assertThat(FunctionBody.of(language, source).passesName()).isEqualTo(expected);
  }
}
