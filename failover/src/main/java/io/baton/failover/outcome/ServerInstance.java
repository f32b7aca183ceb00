package io.baton.failover.outcome;

import io.baton.routing.consistency.Lsn;
import io.baton.routing.topology.ServerKind;
import io.baton.session.sql.OwnSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The identity of the server of a connection, of the backend that serves it, and of the history of
 * its data as far as it can be traced. Any role can read it, in one query.
 *
 * <p>It is read before anything is done on the connection that its backend could hold or still do,
 * as the role that logged in. Later the session may have another role, and a role that is not a
 * member of the one that logged in is not shown when the backend started.
 *
 * @param kind what it is
 * @param systemIdentifier of the cluster of data that the server holds; of Aurora, which shows
 *     none, the ids of the database and of the ledger
 * @param timeline of the write-ahead log that it writes; 0 while it is a standby, and where there
 *     are no timelines
 * @param started when its postmaster started, by its own clock; where servers show no identifier,
 *     behind the name of this one, and with the time since when it keeps its statistics
 * @param address the address and port of its own end of the connection, which no proxy between
 *     changes; empty on a socket without one
 * @param replayed where its last recovery ended, null if it began after a clean shutdown; on a
 *     promoted server the point where its timeline begins
 * @param received how far it had received the log as a standby, null if it never was one since it
 *     started
 * @param backend the process that serves the connection
 * @param backendStarted when that process started, by the server's clock; null if the role is not
 *     shown it
 * @param startsInRole whether a session begins in another role than the one that logs in
 * @param marking who may write the record of a commit marker
 * @param decoding whether the log may be decoded, so that a message in it may be read by others
 */
