package io.baton.session;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/**
 * A question to the server about the session, asked in one round trip.
 *
 * @param sql a single SELECT
 */
public record ReadBack(String sql) {

  /** Asks the server behind this connection. */
  public ServerState ask(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return read(rows);
    }
  }

  /** Reads the rows of {@link #sql()}. */
  public ServerState read(ResultSet rows) throws SQLException {
    Map<String, String> settings = new HashMap<>();
    while (rows.next()) {
      settings.put(rows.getString(2), rows.getString(3));
    }
    return new ServerState(settings);
  }
}
