package io.baton.session.catalogue;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.FunctionCall;
import io.baton.session.sql.RelationName;
import io.baton.session.sql.StatementAnalysis;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the functions and views of one database, shared by all of its sessions in this
 * JVM.
 *
 * <p>It keeps the <em>names</em> of what is volatile, in whatever schema: a name that no volatile
 * function has cannot call one, whatever the search path; a name that one has may be meant for
 * another, and then a read is not proven though it is one. So an answer never depends on a search
 * path, and errs on one side only. A function that is created elsewhere is known when the snapshot
 * is renewed: whoever must not err asks for a new one first.
 *
 * <p>Thread-safe. Answers come from memory; only {@link #refresh} asks the server.
 */
public final class FunctionCatalogue {

  private static final Duration SHELF_LIFE = Duration.ofSeconds(30);

  /**
   * Of system views and operators it is known that they write nothing. Two functions of the system
   * are declared stable although they draw a transaction id.
   */
  private static final String QUESTION =
      """
      with recursive volatile as (
        select oid, proname, pronamespace, prosrc, prorettype from pg_catalog.pg_proc
          where prokind <> 'a' and (provolatile = 'v'
            or proname in ('txid_current', 'pg_current_xact_id') and oid < 16384)),
      calls as (
        select r.ev_class as relation, m[1]::oid as function
          from pg_catalog.pg_rewrite r,
            regexp_matches(r.ev_action::text, ':(?:opfuncid|funcid) (\\d+)', 'g') m
          where r.ev_type = '1' and r.oid >= 16384
        union all select p.polrelid, m[1]::oid
          from pg_catalog.pg_policy p,
            regexp_matches(p.polqual::text, ':(?:opfuncid|funcid) (\\d+)', 'g') m),
      unsafe(relation) as (
        select c.relation from calls c join volatile v on v.oid = c.function
        union select r.ev_class from unsafe u
          join pg_catalog.pg_depend d on d.refobjid = u.relation
            and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
          join pg_catalog.pg_rewrite r on r.oid = d.objid)
      select distinct case when pronamespace = 'pg_catalog'::pg_catalog.regnamespace
          then 'system' else 'own' end, proname::text from volatile
      union all select distinct 'relation', c.relname::text
        from unsafe u join pg_catalog.pg_class c on c.oid = u.relation
      union all select 'operator', o.oprname::text
        from pg_catalog.pg_operator o join volatile v on v.oid = o.oprcode
        where o.oprnamespace <> 'pg_catalog'::pg_catalog.regnamespace
      union all select 'operator', 'cast'
        from pg_catalog.pg_cast c join volatile v on v.oid = c.castfunc where c.oid >= 16384
      union all select 'trigger', v.proname::text from volatile v
        where v.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype
          and v.prosrc ~* '(set_config|listen|advisory_lock|\\mtemp|\\mset\\s+(session|local|role|search_path)|\\mperform\\M|\\mexecute\\M)'
      union all select distinct 'custom', m[1]
        from volatile v, regexp_matches(v.prosrc, 'set_config\\s*\\(\\s*''([^'']+)''', 'gi') m
        where v.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
      """;

  /** One reading of the catalogue; immutable. */
  private record Snapshot(
      Set<String> systemFunctions,
      Set<String> ownFunctions,
      Set<String> relations,
      Set<String> customSettings,
      boolean volatileOperators,
      boolean triggersMayTouchSessions,
      long takenAt) {}

  private static final Duration CLAIM = Duration.ofSeconds(2);

  private final LongSupplier nanoTime;
  private final AtomicLong claimedAt = new AtomicLong();
  private volatile @Nullable Snapshot snapshot;

  /** An empty catalogue. */
  public FunctionCatalogue() {
    this(System::nanoTime);
  }

  FunctionCatalogue(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Forgets everything: a definition has changed. */
  public void invalidate() {
    snapshot = null;
  }

  /** Whether there is no snapshot, or it is too old to rely on for long. */
  public boolean isStale() {
    Snapshot known = snapshot;
    return known == null || nanoTime.getAsLong() - known.takenAt > SHELF_LIFE.toNanos();
  }

  /** Whether nothing is known at all, so that every call of a function is in doubt. */
  public boolean isEmpty() {
    return snapshot == null;
  }

  /**
   * Whether whoever asks is to take a new snapshot: it is stale, and nobody else has taken that
   * upon them a moment ago.
   */
  public boolean claimRefresh() {
    if (!isStale()) {
      return false;
    }
    long now = nanoTime.getAsLong();
    long last = claimedAt.get();
    boolean isFirst = snapshot == null || now - last > CLAIM.toNanos();
    return isFirst && (claimedAt.compareAndSet(last, now) || snapshot == null);
  }

  /** Takes a new snapshot. */
  public void refresh(Connection connection) throws SQLException {
    long now = nanoTime.getAsLong();
    Set<String> system = new HashSet<>();
    Set<String> own = new HashSet<>();
    Set<String> relations = new HashSet<>();
    Set<String> custom = new HashSet<>();
    boolean operators = false;
    boolean triggers = false;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(QUESTION)) {
      while (rows.next()) {
        String name = rows.getString(2);
        switch (rows.getString(1)) {
          case "system" -> system.add(name);
          case "own" -> own.add(name);
          case "relation" -> relations.add(name);
          case "custom" -> custom.add(name);
          case "operator" -> operators = true;
          default -> triggers = true;
        }
      }
    }
    snapshot = new Snapshot(system, own, relations, custom, operators, triggers, now);
  }

  /** Whether this text is known only to read; answers from memory. */
  public ReadVerdict verdict(StatementAnalysis analysis) {
    if (!analysis.isReadCandidate()) {
      return ReadVerdict.NOT_A_READ;
    }
    Snapshot known = snapshot;
    if (known == null || isStale()) {
      return ReadVerdict.NOT_KNOWN;
    }
    if (known.volatileOperators) {
      return ReadVerdict.NOT_A_READ;
    }
    for (AnalysedStatement statement : analysis.statements()) {
      for (FunctionCall call : statement.functions()) {
        if (known.systemFunctions.contains(call.name())
            || known.ownFunctions.contains(call.name())) {
          return ReadVerdict.NOT_A_READ;
        }
      }
      for (RelationName relation : statement.relations()) {
        if (known.relations.contains(relation.name())) {
          return ReadVerdict.NOT_A_READ;
        }
      }
    }
    return ReadVerdict.PROVEN;
  }

  /**
   * Whether this statement may have changed its session by functions of the application's own, be
   * they called in its text, by a view, or by a trigger. True where it is not known.
   */
  public boolean mayChangeSession(AnalysedStatement statement) {
    boolean writes = mayFireTriggers(statement.kind());
    if (!writes && statement.functions().isEmpty() && statement.relations().isEmpty()) {
      return false;
    }
    Snapshot known = snapshot;
    if (known == null) {
      return true;
    }
    if (known.volatileOperators || (writes && known.triggersMayTouchSessions)) {
      return true;
    }
    for (FunctionCall call : statement.functions()) {
      if (known.ownFunctions.contains(call.name())) {
        return true;
      }
    }
    for (RelationName relation : statement.relations()) {
      if (known.relations.contains(relation.name()) && !known.ownFunctions.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private static boolean mayFireTriggers(CommandKind kind) {
    return switch (kind) {
      case INSERT, UPDATE, DELETE, MERGE, COPY_IN, TRUNCATE -> true;
      default -> false;
    };
  }

  /** The names of settings that functions of the application's own set. */
  public Set<String> customSettings() {
    Snapshot known = snapshot;
    return known == null ? Set.of() : known.customSettings;
  }
}
