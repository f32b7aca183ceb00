package io.baton.session.catalogue;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.FunctionCall;
import io.baton.session.sql.LastingFunctions;
import io.baton.session.sql.OwnSettings;
import io.baton.session.sql.RelationName;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalysis.TableUse;
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
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of the catalogue of a database: its volatile functions, and the objects that call
 * them.
 *
 * <p>A call counts as volatile if no function or type has its name: another client may just have
 * created it. It counts as volatile if a volatile function has its name and takes as many
 * arguments, in the schema that is written before it or, without one, in any schema. Operators,
 * casts, aggregates, defaults of arguments, views (which may also lock rows), row-level security
 * and domains can call functions too, and are covered. A function that is declared stable but has
 * side effects cannot be detected.
 *
 * <p>Immutable, and safe for use by many threads.
 */
final class CatalogueSnapshot {

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

  /** Operators that IN, BETWEEN, CASE, DISTINCT, a join by columns and others use unwritten. */
  private static final Set<String> USED_UNWRITTEN = Set.of("=", "<>", "<", ">", "<=", ">=");

  /** What they change ends with the session. */
  private static final Set<String> OF_THE_SESSION =
      Set.of(
          "set_config",
          "setseed",
          "pg_advisory_lock",
          "pg_advisory_lock_shared",
          "pg_try_advisory_lock",
          "pg_try_advisory_lock_shared",
          "pg_advisory_unlock",
          "pg_advisory_unlock_shared",
          "pg_advisory_unlock_all",
          "pg_advisory_xact_lock",
          "pg_advisory_xact_lock_shared",
          "pg_try_advisory_xact_lock",
          "pg_try_advisory_xact_lock_shared");

  /**
   * What they tell differs from one call to the next, which is why they are volatile; they change
   * nothing. A reader may tell something else than the writer.
   */
  private static final Set<String> LOOKING =
      Set.of(
          "clock_timestamp",
          "timeofday",
          "random",
          "random_normal",
          "gen_random_uuid",
          "uuidv4",
          "uuidv7",
          "pg_sleep",
          "pg_sleep_for",
          "pg_sleep_until",
          "pg_is_in_recovery",
          "pg_is_wal_replay_paused",
          "pg_last_wal_receive_lsn",
          "pg_last_wal_replay_lsn",
          "pg_last_xact_replay_timestamp",
          "pg_current_wal_lsn",
          "pg_current_wal_insert_lsn",
          "pg_current_wal_flush_lsn",
          "pg_notification_queue_usage",
          "pg_relation_size",
          "pg_table_size",
          "pg_total_relation_size",
          "pg_indexes_size",
          "pg_database_size",
          "pg_tablespace_size");

  /** Functions of the system, besides lo_..., that write rows or run a query out of a string. */
  private static final Set<String> SYSTEM_WRITERS =
      Set.of(
          "lowrite",
          "query_to_xml",
          "query_to_xmlschema",
          "query_to_xml_and_xmlschema",
          "ts_stat",
          "ts_rewrite");

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

  /** The identity that findings refer to, so that they do not retain an outdated snapshot. */
  private final Object identity = new Object();

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

  private final CodeGraph code;

  /** Operators by which code may run that reads tables. */
  private final Set<String> operatorsWithCode;

  /** Whether code may run in any statement that reads tables. */
  private final boolean hiddenCode;

  /** What the code may do to sessions. */
  private final CodeReach reach;

  /** Names that may mean something else since it was read. */
  private final Set<String> unknown;

  private CatalogueSnapshot(CodeGraph code) {
    this.code = code;
    this.unknown = Set.of();
    this.reach = code.reach(unknown);
    this.operatorsWithCode = code.operatorsWithCode();
    this.hiddenCode =
        code.hasHiddenCode() || !Collections.disjoint(operatorsWithCode, USED_UNWRITTEN);
  }

  private CatalogueSnapshot(CatalogueSnapshot of, Set<String> unknown) {
    this.code = of.code;
    this.unknown = Set.copyOf(unknown);
    this.reach = code.reach(this.unknown);
    this.operatorsWithCode = of.operatorsWithCode;
    this.hiddenCode = of.hiddenCode;
    otherRelations.addAll(of.otherRelations);
    ofWriter.addAll(of.ofWriter);
    functions.putAll(of.functions);
    names.addAll(of.names);
    tables.addAll(of.tables);
    lasting.putAll(of.lasting);
    lastingTriggers.addAll(of.lastingTriggers);
    relations.addAll(of.relations);
    operators.addAll(of.operators);
    hidden = of.hidden;
    ownFunctions = of.ownFunctions;
  }

