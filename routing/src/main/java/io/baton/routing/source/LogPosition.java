package io.baton.routing.source;

import io.baton.routing.consistency.Lsn;
import io.baton.routing.monitor.TextLimits;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How much of the cluster's history a server has, which tells an answer of a server that is behind
 * from a newer one.
 *
 * @param timeline the one that it writes; 0 for a standby
 * @param lsn where its log ends, or its replay
 */
record LogPosition(long timeline, Lsn lsn) {

  private static final int HEXADECIMAL = 16;

  /** A function may not be called by the role, is not there, or is not supported. */
  private static final Set<String> REFUSALS = Set.of("42501", "42883", "0A000");

  private static final String QUESTION =
      """
      select case when pg_catalog.pg_is_in_recovery() then '0' else pg_catalog.substr(
            pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8) end,
        case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn()
          else pg_catalog.pg_current_wal_insert_lsn() end::pg_catalog.text\
      """;

  /**
   * Asks a server.
   *
   * @return null if it does not say
   * @throws SQLException if the connection breaks, or the server cannot say it just now
   */
  static @Nullable LogPosition of(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = TextLimits.ask(statement, QUESTION)) {
      row.next();
      String lsn = row.getString(2);
      return lsn == null
          ? null
          : new LogPosition(Long.parseLong(row.getString(1), HEXADECIMAL), Lsn.parse(lsn));
    } catch (SQLException refused) {
      if (REFUSALS.contains(String.valueOf(refused.getSQLState()))) {
        return null;
      }
      throw refused;
    }
  }

  boolean isOfStandby() {
    return timeline == 0;
  }
}
