package io.baton.failover.outcome;

import io.baton.failover.Deadline;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends a backend whose client is gone. Until the server notices the loss of the client, the backend
 * holds its locks, and may still commit.
 */
public final class Fence {

  private static final long PAUSE_NANOS = Duration.ofMillis(2).toNanos();

  /**
   * The tolerance between the age of a backend, by the server's clock, and that of its connection,
   * by ours.
   */
  private static final double TOLERANCE_SECONDS = 3;

  private static final String TERMINATE =
      "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where pid = ?"
          + " and ";
  private static final String EXACT = "extract(epoch from backend_start)::text = ?";
  private static final String BY_AGE =
      "usesysid = (select oid from pg_catalog.pg_roles where rolname = session_user)"
          + " and datname = pg_catalog.current_database()"
          + " and abs(extract(epoch from pg_catalog.clock_timestamp() - backend_start) - ?) < "
          + TOLERANCE_SECONDS;

  private Fence() {}

  /**
   * Ends the backend that served a connection, and waits until it is gone.
   *
   * @param lost the server and backend of that connection
   * @param connection another connection to the same server, as the same user
   * @return whether it is gone
   * @throws SQLException if the server does not allow it, or the connection breaks
   */
  static boolean off(ServerInstance lost, Connection connection, Deadline deadline)
      throws SQLException {
    while (true) {
      try (PreparedStatement statement = connection.prepareStatement(TERMINATE + EXACT)) {
        statement.setInt(1, lost.backend());
        statement.setString(2, lost.backendStarted());
        try (ResultSet rows = statement.executeQuery()) {
          if (!rows.next()) {
            return true;
          }
        }
      }
      if (deadline.isOver()) {
        return false;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /**
   * Ends the backend of a connection of which only the process and the age are known, so that it
   * releases its locks; does not wait. The server may be another one: so the user, the database and
   * the age must agree as well.
   *
   * @param connection another connection as the same user
   */
  public static void ask(int process, Duration age, Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(TERMINATE + BY_AGE)) {
      statement.setInt(1, process);
      statement.setDouble(2, age.toNanos() / 1e9);
      statement.executeQuery().close();
    }
  }
}
