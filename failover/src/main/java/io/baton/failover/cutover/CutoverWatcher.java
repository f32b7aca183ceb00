package io.baton.failover.cutover;

import io.baton.routing.monitor.MonitorSessions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;

/**
 * A session by which some program watches the old database through Baton.
 *
 * @param process the server process
 * @param user its role
 * @param hasAsked whether it has asked since the cut over was announced, and so knows of it
 */
record CutoverWatcher(int process, String user, boolean hasAsked) {

  private static final String UNNAMED =
      "select pid, coalesce(usename, '?'), query_start > ? and "
          + MonitorSessions.ASKED_FOR_CUTOVER
          + " from pg_catalog.pg_stat_activity where datname = pg_catalog.current_database() and backend_type = 'client backend'"
          + " and pid <> pg_catalog.pg_backend_pid() and not pid = any (?)"
          + " and query_start > ?::pg_catalog.timestamptz - interval '30 s' and "
          + MonitorSessions.CONDITION;

  /**
   * Those that no member has named as its own. A session that has asked nothing for half a minute
   * before is not among them: a pooler may have lent it to a monitor once.
   *
   * @param announced when the cut over was announced, by the clock of the database
   */
  static List<CutoverWatcher> unnamed(Connection old, List<Integer> named, Timestamp announced)
      throws SQLException {
    List<CutoverWatcher> watchers = new ArrayList<>();
    try (PreparedStatement query = old.prepareStatement(UNNAMED)) {
      query.setTimestamp(1, announced);
      query.setArray(2, old.createArrayOf("int4", named.toArray()));
      query.setTimestamp(3, announced);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          watchers.add(new CutoverWatcher(rows.getInt(1), rows.getString(2), rows.getBoolean(3)));
        }
      }
    }
    return watchers;
  }

  @Override
  public String toString() {
    return "process " + process + " of " + user;
  }
}
