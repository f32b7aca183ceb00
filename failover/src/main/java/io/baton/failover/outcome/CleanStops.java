package io.baton.failover.outcome;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether each stop of a server was a clean one since one of its backends was started.
 *
 * <p>PostgreSQL writes its cumulative statistics into a file as it is shut down, and reads them
 * when it starts after that. When it starts with a recovery, it throws them away ("The Cumulative
 * Statistics System"). So statistics that are older than a backend show that no recovery took place
 * after that backend was started. They are young as well if an administrator has reset them, or the
 * file could not be read: then nothing is shown.
 */
public final class CleanStops {

  private static final String SQL =
      "select extract(epoch from s.stats_reset)::pg_catalog.text from pg_catalog.pg_stat_bgwriter s";

  private CleanStops() {}

  /**
   * Returns whether the one is the other after a restart, and nothing of its log was lost since; it
   * is asked if that is possible.
   *
   * @param then the server as it was, and the backend that was started then
   * @param now the server as it is
   * @param connection to it
   * @return false also if it does not say
   * @throws SQLException if it refuses to say, or the connection breaks
   */
  public static boolean between(ServerInstance then, ServerInstance now, Connection connection)
      throws SQLException {
    if (!now.isRestartOf(then)) {
      return false;
    }
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(SQL)) {
      row.next();
      return showsNone(then, now, row.getString(1));
    }
  }

  /**
   * Whether statistics are older than a backend, on a clock that went forward from one start of the
   * server to the next.
   */
  static boolean showsNone(ServerInstance then, ServerInstance now, @Nullable String statistics) {
    String backend = then.backendStarted();
    return statistics != null
        && backend != null
        && isBefore(statistics, backend)
        && isBefore(backend, now.started());
  }

  private static boolean isBefore(String earlier, String later) {
    return new BigDecimal(earlier).compareTo(new BigDecimal(later)) < 0;
  }
}
