package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A schema with counterparts of what is in {@code pg_catalog}: all operators and types, and those
 * functions, aggregates and relations that can be made with SQL and PL/pgSQL (none that take an
 * internal type or any number of arguments of any type). Each writes into the log of the server
 * when it is used, which also a standby can. Of those that recall a key there is none: where code
 * may do that, no key that was drawn is given again in a replay.
 */
final class PlantedNames {

  private static final String SCHEMA =
      """
      create schema evil;
      grant usage on schema evil to public;
      create function evil.trap(what pg_catalog.text) returns pg_catalog.bool
        language plpgsql volatile set search_path = pg_catalog
        as 'begin raise log ''PLANTED %'', what; return true; end';
      """;

  private static final String PLANT =
      """
      do $do$
      declare
        o record;
        body text;
      begin
        set local search_path = pg_catalog, pg_temp;
        set local check_function_bodies = off;
        set local client_min_messages = error;
        for o in select p.oid, p.proname, pg_get_function_identity_arguments(p.oid) as args,
            pg_get_function_result(p.oid) as result
            from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f'
              and p.proname !~ '^(RI_|pg_ddl|currval$|lastval$|.*(_in|_out|_recv|_send)$)' loop
          begin
            body := format('begin perform evil.trap(%L); return%s; end', 'function ' || o.proname,
              case when o.result ~ '^SETOF|^TABLE|record|void' then '' else ' null' end);
            execute format('create function evil.%I(%s) returns %s language plpgsql as %L',
              o.proname, o.args, o.result, body);
          exception when others then null;
          end;
        end loop;
        for o in select p.oid, p.oprname, format_type(p.oprleft, null) as l, p.oprleft,
            format_type(p.oprright, null) as r, format_type(p.oprresult, null) as result
            from pg_operator p where p.oprnamespace = 'pg_catalog'::regnamespace loop
          begin
            execute format('create function evil.operator_%s(%s%s) returns %s language plpgsql as %L',
              o.oid, case when o.oprleft = 0 then '' else o.l || ',' end, o.r, o.result,
              format('begin perform evil.trap(%L); return null; end',
                'operator ' || o.oprname || ' ' || o.l || ' ' || o.r));
            execute format('create operator evil.%s (%s rightarg = %s, function = evil.operator_%s)',
              o.oprname, case when o.oprleft = 0 then '' else 'leftarg = ' || o.l || ',' end, o.r,
              o.oid);
          exception when others then null;
          end;
        end loop;
        for o in select c.relname from pg_class c
            where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind in ('r', 'v') loop
          begin
            execute format('create view evil.%1$I as select v.* from pg_catalog.%1$I v'
              ' where evil.trap(%2$L)', o.relname, 'relation ' || o.relname);
            execute format('grant select on evil.%I to public', o.relname);
          exception when others then null;
          end;
        end loop;
        for o in select p.oid, p.proname, pg_get_function_identity_arguments(p.oid) as args
            from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'a' loop
          begin
            o.args := nullif(o.args, '');
            execute format('create function evil.%I(%s) returns pg_catalog.text language plpgsql as %L',
              'step of ' || o.oid, concat_ws(', ', 'pg_catalog.text', o.args),
              format('begin perform evil.trap(%L); return ''1''; end', 'aggregate ' || o.proname));
            execute format('create aggregate evil.%I(%s) (sfunc = evil.%I, stype = pg_catalog.text)',
              o.proname, coalesce(o.args, '*'), 'step of ' || o.oid);
          exception when others then null;
          end;
        end loop;
        for o in select typname as type from pg_type
            where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r')
              and typcategory <> 'A' loop
          begin
            execute format('create domain evil.%1$I as pg_catalog.%1$I check (evil.trap(%2$L))',
              o.type, 'type ' || o.type);
          exception when others then null;
          end;
        end loop;
        create domain evil."any" as pg_catalog.text;
      end $do$;
      """;

  /** Of a hundred names of a kind in {@code pg_catalog}, how many are planted. */
  private static final String SHARES =
      """
      with named as (
        select 'functions' as kind, proname as name, pronamespace as at from pg_proc
          where prokind = 'f' and prorettype <> 'internal'::regtype
            and not proargtypes::oid[] && '{internal,cstring}'::regtype[]::oid[]
        union select 'aggregates', proname, pronamespace from pg_proc where prokind = 'a'
        union select 'operators', oprname, oprnamespace from pg_operator
        union select 'types', typname, typnamespace from pg_type
          where typtype in ('b', 'r', 'd') and typcategory <> 'A'
        union select 'relations', relname, relnamespace from pg_class where relkind in ('r', 'v'))
      select kind, 100 * count(*) filter (where planted) / count(*)
      from (select kind, name, bool_or(at = 'evil'::regnamespace) as planted from named
        where at in ('evil'::regnamespace, 'pg_catalog'::regnamespace)
        group by kind, name having bool_or(at = 'pg_catalog'::regnamespace)) as names
      group by kind
      """;

  private final PostgresCluster cluster;
  private String token = "";

  PlantedNames(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  /** Plants them, which takes some seconds. */
  void plant() throws SQLException {
    superuser(SCHEMA);
    superuser(PLANT);
    cluster.awaitReplication();
  }

  /** Removes them. */
  void remove() throws SQLException {
    superuser("drop schema evil cascade");
  }

  /** Has every new session of the application find them first, and forgets what was used. */
  void lead() throws SQLException {
    token = "planted in " + UUID.randomUUID();
    superuser(
        "create or replace function evil.trap(what pg_catalog.text) returns pg_catalog.bool"
            + " language plpgsql volatile set search_path = pg_catalog as"
            + " 'begin raise log ''"
            + token
            + ": % for %'', what, pg_catalog.current_query(); return true; end'");
    superuser("alter role " + cluster.user() + " set search_path = evil, public, pg_catalog");
    cluster.awaitReplication();
  }

  /** Has new sessions find nothing of them. */
  void leaveAlone() throws SQLException {
    superuser("alter role " + cluster.user() + " reset search_path");
  }

  /** What was used of them, on any server. */
  List<String> used() {
    return cluster.nodes().stream()
        .flatMap(node -> node.log().lines())
        .filter(line -> line.contains(token) && !line.contains("create or replace"))
        .distinct()
        .toList();
  }

  /** Of a hundred names of each kind, how many are planted. */
  Map<String, Integer> shares() throws SQLException {
    Map<String, Integer> shares = new TreeMap<>();
    try (Connection superuser = cluster.primary().connectAsSuperuser();
        Statement statement = superuser.createStatement();
        ResultSet rows = statement.executeQuery(SHARES)) {
      while (rows.next()) {
        shares.put(rows.getString(1), rows.getInt(2));
      }
    }
    return shares;
  }

  void areUnused() {
    assertThat(used()).isEmpty();
  }

  private void superuser(String sql) throws SQLException {
    try (Connection superuser = cluster.primary().connectAsSuperuser();
        Statement statement = superuser.createStatement()) {
      statement.execute(sql);
    }
  }
}
