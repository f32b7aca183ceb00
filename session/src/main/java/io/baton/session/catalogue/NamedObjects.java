package io.baton.session.catalogue;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.FunctionCall;
import io.baton.session.sql.LastingFunctions;
import io.baton.session.sql.OwnSettings;
import io.baton.session.sql.RelationName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a database has by name, as far as it says whether a statement runs code: its volatile
 * functions, the objects that call them, and the names of all functions and relations.
 *
 * <p>Immutable once it is read, and safe for use by many threads.
 */
final class NamedObjects {

  /**
   * Without backslashes, which strings may read in another way (standard_conforming_strings).
   *
   * <p>System views and operators write nothing. Some system functions are declared stable although
   * they assign a transaction id, or read views that may do anything.
   */
  private static final String QUESTION =
      """
      with recursive volatile as (
        select p.oid, p.proname, p.pronamespace, p.prosrc, p.prorettype,
            p.pronargs - p.pronargdefaults - (p.provariadic <> 0)::int4 as fewest,
            case when p.provariadic <> 0 then 1000 else p.pronargs end as most
          from pg_catalog.pg_proc p
          where p.prokind <> 'a' and (p.provolatile = 'v' or p.oid < 16384
            and (p.proname in ('txid_current', 'pg_current_xact_id')
              or p.proname ~ '^(table|schema|database)_to_xml'))),
      defaults as (
        select p.oid, p.proname, p.pronamespace, p.pronargs
          from pg_catalog.pg_proc p,
            regexp_matches(p.proargdefaults::text, ':(?:opfuncid|funcid) ([0-9]+)', 'g') m
            join volatile v on v.oid = m[1]::oid
          where p.provolatile <> 'v' and p.oid >= 16384),
      aggregates as (
        select p.oid, p.proname, p.pronamespace from pg_catalog.pg_aggregate a
          join pg_catalog.pg_proc p on p.oid = a.aggfnoid
          where p.oid >= 16384 and exists (select from volatile v where v.oid in
            (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggmtransfn, a.aggmfinalfn))),
      lasting(oid, proname, pronamespace) as (
        select p.oid, p.proname, p.pronamespace from pg_catalog.pg_proc p
          where p.oid >= 16384 and p.prokind <> 'a' and (p.prosrc ~* '<lasting>'
            or exists (select from
              regexp_matches(pg_catalog.to_jsonb(p) ->> 'prosqlbody', ':funcid ([0-9]+)', 'g') m
              join pg_catalog.pg_proc q on q.oid = m[1]::oid
              where q.proname::text || '(' ~* '<lasting>'))
        union select p.oid, p.proname, p.pronamespace
          from lasting l, pg_catalog.pg_proc p
            join pg_catalog.pg_language g on g.oid = p.prolang and g.lanname not in ('internal', 'c')
          where p.oid >= 16384 and p.prokind <> 'a' and (
            pg_catalog.strpos(pg_catalog.lower(p.prosrc), pg_catalog.lower(l.proname)) > 0
            or pg_catalog.strpos(pg_catalog.to_jsonb(p) ->> 'prosqlbody',
              ':funcid ' || l.oid || ' ') > 0)),
      calls as (
        select r.ev_class as relation, m[1]::oid as function
          from pg_catalog.pg_rewrite r,
            regexp_matches(r.ev_action::text,
              ':(?:opfuncid|funcid|aggfnoid|winfnoid) ([0-9]+)', 'g') m
          where r.oid >= 16384
        union all select p.polrelid, m[1]::oid
          from pg_catalog.pg_policy p,
            regexp_matches(concat(p.polqual::text, p.polwithcheck::text),
              ':(?:opfuncid|funcid|aggfnoid|winfnoid) ([0-9]+)', 'g') m),
      unsafe(relation) as (
        select c.relation from calls c
          where c.function in (select oid from volatile union all select oid from defaults
            union all select oid from aggregates)
        union select r.ev_class from pg_catalog.pg_rewrite r
          where r.ev_type = '1' and r.oid >= 16384 and r.ev_action::text ~ ':hasForUpdate true'
        union select coalesce(r.ev_class, p.polrelid) from unsafe u
          join pg_catalog.pg_depend d on d.refobjid = u.relation
            and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
          left join pg_catalog.pg_rewrite r on r.oid = d.objid
            and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
          left join pg_catalog.pg_policy p on p.oid = d.objid
            and d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
          where coalesce(r.ev_class, p.polrelid) is not null),
      writers(relation) as (
        select c.oid from pg_catalog.pg_class c
          where c.oid >= 16384
            and (c.relkind in ('S', 'f') or (c.relkind in ('r', 'p') and c.relpersistence = 'u'))
            or c.oid in ('pg_catalog.pg_sequences'::pg_catalog.regclass,
              'pg_catalog.pg_prepared_xacts'::pg_catalog.regclass,
              'pg_catalog.pg_locks'::pg_catalog.regclass)
        union select x.relation from writers w, lateral (
          select r.ev_class as relation from pg_catalog.pg_depend d
            join pg_catalog.pg_rewrite r on r.oid = d.objid
            where d.refobjid = w.relation
              and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
              and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
          union all select i.inhparent from pg_catalog.pg_inherits i
            where i.inhrelid = w.relation) x)
      select 'function', n.nspname::text, v.proname::text, v.fewest, v.most
        from volatile v join pg_catalog.pg_namespace n on n.oid = v.pronamespace
      union all select 'function', n.nspname::text, a.proname::text, 0, 1000
        from aggregates a join pg_catalog.pg_namespace n on n.oid = a.pronamespace
      union all select 'function', n.nspname::text, d.proname::text, 0, d.pronargs - 1
        from defaults d join pg_catalog.pg_namespace n on n.oid = d.pronamespace
      union all select 'relation', null, c.relname::text, 0, 0
        from unsafe u join pg_catalog.pg_class c on c.oid = u.relation
      union all select 'operator', null, o.oprname::text, 0, 0
        from pg_catalog.pg_operator o join volatile v on v.oid = o.oprcode where o.oid >= 16384
      union all select case c.castcontext when 'i' then 'hidden' else 'operator' end, null, '::', 0, 0
        from pg_catalog.pg_cast c join volatile v on v.oid = c.castfunc where c.oid >= 16384
      union all select 'function', n.nspname::text, t.typname::text, 1, 1
        from pg_catalog.pg_cast c join volatile v on v.oid = c.castfunc
          join pg_catalog.pg_type t on t.oid = c.casttarget
          join pg_catalog.pg_namespace n on n.oid = t.typnamespace
        where c.oid >= 16384
      union all select 'hidden', null, 'domain', 0, 0
        from pg_catalog.pg_constraint c,
          regexp_matches(c.conbin::text, ':(?:opfuncid|funcid) ([0-9]+)', 'g') m
          join volatile v on v.oid = m[1]::oid
        where c.contypid <> 0
      union all select 'lasting', n.nspname::text, l.proname::text, 0, 1000
        from lasting l join pg_catalog.pg_namespace n on n.oid = l.pronamespace
      union all select 'lasting trigger', null, c.relname::text, 0, 0
        from lasting l join pg_catalog.pg_trigger t on t.tgfoid = l.oid
          join pg_catalog.pg_class c on c.oid = t.tgrelid
      union all (select distinct 'name', null, p.proname::text, 0, 0 from pg_catalog.pg_proc p)
      union all (select distinct 'of the writer', null, c.relname::text, 0, 0
        from writers w join pg_catalog.pg_class c on c.oid = w.relation)
      union all (select distinct 'table', null, c.relname::text, 0, 0 from pg_catalog.pg_class c
        where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'f'))
      union all (select distinct 'other', null, c.relname::text, 0, 0 from pg_catalog.pg_class c
        where c.relkind in ('S', 'm', 'f') or (c.oid < 16384 and c.relkind in ('r', 'v')))
      union all (select distinct 'name', null, t.typname::text, 0, 0 from pg_catalog.pg_type t
        where t.typtype <> 'c' and t.typcategory <> 'A')
      """
          .replace("<lasting>", LastingFunctions.serverPattern());

