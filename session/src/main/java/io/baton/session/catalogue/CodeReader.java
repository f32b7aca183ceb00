package io.baton.session.catalogue;

import io.baton.session.sql.FunctionBody;
import io.baton.session.sql.OwnSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Reads the code of a database that is not the system's: functions with their sources, and what
 * calls them.
 *
 * <p>Confined to one reading at a time; it keeps the judgement of sources from one to the next.
 */
final class CodeReader {

  private static final String CALLED = ":(?:opfuncid|funcid|aggfnoid|winfnoid) ([0-9]+)";

  /**
   * Without backslashes: see standard_conforming_strings. A function in the language "internal" is
   * one of the system's under another name, as those are that make the values of a range type.
   */
  private static final String QUESTION =
      """
      with lasting(pattern) as (
        select ':(?:opfuncid|funcid) (?:' || string_agg(p.oid::text, '|') || ')[^0-9]'
          from pg_catalog.pg_proc p where p.oid < 16384 and p.proname ~ '<lasting>')
      select 'function', p.oid::int8, n.nspname::text, p.proname::text,
          (p.pronargs - p.pronargdefaults - (p.provariadic <> 0)::int4)::int8,
          case when p.provariadic <> 0 then 1000 else p.pronargs end::int8,
          case when p.prokind = 'a' then 'aggregate'
            when l.lanname in ('c', 'internal') and exists (select from pg_catalog.pg_depend d
              where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
                and d.deptype = 'e') then 'extension'
            when b.calls is not null then 'sql'
            else l.lanname::text end,
          case when p.prosqlbody is not null then pg_catalog.pg_get_function_sqlbody(p.oid)
            when l.lanname in ('sql', 'plpgsql') then p.prosrc else coalesce(b.calls, '') end
        from pg_catalog.pg_proc p
          join pg_catalog.pg_namespace n on n.oid = p.pronamespace
          join pg_catalog.pg_language l on l.oid = p.prolang
          left join lateral (
            select string_agg(concat('select pg_catalog.', pg_catalog.quote_ident(i.proname), '()'),
                '; ' order by i.oid) as calls
              from pg_catalog.pg_proc i
              where l.lanname = 'internal' and i.oid < 16384 and i.prolang = p.prolang
                and i.prosrc = p.prosrc) b on true
        where p.oid >= 16384
      union all
      select 'aggregate', a.aggfnoid::int8, null, null, f::int8, 0, null, null
        from pg_catalog.pg_aggregate a, unnest(array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn,
          a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]
          ::pg_catalog.oid[]) f
        where f >= 16384
      union all
      select 'aggregate', p.oid::int8, null, null, m[1]::int8, 0, null, null
        from pg_catalog.pg_proc p, regexp_matches(p.proargdefaults::text, '<called>', 'g') m
        where p.oid >= 16384 and m[1]::int8 >= 16384
      union all
      select kind, c.oid::int8, null, c.relname::text, function::int8, 0, null, null
        from (
          select 'write' as kind, t.tgrelid as relation, t.tgfoid::int8 as function
            from pg_catalog.pg_trigger t where t.tgfoid >= 16384
          union all select 'write', t.tgrelid, m[1]::int8 from pg_catalog.pg_trigger t,
            regexp_matches(t.tgqual::text, '<called>', 'g') m
          union all select case r.ev_type when '1' then 'read' else 'write' end, r.ev_class,
            m[1]::int8
            from pg_catalog.pg_rewrite r, regexp_matches(r.ev_action::text, '<called>', 'g') m
            where r.oid >= 16384
          union all select 'write', r.ev_class, m[1]::int8
            from pg_catalog.pg_rewrite r, regexp_matches(r.ev_qual::text, '<called>', 'g') m
            where r.oid >= 16384
          union all select 'read', p.polrelid, m[1]::int8 from pg_catalog.pg_policy p,
            regexp_matches(concat(p.polqual::text, p.polwithcheck::text), '<called>', 'g') m
          union all select case when pg_catalog.to_jsonb(a) ->> 'attgenerated' = 'v' then 'read'
              else 'define' end, d.adrelid, m[1]::int8
            from pg_catalog.pg_attrdef d
              join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum,
              regexp_matches(d.adbin::text, '<called>', 'g') m
            where m[1]::int8 >= 16384
          union all select 'define', k.conrelid, m[1]::int8 from pg_catalog.pg_constraint k,
            regexp_matches(k.conbin::text, '<called>', 'g') m
            where k.conrelid <> 0
          union all select 'define', i.indrelid, m[1]::int8 from pg_catalog.pg_index i,
            regexp_matches(concat(i.indexprs::text, i.indpred::text), '<called>', 'g') m
            where i.indexrelid >= 16384
          union all select 'define', p.partrelid, m[1]::int8
            from pg_catalog.pg_partitioned_table p,
            regexp_matches(p.partexprs::text, '<called>', 'g') m) calls
          join pg_catalog.pg_class c on c.oid = relation
        where function >= 16384
      union all
      select distinct kind, c.oid::int8, null, c.relname::text, t.oid::int8, 0, null,
          t.relname::text
        from (
          select case r.ev_type when '1' then 'reads' else 'writes' end as kind,
              r.ev_class as relation, m[1]::int8 as target
            from pg_catalog.pg_rewrite r, regexp_matches(r.ev_action::text, ':relid ([0-9]+)', 'g') m
            where r.oid >= 16384
          union all select 'policy', p.polrelid, m[1]::int8 from pg_catalog.pg_policy p,
            regexp_matches(concat(p.polqual::text, p.polwithcheck::text), ':relid ([0-9]+)', 'g') m
          union all select 'child', i.inhparent, i.inhrelid::int8 from pg_catalog.pg_inherits i
          union all select 'writes', k.confrelid, k.conrelid::int8 from pg_catalog.pg_constraint k
            where k.contype = 'f' and (k.confdeltype in ('c', 'n', 'd')
              or k.confupdtype in ('c', 'n', 'd'))) edges
          join pg_catalog.pg_class c on c.oid = relation
          join pg_catalog.pg_class t on t.oid = target
        where target >= 16384 and target <> relation::int8
      union all
      select 'operator', o.oprcode::int8, null, o.oprname::text, 0, 0, null, null
        from pg_catalog.pg_operator o where o.oprcode >= 16384
      union all
      select case c.castcontext when 'e' then 'operator' else 'hidden' end, c.castfunc::int8, null,
          '::', 0, 0, null, null
        from pg_catalog.pg_cast c where c.castfunc >= 16384
      union all
      select 'cast', c.castfunc::int8, null, t.typname::text, 0, 0, null, null
        from pg_catalog.pg_cast c join pg_catalog.pg_type t on t.oid = c.casttarget
        where c.castfunc >= 16384
      union all
      select 'hidden', f, null, null, 0, 0, null, null
        from (
          select m[1]::int8 from pg_catalog.pg_constraint k,
            regexp_matches(k.conbin::text, '<called>', 'g') m where k.contypid <> 0
          union select m[1]::int8 from pg_catalog.pg_type t,
            regexp_matches(t.typdefaultbin::text, '<called>', 'g') m where t.oid >= 16384
          union select a.amproc::int8 from pg_catalog.pg_amproc a
          union select r.rngcanonical::int8 from pg_catalog.pg_range r
          union select r.rngsubdiff::int8 from pg_catalog.pg_range r) h(f)
        where f >= 16384
      union all
      select 'expression', owner, kind, name, 0, 0, 'sql', source
        from (
          select 'call', p.oid::int8, p.proname::text,
              'select ' || pg_catalog.pg_get_expr(p.proargdefaults, 0)
            from pg_catalog.pg_proc p
            where p.oid >= 16384 and p.proargdefaults::text ~ <pattern>
          union all select 'define', d.adrelid, c.relname,
              'select ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
            from pg_catalog.pg_attrdef d join pg_catalog.pg_class c on c.oid = d.adrelid
            where c.relpersistence <> 't' and d.adbin::text ~ <pattern>
          union all select 'define', k.conrelid, c.relname, pg_catalog.pg_get_constraintdef(k.oid)
            from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
            where c.relpersistence <> 't' and k.conbin::text ~ <pattern>
          union all select 'hidden', 0, null, pg_catalog.pg_get_constraintdef(k.oid)
            from pg_catalog.pg_constraint k
            where k.contypid <> 0 and k.conbin::text ~ <pattern>
          union all select 'hidden', 0, null, 'select ' || pg_catalog.pg_get_expr(t.typdefaultbin, 0)
            from pg_catalog.pg_type t where t.oid >= 16384 and t.typdefaultbin::text ~ <pattern>
          union all select 'read', r.ev_class, c.relname, pg_catalog.pg_get_viewdef(r.ev_class)
            from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
            where r.oid >= 16384 and c.relpersistence <> 't' and r.ev_type = '1'
              and r.ev_action::text ~ <pattern>
          union all select 'write', r.ev_class, c.relname, pg_catalog.pg_get_ruledef(r.oid)
            from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
            where r.oid >= 16384 and c.relpersistence <> 't' and r.ev_type <> '1'
              and concat(r.ev_action::text, ' ', r.ev_qual::text) ~ <pattern>
          union all select 'write', t.tgrelid, c.relname, pg_catalog.pg_get_triggerdef(t.oid)
            from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
            where c.relpersistence <> 't' and t.tgqual::text ~ <pattern>
          union all select 'read', p.polrelid, c.relname,
              concat('select ', pg_catalog.pg_get_expr(p.polqual, p.polrelid), ', ',
                pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
            from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
            where c.relpersistence <> 't'
              and concat(p.polqual::text, ' ', p.polwithcheck::text) ~ <pattern>
          ) said(kind, owner, name, source)
      union all
      select 'expression', p.oid::int8, 'call', p.proname::text, 0, 0, 'sql',
          concat('select set_config(', pg_catalog.quote_literal(split_part(setting, '=', 1)),
            ', null, true)')
        from pg_catalog.pg_proc p, unnest(p.proconfig) setting
        where p.oid >= 16384 and split_part(setting, '=', 1) ~ '[.]'
      union all
      select 'event', e.evtfoid::int8, null, null, 0, 0, null, null
        from pg_catalog.pg_event_trigger e where e.evtenabled <> 'D'
      """
          .replace("<called>", CALLED)
          .replace("<pattern>", "(select pattern from lasting)")
          .replace("<lasting>", FunctionBody.serverPattern());

