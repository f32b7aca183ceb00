package io.baton.testkit;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** A short-lived session of the testkit's own, as superuser, on one server. */
record Superuser(Connection connection) implements AutoCloseable {
  static final String APPLICATION_NAME = "baton-testkit";

  /** A query: whether WAL is coming in from a primary. */
  static final String IS_RECEIVING =
      "SELECT count(*) > 0 FROM pg_stat_wal_receiver WHERE status = 'streaming'";

  static Superuser of(Address address, Credentials credentials) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", APPLICATION_NAME);
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("loginTimeout", "0");
    properties.setProperty("socketTimeout", "30");
    return new Superuser(
        PlainConnection.open(
            address,
            "postgres",
            Credentials.SUPERUSER,
            credentials.superuserPassword(),
            properties));
  }

  boolean isInRecovery() throws SQLException {
    return query("SELECT pg_is_in_recovery()").equals("t");
  }

  /** The timeline on which a primary writes. */
  long timeline() throws SQLException {
    return Long.parseLong(query("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"), 16);
  }

  /** The position up to which a standby has the WAL, as a number. */
  long receivedPosition() throws SQLException {
    return Long.parseLong(
        query(
            "SELECT pg_wal_lsn_diff(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()),"
                + " '0/0')::int8"));
  }

  /** Asks again and again until a query answers true; returns whether it did in time. */
  boolean await(String query, Duration patience) throws SQLException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!query(query).equals("t")) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      Wait.briefly();
    }
    return true;
  }

  int terminateBackends(String condition) throws SQLException {
    return Integer.parseInt(
        query(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                + " WHERE backend_type = 'client backend' AND application_name <> '"
                + APPLICATION_NAME
                + "' AND ("
                + condition
                + ")"));
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of the first row, as text. */
  String query(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      if (!rows.next()) {
        throw new SQLException("No row from " + sql);
      }
      return String.valueOf(rows.getString(1));
    }
  }

  /** The first column of all rows, as text. */
  List<String> queryAll(String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(String.valueOf(rows.getString(1)));
      }
    }
    return values;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