public record ServerInstance(
    ServerKind kind,
    String systemIdentifier,
    int timeline,
    String started,
    String address,
    @Nullable Lsn replayed,
    @Nullable Lsn received,
    int backend,
    @Nullable String backendStarted,
    boolean startsInRole,
    Marking marking,
    boolean decoding) {

  /** Who may write the record of a commit marker into the log. */
  public enum Marking {
    /** The role of the connection may not, or the result is no position of the log. */
    REFUSED,
    /** The role that the session began in may; of others it is not known. */
    FIRST_ROLE,
    /** Every role may. */
    EVERY_ROLE
  }

  private static final int HEXADECIMAL = 16;

  // The first eight digits of a file of the log are its timeline: right immediately after a
  // promotion, where pg_control_checkpoint still tells the one before. From version 19 on the log
  // may become decodable at any time. Functions are looked up by their signatures: a new backend
  // would take milliseconds to make itself ready for a query of pg_proc.
  private static final String SQL =
      """
      select c.system_identifier::pg_catalog.text,
        case when pg_catalog.pg_is_in_recovery() then '0'
          else pg_catalog.substr(
            pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8) end,
        extract(epoch from pg_catalog.pg_postmaster_start_time())::pg_catalog.text,
        pg_catalog.concat(pg_catalog.host(pg_catalog.inet_server_addr()), ' ',
          pg_catalog.inet_server_port()),
        pg_catalog.pg_last_wal_replay_lsn()::pg_catalog.text,
        pg_catalog.pg_last_wal_receive_lsn()::pg_catalog.text,
        a.pid,
        extract(epoch from a.backend_start)::pg_catalog.text,
        pg_catalog.has_function_privilege(w.identified, 'execute') and case when w.decoding
          then pg_catalog.has_function_privilege(w.made, 'execute')
            and pg_catalog.has_function_privilege(w.removed, 'execute')
          else pg_catalog.has_function_privilege(w.emitted, 'execute') end,
        pg_catalog.has_function_privilege('public', w.identified, 'execute')
          and case when w.decoding
          then pg_catalog.has_function_privilege('public', w.made, 'execute')
            and pg_catalog.has_function_privilege('public', w.removed, 'execute')
          else pg_catalog.has_function_privilege('public', w.emitted, 'execute') end,
        w.decoding,
        session_user operator(pg_catalog.<>) current_user
      from pg_catalog.pg_control_system() c,
        pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a,
        (select pg_catalog.current_setting('wal_level') operator(pg_catalog.=) 'logical'
            or pg_catalog.current_setting('server_version_num')::pg_catalog.int4
              operator(pg_catalog.>=) 190000 as decoding,
          pg_catalog.to_regprocedure('pg_catalog.pg_current_xact_id()') as identified,
          pg_catalog.to_regprocedure('pg_catalog.lo_create(pg_catalog.oid)') as made,
          pg_catalog.to_regprocedure('pg_catalog.lo_unlink(pg_catalog.oid)') as removed,
          coalesce(
            pg_catalog.to_regprocedure('pg_catalog.pg_logical_emit_message'
              '(pg_catalog.bool,pg_catalog.text,pg_catalog.text,pg_catalog.bool)'),
            pg_catalog.to_regprocedure('pg_catalog.pg_logical_emit_message'
              '(pg_catalog.bool,pg_catalog.text,pg_catalog.text)')) as emitted) w\
      """;

  // Aurora has neither timelines nor recoveries by a log of its own. What its functions for
  // positions say is of a log for logical replication, if they are not refused; so the
  // id alone serves as a commit marker. Statistics are lost with every crash, also with one that
  // the postmaster survives.
  private static final String SQL_OF_AURORA =
      """
      select pg_catalog.concat('aurora ', d.oid, ' ',
          coalesce(pg_catalog.to_regclass('baton.ledger')::pg_catalog.oid, 0)),
        '0',
        pg_catalog.concat(pg_catalog.aurora_db_instance_identifier(), ' ',
          extract(epoch from pg_catalog.pg_postmaster_start_time()), ' ',
          (select extract(epoch from s.stats_reset) from pg_catalog.pg_stat_bgwriter s)),
        pg_catalog.concat(pg_catalog.host(pg_catalog.inet_server_addr()), ' ',
          pg_catalog.inet_server_port()),
        null,
        null,
        a.pid,
        extract(epoch from a.backend_start)::pg_catalog.text,
        true,
        true,
        false,
        session_user operator(pg_catalog.<>) current_user
      from pg_catalog.pg_database d,
        pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a
      where d.datname operator(pg_catalog.=) pg_catalog.current_database()\
      """;

  private static final String SQL_OF_CLUSTER =
      "select c.system_identifier::pg_catalog.text from pg_catalog.pg_control_system() c";

  private static final String SQL_OF_STANDBY = "select pg_catalog.pg_is_in_recovery()";

  private static final String SAVEPOINT = "baton_instance";

  /**
   * Reads the identity of the server of a connection that is in no transaction.
   *
   * @throws SQLException if it refuses to say, or the connection breaks
   */
  public static ServerInstance of(Connection connection, ServerKind kind) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(OwnSettings.UNLIMITED + sql(kind));
      return completed(ofAnswer(statement, kind), statement);
    }
  }

  /**
   * Reads the system identifier of the server of a connection that is in no transaction.
   *
   * @throws SQLException if it refuses to say, or the connection breaks
   */
  public static String clusterOf(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(OwnSettings.UNLIMITED + SQL_OF_CLUSTER);
      try (ResultSet row = OwnSettings.answer(statement)) {
        row.next();
        return row.getString(1);
      }
    }
  }

  /**
   * Asks the server of a connection that is in no transaction whether it is a standby.
   *
   * @throws SQLException if it refuses to say, or the connection breaks
   */
  public static boolean isStandby(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(OwnSettings.UNLIMITED + SQL_OF_STANDBY);
      try (ResultSet row = OwnSettings.answer(statement)) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  /**
   * Reads the identity, and in the same round trip something else.
   *
   * @param besides a query, as text, that names all with their schema
   * @param reader takes the answer to it
   * @throws SQLException as {@link #of(Connection, ServerKind)}
   */
  public static ServerInstance of(
      Connection connection, ServerKind kind, String besides, Reader reader) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(OwnSettings.UNLIMITED + sql(kind) + ';' + besides);
      ServerInstance instance = ofAnswer(statement, kind);
      statement.getMoreResults();
      try (ResultSet rows = Objects.requireNonNull(statement.getResultSet())) {
        reader.read(rows);
      }
      return completed(instance, statement);
    }
  }

  /** Reads the answer to another question. */
  @FunctionalInterface
  public interface Reader {

    /** Reads it. */
    void read(ResultSet rows) throws SQLException;
  }

  private static ServerInstance ofAnswer(Statement executed, ServerKind kind) throws SQLException {
    try (ResultSet rows = OwnSettings.answer(executed)) {
      return read(rows, kind);
    }
  }

  /** As the role that logged in, where another one is not shown all. */
  private static ServerInstance completed(ServerInstance instance, Statement statement)
      throws SQLException {
    return instance.backendStarted == null && instance.startsInRole
        ? asLoginRole(statement, instance.kind)
        : instance;
  }

  private static ServerInstance asLoginRole(Statement statement, ServerKind kind)
      throws SQLException {
    statement.execute(
        "BEGIN;SET LOCAL ROLE NONE;SET LOCAL statement_timeout = 0;" + sql(kind) + ";COMMIT");
    statement.getMoreResults();
    statement.getMoreResults();
    statement.getMoreResults();
    try (ResultSet rows = Objects.requireNonNull(statement.getResultSet())) {
      return read(rows, kind);
    }
  }

  private static String sql(ServerKind kind) {
    return switch (kind) {
      case POSTGRESQL -> SQL;
      case AURORA -> SQL_OF_AURORA;
    };
  }

  /**
   * Reads the identity inside a transaction, which is unchanged even if the server refuses.
   *
   * @return the answer; null if the server refused
   * @throws SQLException if the connection breaks
   */
  public static @Nullable ServerInstance insideTransaction(Connection connection, ServerKind kind)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      try {
        statement.execute("SAVEPOINT " + SAVEPOINT + ";" + sql(kind) + ";RELEASE " + SAVEPOINT);
        statement.getMoreResults();
        try (ResultSet rows = Objects.requireNonNull(statement.getResultSet())) {
          return read(rows, kind);
        }
      } catch (SQLException refused) {
        try {
          statement.execute("ROLLBACK TO " + SAVEPOINT + ";RELEASE " + SAVEPOINT);
        } catch (SQLException broken) {
          refused.addSuppressed(broken);
          throw refused; // It was the end of the connection.
        }
        return null;
      }
    }
  }

  private static ServerInstance read(ResultSet rows, ServerKind kind) throws SQLException {
    rows.next();
    boolean isMarking = rows.getBoolean(9);
    return new ServerInstance(
        kind,
        rows.getString(1),
        Integer.parseInt(rows.getString(2), HEXADECIMAL),
        rows.getString(3),
        rows.getString(4).strip(),
        lsn(rows.getString(5)),
        lsn(rows.getString(6)),
        rows.getInt(7),
        rows.getString(8),
        rows.getBoolean(12),
        rows.getBoolean(10) ? Marking.EVERY_ROLE : isMarking ? Marking.FIRST_ROLE : Marking.REFUSED,
        rows.getBoolean(11));
  }

  private static @Nullable Lsn lsn(@Nullable String text) {
    return text == null ? null : Lsn.parse(text);
  }

  /** Returns whether it takes writes, as far as it says. */
  public boolean isWriter() {
    return timeline != 0 || !kind.hasPositions();
  }

  /**
   * Returns whether its postmaster was started at this moment, as far as both tell it: to the
   * millisecond.
   */
  public boolean wasStartedAt(Instant moment) {
    return Math.abs(Double.parseDouble(started) * 1000 - moment.toEpochMilli()) < 2;
  }

  /** Returns whether both are servers of the same cluster of data. */
  boolean isOfClusterOf(ServerInstance other) {
    return kind == other.kind && systemIdentifier.equals(other.systemIdentifier);
  }

  /** Returns whether both are the same run of the same server. */
  public boolean isSameRunAs(ServerInstance other) {
    return isOfClusterOf(other) && started.equals(other.started) && timeline == other.timeline;
  }

  /**
   * A run of a server: a period without a restart, a recovery or a promotion.
   *
   * @param systemIdentifier of the cluster of data
   * @param timeline that it writes
   * @param started when its postmaster started
   * @param replayed where its last recovery ended, null if there was none
   */
  public record Run(String systemIdentifier, int timeline, String started, @Nullable Lsn replayed) {

    // By hand: what Java makes of a record is linked when it is first used, which would be in the
    // middle of a recovery.

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Run run
          && timeline == run.timeline
          && started.equals(run.started)
          && systemIdentifier.equals(run.systemIdentifier)
          && Objects.equals(replayed, run.replayed);
    }

    @Override
    public int hashCode() {
      return 31 * started.hashCode() + timeline;
    }
  }

  /** Returns the run of the server at the time of the query. */
  public Run run() {
    return new Run(systemIdentifier, timeline, started, replayed);
  }

  /** Returns whether the server went through no recovery since an earlier query. */
  boolean hasNotRecoveredSince(ServerInstance earlier) {
    return run().equals(earlier.run());
  }

  /**
   * Returns whether this is the same server as an earlier one, as far as its postmaster or its
   * address can tell. The address of the endpoint is that of a proxy perhaps, or of another server
   * by now; this is the server's own.
   */
  private boolean isServerOf(ServerInstance earlier) {
    return started.equals(earlier.started)
        || (!address.isEmpty() && address.equals(earlier.address));
  }

  /**
   * Returns whether this is an earlier server after a restart on the same timeline, without a
   * recovery in its last start.
   */
  boolean isRestartOf(ServerInstance earlier) {
    return isOfClusterOf(earlier)
        && timeline != 0
        && timeline == earlier.timeline
        && replayed == null
        && !started.equals(earlier.started)
        && isServerOf(earlier);
  }

  /**
   * Returns whether this is certainly another server than an earlier one: neither its postmaster
   * nor its own address is that one's.
   */
  public boolean isAnotherThan(ServerInstance earlier) {
    return !isServerOf(earlier) && !address.isEmpty() && !earlier.address.isEmpty();
  }

  /**
   * Returns whether this is an earlier instance of Aurora after a restart in its place: it has its
   * name and its own address. An instance that takes over a name has another address.
   */
  boolean isInPlaceOf(ServerInstance earlier) {
    return isOfClusterOf(earlier)
        && !address.isEmpty()
        && address.equals(earlier.address)
        && name().equals(earlier.name());
  }

  private String name() {
    return started.substring(0, Math.max(0, started.indexOf(' ')));
  }

  /**
   * Returns whether this one and an earlier one contradict each other: both write the same
   * timeline, and they are two servers. Then the number of the timeline does not tell which history
   * is meant.
   */
  boolean contradicts(ServerInstance other) {
    return isOfClusterOf(other)
        && timeline != 0
        && timeline == other.timeline
        && !isServerOf(other);
  }

  /**
   * Returns whether the log of an earlier server, up to a position, is certainly part of this one's
   * history: it is the same run, or exactly one recovery lies between, which reached that position.
   * One recovery is a promotion by one timeline on a server that streamed until then and was not
   * restarted, or one crash recovery of the same server on the same timeline.
   *
   * <p>It rests on one assumption: the earlier timeline is written by one server only, so that its
   * number names one history. {@link WriterHistories} knows whether that was seen to fail.
   */
  public boolean continues(ServerInstance earlier, Lsn position) {
    if (hasNotRecoveredSince(earlier)) {
      return true;
    }
    int hops = timeline - earlier.timeline;
    boolean streamed = received != null;
    return isOfClusterOf(earlier)
        && replayed != null
        && replayed.hasReached(position)
        && (hops == 0 ? !streamed && isServerOf(earlier) : hops == 1 && streamed);
  }
}
