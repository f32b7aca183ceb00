package io.baton.benchmarks.scale;

import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Server;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A session as an application holds it: a setting that it relies on, and a prepared statement. Not
 * thread-safe.
 */
final class Session implements AutoCloseable {
  private static final String SETTING = "59s";
  private static final long PAUSE_NANOS = 1_000_000;
  private static final int VALIDATION_SECONDS = 5;

  private final Contestant contestant;
  private final Server server;
  private Connection connection;
  private PreparedStatement statement;

  private Session(
      Contestant contestant, Server server, Connection connection, PreparedStatement statement) {
    this.contestant = contestant;
    this.server = server;
    this.connection = connection;
    this.statement = statement;
  }

  static Session open(Contestant contestant, Server server) throws SQLException {
    Connection connection = connect(contestant, server);
    Session session = new Session(contestant, server, connection, prepare(connection));
    for (int i = 0; i < 6; i++) {
      session.hasSetting();
    }
    return session;
  }

  /** What befell sessions while they were made usable again. Thread-safe. */
  static final class Incidents {
    final AtomicInteger errors = new AtomicInteger();
    final AtomicInteger reopened = new AtomicInteger();
    final AtomicInteger settingsLost = new AtomicInteger();
  }

  /** Uses the session until that succeeds, with its setting as it was. */
  void restore(Incidents incidents) {
    while (true) {
      try {
        if (hasSetting()) {
          return;
        }
        incidents.settingsLost.incrementAndGet();
        configure(connection);
      } catch (SQLException e) {
        incidents.errors.incrementAndGet();
        reopenIfBroken(incidents);
      }
    }
  }

  private void reopenIfBroken(Incidents incidents) {
    try {
      if (connection.isValid(VALIDATION_SECONDS)) {
        return;
      }
      connection.close();
      connection = connect(contestant, server);
      statement = prepare(connection);
      incidents.reopened.incrementAndGet();
    } catch (SQLException e) {
      // No server yet.
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static Connection connect(Contestant contestant, Server server) throws SQLException {
    Connection connection = contestant.connect(server);
    configure(connection);
    return connection;
  }

  private static void configure(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("set statement_timeout = '" + SETTING + "'");
    }
  }

  private static PreparedStatement prepare(Connection connection) throws SQLException {
    return connection.prepareStatement("select current_setting('statement_timeout')");
  }

  private boolean hasSetting() throws SQLException {
    try (ResultSet result = statement.executeQuery()) {
      result.next();
      return SETTING.equals(result.getString(1));
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