  /** Reads the catalogue, in two round trips and outside of a transaction. */
  static CatalogueSnapshot read(Connection connection, CodeReader reader) throws SQLException {
    CatalogueSnapshot snapshot = new CatalogueSnapshot(reader.read(connection));
    try (Statement statement = connection.createStatement()) {
      statement.execute(OwnSettings.ahead(connection) + QUESTION);
      try (ResultSet rows = OwnSettings.answer(statement)) {
        while (rows.next()) {
          snapshot.add(rows);
        }
      }
    }
    return snapshot;
  }

  /**
   * Returns this snapshot, but for these names, each of which may mean something else by now. To be
   * called by one thread at a time.
   */
  CatalogueSnapshot doubting(Set<String> names) {
    return names.equals(unknown) ? this : new CatalogueSnapshot(this, names);
  }

  /** Returns whether this snapshot is that one, but for what is in doubt. */
  @SuppressWarnings("ReferenceEquality") // the very code that was read
  boolean isOf(CatalogueSnapshot that) {
    return code == that.code;
  }

  /** Returns whether this snapshot has this identity. */
  @SuppressWarnings("ReferenceEquality") // by design
  boolean isMaker(Object thatIdentity) {
    return identity == thatIdentity;
  }

  /** Returns the names that may mean something else by now. */
  Set<String> unknown() {
    return unknown;
  }

  /** Returns whether there is a function or a type of this name. */
  boolean shows(String function) {
    return names.contains(function);
  }

  /** Returns whether one of these may be called as a function that is not the system's. */
  boolean mayBeOwn(Set<String> called) {
    for (String name : called) {
      if (!names.contains(name) && !tables.contains(name)) {
        return true;
      }
    }
    return reach.areOwn(called);
  }