  /** What changes whenever anything changes that a snapshot depends on. */
  private static final String STATE =
      """
      select pg_catalog.pg_is_in_recovery(), string_agg(s, ' ') from (
        select <hash> from pg_catalog.pg_proc x
        union all select <hash> from pg_catalog.pg_aggregate x
        union all select <hash> from pg_catalog.pg_rewrite x where x.oid >= 16384
        union all select <hash> from pg_catalog.pg_trigger x
        union all select <hash> from pg_catalog.pg_policy x
        union all select <hash> from pg_catalog.pg_constraint x
        union all select <hash> from pg_catalog.pg_attrdef x
        union all select <hash> from pg_catalog.pg_operator x
        union all select <hash> from pg_catalog.pg_cast x
        union all select <hash> from pg_catalog.pg_amproc x
        union all select <hash> from pg_catalog.pg_event_trigger x
        union all select <hash> from pg_catalog.pg_namespace x
        union all select <hash> from pg_catalog.pg_inherits x
        union all select <hash> from pg_catalog.pg_index x
          where x.indexprs is not null or x.indpred is not null
        union all select <hash> from pg_catalog.pg_type x
          where x.typtype <> 'c' and x.typcategory <> 'A'
        union all select <hash> from pg_catalog.pg_class x
          where x.oid >= 16384 and x.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
            and x.relpersistence <> 't') states(s)
      """
          .replace(
              "<hash>",
              "count(*) || ':' || coalesce(sum(pg_catalog.hashtextextended("
                  + "x.tableoid || ' ' || x.ctid::text || ' ' || x.xmin::text, 0)::numeric), 0)");

