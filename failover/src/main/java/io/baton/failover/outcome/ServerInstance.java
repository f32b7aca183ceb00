package io.baton.failover.outcome;

import io.baton.routing.consistency.Lsn;
import io.baton.routing.topology.ServerKind;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The identity of the server of a connection, and the history of its data as far as it can be
 * traced. Any role can read it, in one query.
 *
 * @param kind what it is
 * @param systemIdentifier of the cluster of data that the server holds; of Aurora, which shows
 *     none, the ids of the database and of the ledger
 * @param timeline of the write-ahead log that it writes; 0 while it is a standby, and where there
 *     are no timelines
 * @param started when its postmaster started, by its own clock; where servers show no identifier,
 *     with the name of this one
 * @param replayed where its last recovery ended, null if it began after a clean shutdown; on a
 *     promoted server the point where its timeline begins
 * @param received how far it had received the log as a standby, null if it never was one since it
 *     started
 * @param backend the process that serves the connection
 * @param backendStarted when that process started, by the server's clock
 * @param canMark whether commit markers can be taken: the role of the connection may write a
 *     message into the log, and its result is a position in the log
 */
public record ServerInstance(
    ServerKind kind,
    String systemIdentifier,
    int timeline,
    String started,
    @Nullable Lsn replayed,
    @Nullable Lsn received,
    int backend,
    String backendStarted,
    boolean canMark) {

  private static final int HEXADECIMAL = 16;

  // The first eight digits of a file of the log are its timeline: right immediately after a
  // promotion, where pg_control_checkpoint still tells the one before.
  private static final String SQL =
      """
      select c.system_identifier::text,
        case when pg_catalog.pg_is_in_recovery() then '0'
          else substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8) end,
        extract(epoch from pg_catalog.pg_postmaster_start_time())::text,
        pg_catalog.pg_last_wal_replay_lsn()::text,
        pg_catalog.pg_last_wal_receive_lsn()::text,
        a.pid,
        extract(epoch from a.backend_start)::text,
        (select pg_catalog.bool_and(pg_catalog.has_function_privilege(p.oid, 'execute'))
          from pg_catalog.pg_proc p where p.proname = 'pg_logical_emit_message'
          and p.pronamespace = 'pg_catalog'::regnamespace)
      from pg_catalog.pg_control_system() c, pg_catalog.pg_stat_activity a
      where a.pid = pg_catalog.pg_backend_pid()\
      """;

  // Aurora has neither timelines nor recoveries by a log of its own. What its functions for
  // positions say is of a log for logical replication, if they are not refused; so none of it
  // serves as a commit marker.
  private static final String SQL_OF_AURORA =
      """
      select 'aurora ' || d.oid || ' ' || coalesce(pg_catalog.to_regclass('baton.ledger')::oid, 0),
        '0',
        pg_catalog.aurora_db_instance_identifier() || ' '
          || extract(epoch from pg_catalog.pg_postmaster_start_time()),
        null,
        null,
        a.pid,
        extract(epoch from a.backend_start)::text,
        false
      from pg_catalog.pg_database d, pg_catalog.pg_stat_activity a
      where d.datname = pg_catalog.current_database() and a.pid = pg_catalog.pg_backend_pid()\
      """;

  private static final String SAVEPOINT = "baton_instance";

  /**
   * Reads the identity of the server of a connection.
   *
   * @throws SQLException if it refuses to say, or the connection breaks
   */
  public static ServerInstance of(Connection connection, ServerKind kind) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql(kind))) {
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
        statement.execute("ROLLBACK TO " + SAVEPOINT + ";RELEASE " + SAVEPOINT);
        return null;
      }
    }
  }

  private static ServerInstance read(ResultSet rows, ServerKind kind) throws SQLException {
    rows.next();
    return new ServerInstance(
        kind,
        rows.getString(1),
        Integer.parseInt(rows.getString(2), HEXADECIMAL),
        rows.getString(3),
        lsn(rows.getString(4)),
        lsn(rows.getString(5)),
        rows.getInt(6),
        rows.getString(7),
        rows.getBoolean(8));
  }

  private static @Nullable Lsn lsn(@Nullable String text) {
    return text == null ? null : Lsn.parse(text);
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
  public record Run(
      String systemIdentifier, int timeline, String started, @Nullable Lsn replayed) {}

  /** Returns the run of the server at the time of the query. */
  public Run run() {
    return new Run(systemIdentifier, timeline, started, replayed);
  }

  /** Returns whether the server went through no recovery since an earlier query. */
  boolean hasNotRecoveredSince(ServerInstance earlier) {
    return run().equals(earlier.run());
  }

  /**
   * Returns whether the log of an earlier server, up to a position, is certainly part of this one's
   * history: it is the same run, or exactly one recovery lies between, which reached that position.
   * One recovery is a promotion by one timeline on a server that streamed until then and was not
   * restarted, or one crash recovery on the same timeline.
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
        && (hops == 0 ? !streamed : hops == 1 && streamed);
  }
}