  /** Returns what a statement may do to its session by code that its text does not show. */
  SessionReach reach(AnalysedStatement statement) {
    return reach.of(statement, names, tables);
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
        hidden |= USED_UNWRITTEN.contains(name);
      }
      case "table" -> tables.add(name);
      default -> hidden = true;
    }
  }

  /** Returns which tables a text that is proved to only read shows, and which one writes. */
  TableUse tableUse(StatementAnalysis analysis) {
    return new TableUse(
        identity,
        tablesRead(analysis.statements()),
        tablesWritten(analysis),
        isOfWriter(analysis.statements()));
  }

  /** Names of columns count as well: then it is answered by the writer for nothing. */
  private boolean isOfWriter(List<AnalysedStatement> statements) {
    if (ofWriter.isEmpty()) {
      return false;
    }
    for (AnalysedStatement statement : statements) {
      for (RelationName named : statement.relations()) {
        if (ofWriter.contains(named.name())) {
          return true;
        }
      }
    }
    return false;
  }

  private @Nullable Set<String> tablesRead(List<AnalysedStatement> statements) {
    Set<String> read = new HashSet<>();
    for (AnalysedStatement statement : statements) {
      if (!statement.readCandidate() || mayRunCode(statement)) {
        return null;
      }
      // Every name in a statement is one that may be a relation; most are columns.
      for (RelationName named : statement.relations()) {
        if (!addTables(read, named.name(), code.tables().readWith(named.name()))) {
          return null;
        }
      }
    }
    return Set.copyOf(read);
  }

  /** Whether any code of the database may run that reads tables, whatever it is declared to do. */
  private boolean mayRunCode(AnalysedStatement statement) {
    if (hiddenCode
        || reach.isInDoubt(statement)
        || callsOwn(statement)
        || !Collections.disjoint(operatorsWithCode, statement.operators())) {
      return true;
    }
    for (RelationName named : statement.relations()) {
      if (code.tables().readWith(named.name()) == null) {
        return true;
      }
    }
    return false;
  }

  private boolean callsOwn(AnalysedStatement statement) {
    for (FunctionCall call : statement.functions()) {
      if (reach.areOwn(Set.of(call.name()))) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Set<String> tablesWritten(StatementAnalysis analysis) {
    RelationName target = analysis.soleTarget();
    if (target == null
        || !tables.contains(target.name())
        || mayRunCode(analysis.statements().get(0))
        || mayWriteByCode(analysis.statements().get(0), target)) {
      return null;
    }
    Set<String> written = new HashSet<>();
    return addTables(written, target.name(), code.tables().writtenWith(target.name()))
        ? Set.copyOf(written)
        : null;
  }

  /** Adds those that are tables; returns whether all is known of them. */
  private boolean addTables(Set<String> all, String name, @Nullable Set<String> with) {
    if (with == null || otherRelations.contains(name)) {
      return false;
    }
    for (String one : with) {
      if (otherRelations.contains(one) || unknown.contains(one)) {
        return false;
      }
      if (tables.contains(one)) {
        all.add(one);
      }
    }
    return true;
  }

  /** Returns an object that identifies this snapshot without retaining it. */
  Object identity() {
    return identity;
  }

  Set<String> customSettings() {
    return reach.customSettings();
  }

  /** Returns whether these statements run no volatile code, whatever else they do. */
  boolean isFreeOfVolatileCode(List<AnalysedStatement> statements) {
    return statements.stream().allMatch(this::isFreeOfVolatileCode);
  }

  private boolean isFreeOfVolatileCode(AnalysedStatement statement) {
    return !hidden
        && !usesVolatileOperator(statement)
        && !namesUnsafeRelation(statement)
        && !callsVolatile(statement, false)
        && !callsUnknown(statement)
        && reach(statement).isNone();
  }

  /**
   * Returns whether these statements read and change the session, and do nothing else: all volatile
   * functions that they call are {@link #OF_THE_SESSION}, or {@link #LOOKING}.
   */
  boolean changeSessionOnly(List<AnalysedStatement> statements) {
    return statements.stream().allMatch(this::changesSessionOnly);
  }

  private boolean changesSessionOnly(AnalysedStatement statement) {
    for (FunctionCall call : statement.functions()) {
      boolean isKnown = OF_THE_SESSION.contains(call.name()) || LOOKING.contains(call.name());
      for (Volatile function : functions.getOrDefault(call.name(), Set.of())) {
        if (function.mayBeMeantBy(call) && !(isKnown && function.schema().equals(SYSTEM))) {
          return false;
        }
      }
    }
    return !hidden
        && !usesVolatileOperator(statement)
        && !namesUnsafeRelation(statement)
        && !callsUnknown(statement)
        && reach(statement).isNone();
  }

  /** Returns whether this statement may run volatile code that is not the system's. */
  boolean mayRunOwnCode(AnalysedStatement statement) {
    return hidden || namesOwnCode(statement);
  }

  private boolean namesOwnCode(AnalysedStatement statement) {
    return reach.isInDoubt(statement)
        || usesVolatileOperator(statement)
        || (ownFunctions && namesUnsafeRelation(statement))
        || callsVolatile(statement, true)
        || (statement.kind() == CommandKind.SELECT && callsUnknown(statement));
  }

  /**
   * Returns whether a query may change rows by code that it names, be it through a view or an
   * operator; code that no name shows, as that of a domain's checks, does not count.
   */
  boolean namesCodeThatMayWrite(AnalysedStatement statement) {
    return namesOwnCode(statement) || callsWriter(statement);
  }

  /** Returns whether it may run code that changes rows. */
  boolean mayWriteByCode(AnalysedStatement statement, @Nullable RelationName target) {
    return mayRunOwnCode(statement)
        || callsWriter(statement)
        || (target != null && callsUnknownBesides(target, statement));
  }

  /** Returns whether a write calls something unknown; its target may have columns behind it. */
  private boolean callsUnknownBesides(RelationName target, AnalysedStatement statement) {
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

  private static boolean callsWriter(AnalysedStatement statement) {
    for (FunctionCall call : statement.functions()) {
      String name = call.name();
      if ((name.startsWith("lo_") && !name.equals("lo_get")) || SYSTEM_WRITERS.contains(name)) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether it calls something that was not there when the snapshot was taken. */
  private boolean callsUnknown(AnalysedStatement statement) {
    List<FunctionCall> calls = statement.functions();
    for (int i = 0; i < calls.size(); i++) {
      FunctionCall call = calls.get(i);
      if (call.certain() && !names.contains(call.name())) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether both say the same of every statement. */
  boolean saysTheSameAs(CatalogueSnapshot other) {
    return functions.equals(other.functions)
        && names.equals(other.names)
        && relations.equals(other.relations)
        && operators.equals(other.operators)
        && reach.saysTheSameAs(other.reach)
        && lasting.equals(other.lasting)
        && lastingTriggers.equals(other.lastingTriggers)
        && hidden == other.hidden
        && ownFunctions == other.ownFunctions;
  }

  /** Returns whether these statements may have effects that no rollback undoes. */
  boolean mayOutliveRollback(List<AnalysedStatement> statements) {
    if (lasting.isEmpty()) {
      return false;
    }
    for (AnalysedStatement statement : statements) {
      if (calls(lasting, statement, false) || firesLastingTrigger(statement)) {
        return true;
      }
    }
    return false;
  }

  private boolean firesLastingTrigger(AnalysedStatement statement) {
    if (!lastingTriggers.isEmpty()) {
      for (RelationName named : statement.relations()) {
        if (lastingTriggers.contains(named.name())) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean usesVolatileOperator(AnalysedStatement statement) {
    return !operators.isEmpty() && !Collections.disjoint(operators, statement.operators());
  }

  private boolean namesUnsafeRelation(AnalysedStatement statement) {
    List<RelationName> named = statement.relations();
    for (int i = 0; i < named.size(); i++) {
      if (relations.contains(named.get(i).name())) {
        return true;
      }
    }
    return false;
  }

  private boolean callsVolatile(AnalysedStatement statement, boolean ownOnly) {
    return calls(functions, statement, ownOnly);
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