  private static final String SYSTEM = "pg_catalog";

  /** Words of a write that stand before a parenthesis, and call nothing. */
  private static final Set<String> PARTS_OF_WRITES = Set.of("conflict", "insert");

  /** A volatile function, as far as a call of it has to look. */
  private record Volatile(String schema, int fewest, int most) {

    boolean mayBeMeantBy(FunctionCall call) {
      String wanted = call.schema();
      int arguments = call.arguments();
      return (wanted == null || wanted.equals(schema))
          && (arguments < 0 || (arguments >= fewest && arguments <= most));
    }

    // By hand: what Java makes of a record takes a young JVM long to link.

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Volatile that
          && fewest == that.fewest
          && most == that.most
          && schema.equals(that.schema);
    }

    @Override
    public int hashCode() {
      return 31 * schema.hashCode() + fewest;
    }
  }

  private final Map<String, Set<Volatile>> functions = new HashMap<>();

  /** The names of all functions, and of types that are no rows of a table. */
  private final Set<String> names = new HashSet<>();

  /** Functions that do what no rollback undoes, directly or by others. */
  private final Map<String, Set<Volatile>> lasting = new HashMap<>();

  /** Relations with triggers that do. */
  private final Set<String> lastingTriggers = new HashSet<>();

  private final Set<String> relations = new HashSet<>();
  private final Set<String> operators = new HashSet<>();
  private boolean hidden;
  private boolean ownFunctions;

  /** Names of tables, which may be written with their columns, as if they were called. */
  private final Set<String> tables = new HashSet<>();

  /**
   * Names of relations whose rows are not written by statements that name them: sequences,
   * materialized views, foreign tables, the system's.
   */
  private final Set<String> otherRelations = new HashSet<>();

  /** Names of what a standby refuses, or shows in a state of its own, and of views on it. */
  private final Set<String> ofWriter = new HashSet<>();

  private NamedObjects() {}

  /** Reads them, in a round trip and outside of a transaction. */
  static NamedObjects read(Connection connection) throws SQLException {
    NamedObjects read = new NamedObjects();
    try (Statement statement = connection.createStatement()) {
      statement.execute(OwnSettings.ahead(connection) + QUESTION);
      try (ResultSet rows = OwnSettings.answer(statement)) {
        while (rows.next()) {
          read.add(rows);
        }
      }
    }
    return read;
  }

  private void add(ResultSet row) throws SQLException {
    String name = row.getString(3);
    switch (row.getString(1)) {
      case "function" -> {
        String schema = row.getString(2);
        ownFunctions |= !schema.equals(SYSTEM);
        functions
            .computeIfAbsent(name, first -> new HashSet<>(2))
            .add(new Volatile(schema, row.getInt(4), row.getInt(5)));
      }
      case "name" -> names.add(name);
      case "other" -> otherRelations.add(name);
      case "of the writer" -> ofWriter.add(name);
      case "lasting" ->
          lasting
              .computeIfAbsent(name, first -> new HashSet<>(1))
              .add(new Volatile(row.getString(2), row.getInt(4), row.getInt(5)));
      case "lasting trigger" -> lastingTriggers.add(name);
      case "relation" -> relations.add(name);
      case "operator" -> {
        operators.add(name);
        hidden |= CodeReach.USED_UNWRITTEN.contains(name);
      }
      case "table" -> tables.add(name);
      default -> hidden = true;
    }
  }

  /** The names of all functions, and of types that are no rows of a table. */
  Set<String> names() {
    return names;
  }

  /** Names of tables, which may be written with their columns, as if they were called. */
  Set<String> tables() {
    return tables;
  }

  /** Names of relations whose rows are not written by statements that name them. */
  Set<String> otherRelations() {
    return otherRelations;
  }

  /** Returns whether volatile code may run that no name shows. */
  boolean hidden() {
    return hidden;
  }

  /** Returns whether there are volatile functions that are not the system's. */
  boolean ownFunctions() {
    return ownFunctions;
  }

  /** Returns whether both have the same code under the same names. */
  boolean saysTheSameAs(NamedObjects other) {
    return functions.equals(other.functions)
        && names.equals(other.names)
        && relations.equals(other.relations)
        && operators.equals(other.operators)
        && lasting.equals(other.lasting)
        && lastingTriggers.equals(other.lastingTriggers)
        && hidden == other.hidden
        && ownFunctions == other.ownFunctions;
  }

  /**
   * Returns whether it names what a standby refuses, or shows in a state of its own. Names of
   * columns count as well: then it is answered by the writer for nothing.
   */
  boolean namesOneOfTheWriter(AnalysedStatement statement) {
    return namesOneOf(ofWriter, statement);
  }

  /** Returns whether a write calls something unknown; its target may have columns behind it. */
  boolean callsUnknownBesides(RelationName target, AnalysedStatement statement) {
    for (FunctionCall call : statement.functions()) {
      boolean isTarget =
          call.name().equals(target.name()) && Objects.equals(call.schema(), target.schema());
      if (call.certain()
          && !isTarget
          && !names.contains(call.name())
          && !PARTS_OF_WRITES.contains(call.name())) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether it calls something that was not there when the snapshot was taken. */
  boolean callsUnknown(AnalysedStatement statement) {
    List<FunctionCall> calls = statement.functions();
    for (int i = 0; i < calls.size(); i++) {
      FunctionCall call = calls.get(i);
      if (call.certain() && !names.contains(call.name())) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether a statement may have effects that no rollback undoes. */
  boolean mayOutliveRollback(AnalysedStatement statement) {
    return !lasting.isEmpty()
        && (calls(lasting, statement, false) || namesOneOf(lastingTriggers, statement));
  }

  /** Returns whether a volatile function is behind one of its operators. */
  boolean usesVolatileOperator(AnalysedStatement statement) {
    return !operators.isEmpty() && !Collections.disjoint(operators, statement.operators());
  }

  /** Returns whether it names a relation whose definition runs volatile code, or locks rows. */
  boolean namesUnsafeRelation(AnalysedStatement statement) {
    return namesOneOf(relations, statement);
  }

  private static boolean namesOneOf(Set<String> wanted, AnalysedStatement statement) {
    if (wanted.isEmpty()) {
      return false;
    }
    List<RelationName> named = statement.relations();
    for (int i = 0; i < named.size(); i++) {
      if (wanted.contains(named.get(i).name())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns whether it may call a volatile function.
   *
   * @param ownOnly whether those of the system do not count
   */
  boolean callsVolatile(AnalysedStatement statement, boolean ownOnly) {
    return calls(functions, statement, ownOnly);
  }

  /** Returns whether each volatile function that it may call is one of these of the system. */
  boolean callsAtMost(Predicate<String> allowed, AnalysedStatement statement) {
    for (FunctionCall call : statement.functions()) {
      Set<Volatile> namesakes = functions.get(call.name());
      if (namesakes != null && isOneMeant(namesakes, call, allowed.test(call.name()))) {
        return false;
      }
    }
    return true;
  }

  private static boolean calls(
      Map<String, Set<Volatile>> wanted, AnalysedStatement statement, boolean ownOnly) {
    List<FunctionCall> calls = statement.functions();
    for (int i = 0; i < calls.size(); i++) {
      Set<Volatile> namesakes = wanted.get(calls.get(i).name());
      if (namesakes != null && isOneMeant(namesakes, calls.get(i), ownOnly)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOneMeant(Set<Volatile> namesakes, FunctionCall call, boolean ownOnly) {
    for (Volatile function : namesakes) {
      if (function.mayBeMeantBy(call) && !(ownOnly && function.schema().equals(SYSTEM))) {
        return true;
      }
    }
    return false;
  }
}
