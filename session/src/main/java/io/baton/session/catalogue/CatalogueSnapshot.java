package io.baton.session.catalogue;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.FunctionCall;
import io.baton.session.sql.RelationName;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalysis.TableUse;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
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

  /** The identity that findings refer to, so that they do not retain an outdated snapshot. */
  private final Object identity = new Object();

  private final NamedObjects objects;
  private final CodeGraph code;

  /** Operators by which code may run that reads tables. */
  private final Set<String> operatorsWithCode;

  /** Whether code may run in any statement that reads tables. */
  private final boolean hiddenCode;

  /** What the code may do to sessions. */
  private final CodeReach reach;

  /** Names that may mean something else since it was read. */
  private final Set<String> unknown;

  private CatalogueSnapshot(CodeGraph code, NamedObjects objects) {
    this.code = code;
    this.objects = objects;
    this.unknown = Set.of();
    this.reach = code.reach(unknown);
    this.operatorsWithCode = code.operatorsWithCode();
    this.hiddenCode =
        code.hasHiddenCode() || !Collections.disjoint(operatorsWithCode, CodeReach.USED_UNWRITTEN);
  }

  private CatalogueSnapshot(CatalogueSnapshot of, Set<String> unknown) {
    this.code = of.code;
    this.objects = of.objects;
    this.unknown = Set.copyOf(unknown);
    this.reach = code.reach(this.unknown);
    this.operatorsWithCode = of.operatorsWithCode;
    this.hiddenCode = of.hiddenCode;
  }

  /** Reads the catalogue, in two round trips and outside of a transaction. */
  static CatalogueSnapshot read(Connection connection, CodeReader reader) throws SQLException {
    CodeGraph code = reader.read(connection);
    return new CatalogueSnapshot(code, NamedObjects.read(connection));
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
    return objects.names().contains(function);
  }

  /** Returns whether one of these may be called as a function that is not the system's. */
  boolean mayBeOwn(Set<String> called) {
    for (String name : called) {
      if (!objects.names().contains(name) && !objects.tables().contains(name)) {
        return true;
      }
    }
    return reach.areOwn(called);
  }

  /** Returns whether these functions and operators may run code that is not the system's. */
  boolean mayRun(Set<String> called, Set<String> operators) {
    return mayBeOwn(called) || !Collections.disjoint(operatorsWithCode, operators);
  }

  /** Returns what a statement may do to its session by code that its text does not show. */
  SessionReach reach(AnalysedStatement statement) {
    return reach.of(statement, objects.names(), objects.tables());
  }

  /** Returns which tables a text that is proved to only read shows, and which one writes. */
  TableUse tableUse(StatementAnalysis analysis) {
    return new TableUse(
        identity,
        tablesRead(analysis.statements()),
        tablesWritten(analysis),
        analysis.statements().stream().anyMatch(objects::namesOneOfTheWriter));
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
        || !objects.tables().contains(target.name())
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
    if (with == null || objects.otherRelations().contains(name)) {
      return false;
    }
    for (String one : with) {
      if (objects.otherRelations().contains(one) || unknown.contains(one)) {
        return false;
      }
      if (objects.tables().contains(one)) {
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
    if (statement.isPlain()) {
      return true;
    }
    return !objects.hidden()
        && !objects.usesVolatileOperator(statement)
        && !objects.namesUnsafeRelation(statement)
        && !objects.callsVolatile(statement, false)
        && !objects.callsUnknown(statement)
        && reach(statement).isNone();
  }

  /**
   * Returns whether these statements read and change the session, and do nothing else: all volatile
   * functions that they call are {@link #OF_THE_SESSION}, or {@link #LOOKING}.
   */
  boolean changeSessionOnly(List<AnalysedStatement> statements) {
    return statements.stream().allMatch(this::changesSessionOnly);
  }

  private static boolean isOfTheSession(String function) {
    return OF_THE_SESSION.contains(function) || LOOKING.contains(function);
  }

  private boolean changesSessionOnly(AnalysedStatement statement) {
    return !objects.hidden()
        && objects.callsAtMost(CatalogueSnapshot::isOfTheSession, statement)
        && !objects.usesVolatileOperator(statement)
        && !objects.namesUnsafeRelation(statement)
        && !objects.callsUnknown(statement)
        && reach(statement).isNone();
  }

  /** Returns whether this statement may run volatile code that is not the system's. */
  boolean mayRunOwnCode(AnalysedStatement statement) {
    return objects.hidden() || namesOwnCode(statement);
  }

  private boolean namesOwnCode(AnalysedStatement statement) {
    return reach.isInDoubt(statement)
        || objects.usesVolatileOperator(statement)
        || (objects.ownFunctions() && objects.namesUnsafeRelation(statement))
        || objects.callsVolatile(statement, true)
        || (statement.kind() == CommandKind.SELECT && objects.callsUnknown(statement));
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
        || (target != null && objects.callsUnknownBesides(target, statement));
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

  /** Returns whether both say the same of every statement. */
  boolean saysTheSameAs(CatalogueSnapshot other) {
    return objects.saysTheSameAs(other.objects) && reach.saysTheSameAs(other.reach);
  }

  /** Returns whether these statements may have effects that no rollback undoes. */
  boolean mayOutliveRollback(List<AnalysedStatement> statements) {
    for (AnalysedStatement statement : statements) {
      if (objects.mayOutliveRollback(statement)) {
        return true;
      }
    }
    return false;
  }
}
