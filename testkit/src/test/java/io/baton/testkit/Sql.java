package io.baton.testkit;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Statements on a node, each on a connection of its own. */
public final class Sql {
  private Sql() {}

  public static void execute(PostgresNode node, String sql) throws SQLException {
    try (Connection connection = node.connect()) {
      execute(connection, sql);
    }
  }

  public static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of the first row, as text. */
  public static String query(PostgresNode node, String sql) throws SQLException {
    try (Connection connection = node.connect()) {
      return query(connection, sql);
    }
  }

  /** The first column of the first row, as text. */
  public static String query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return String.valueOf(rows.getString(1));
    }
  }
}
