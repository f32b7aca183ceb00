package io.baton.failover;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * For how long a server has been up, by its own clock. Any role can read it, in one query.
 *
 * @param postmaster for how long its postmaster has run
 * @param statistics for how long it has kept its statistics: they are lost with every crash, also
 *     with one of a single backend, after which the postmaster recovers the data and goes on. An
 *     administrator can reset them as well. Null if it does not say
 * @param restartsAfterCrash whether the postmaster goes on after the crash of a backend
 */
public record ServerAge(
    Duration postmaster, @Nullable Duration statistics, boolean restartsAfterCrash) {

  private static final String SQL =
      """
      select pg_catalog.int8(extract(epoch from pg_catalog.clock_timestamp()
            OPERATOR(pg_catalog.-) pg_catalog.pg_postmaster_start_time())
          OPERATOR(pg_catalog.*) 1000),
        pg_catalog.int8(extract(epoch from pg_catalog.clock_timestamp()
            OPERATOR(pg_catalog.-) stats_reset)
          OPERATOR(pg_catalog.*) 1000),
        pg_catalog.current_setting('restart_after_crash', true)
          OPERATOR(pg_catalog.=) 'off'::pg_catalog.text
      from pg_catalog.pg_stat_bgwriter\
      """;

  /**
   * Asks a server.
   *
   * @throws SQLException if it refuses to say, or the connection breaks
   */
  public static ServerAge of(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(SQL)) {
      rows.next();
      long postmaster = rows.getLong(1);
      long statistics = rows.getLong(2);
      boolean unknown = rows.wasNull();
      return new ServerAge(
          Duration.ofMillis(postmaster),
          unknown ? null : Duration.ofMillis(statistics),
          !rows.getBoolean(3));
    }
  }

  /** Returns whether its postmaster has run for longer than this: it was not restarted since. */
  public boolean hasBeenUpFor(Duration time) {
    return postmaster.compareTo(time) > 0;
  }

  /**
   * Returns whether a backend crashed within this time, so that the server ended all others and
   * recovered its data. A crash of the postmaster or of the machine is none of a backend; where the
   * postmaster does not go on after one, the two cannot be told apart.
   */
  public boolean hadACrashedBackendWithin(Duration time) {
    return statistics != null
        && statistics.compareTo(time) <= 0
        && (hasBeenUpFor(time) || !restartsAfterCrash);
  }
}