  private static final int MOST_ATTEMPTS = 5;

  /** An internal error of the server's: "cache lookup failed", "could not open relation". */
  private static final String NOT_FOUND_ANY_MORE = "XX000";

  private Map<Source, FunctionBody> judged = new HashMap<>();

  private record Source(String language, String text) {}

  /**
   * What a server says of its catalogue.
   *
   * @param catalogue a text that is another one whenever the catalogue is
   * @param standby whether it is a standby, which may be behind
   */
  record State(String catalogue, boolean standby) {}

  /** Asks a server for the state of its catalogue. */
  static State state(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(OwnSettings.ahead(connection) + STATE);
      try (ResultSet row = OwnSettings.answer(statement)) {
        row.next();
        return new State(Objects.requireNonNullElse(row.getString(2), ""), row.getBoolean(1));
      }
    }
  }

  /**
   * Reads all of the code, in one round trip and outside of a transaction. What is dropped while it
   * is read, the server may not find any more when it is to write an expression of it as text.
   */
  CodeGraph read(Connection connection) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try {
        return readOnce(connection);
      } catch (SQLException failure) {
        if (attempt == MOST_ATTEMPTS || !NOT_FOUND_ANY_MORE.equals(failure.getSQLState())) {
          throw failure;
        }
      }
    }
  }

  private CodeGraph readOnce(Connection connection) throws SQLException {
    CodeGraph graph = new CodeGraph();
    Map<Source, FunctionBody> now = new HashMap<>();
    try (Statement statement = connection.createStatement()) {
      statement.execute(OwnSettings.ahead(connection) + QUESTION);
      try (ResultSet rows = OwnSettings.answer(statement)) {
        while (rows.next()) {
          add(graph, rows, now);
        }
      }
    }
    judged = now;
    return graph;
  }

  private void add(CodeGraph graph, ResultSet row, Map<Source, FunctionBody> now)
      throws SQLException {
    long one = row.getLong(2);
    String name = Objects.requireNonNullElse(row.getString(4), "");
    long other = row.getLong(5);
    switch (row.getString(1)) {
      case "function" -> {
        String language = row.getString(7);
        Source source = new Source(language, Objects.requireNonNullElse(row.getString(8), ""));
        FunctionBody body = judged.get(source);
        if (body == null) {
          body = judge(source, name);
        }
        now.put(source, body);
        graph.function(
            one,
            new CodeGraph.Signature(row.getString(3), name, (int) other, row.getInt(6)),
            language.equals("extension") ? judge(source, name) : body);
      }
      case "aggregate" -> graph.calls(one, other);
      case "read" -> graph.reading(one, name, other);
      case "write" -> graph.writing(one, name, other);
      case "define" -> graph.computing(one, name, other);
      case "reads" -> graph.isView(one, name, other, row.getString(8));
      case "policy" -> graph.reads(one, name, other, row.getString(8));
      case "writes" -> graph.writes(one, name, other, row.getString(8));
      case "child" -> graph.isParent(one, name, other, row.getString(8));
      case "operator" -> graph.operator(name, one);
      case "cast" -> graph.cast(name, one);
      case "hidden" -> graph.hidden(one);
      case "expression" -> {
        Source source = new Source("sql", Objects.requireNonNullElse(row.getString(8), ""));
        FunctionBody body = judged.computeIfAbsent(source, text -> judge(text, ""));
        now.put(source, body);
        graph.expression(row.getString(3), one, name, body);
      }
      default -> graph.eventTrigger(one);
    }
  }

  private static FunctionBody judge(Source source, String name) {
    return switch (source.language()) {
      case "aggregate" -> FunctionBody.EMPTY;
      case "extension" -> name.startsWith("dblink") ? FunctionBody.ANYTHING : FunctionBody.EMPTY;
      default -> FunctionBody.of(source.language(), source.text());
    };
  }
}
