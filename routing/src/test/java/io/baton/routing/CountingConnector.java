package io.baton.routing;

import io.baton.routing.monitor.ConnectionAttempt;
import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.ServerNotification;
import io.baton.routing.topology.Endpoint;
import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.postgresql.PGConnection;

/** Connects to the servers of a test, and counts how often. */
final class CountingConnector implements Connector {

  private final PostgresCluster cluster;
  private final AtomicInteger attempts = new AtomicInteger();

  CountingConnector(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  /** How many connections were begun to be opened. */
  int attempts() {
    return attempts.get();
  }

  @Override
  public ConnectionAttempt attempt(Endpoint endpoint, Duration timeout) {
    attempts.incrementAndGet();
    String url =
        "jdbc:postgresql://"
            + endpoint
            + "/"
            + cluster.database()
            + "?connectTimeout=5&preferQueryMode=simple";
    return new ConnectionAttempt() {
      @Override
      public Connection open() throws SQLException {
        return DriverManager.getConnection(url, cluster.user(), cluster.password());
      }

      @Override
      public void abort(String reason) {
        // The servers of these tests answer.
      }
    };
  }

  @Override
  public List<ServerNotification> await(Connection connection, Duration timeout)
      throws SQLException {
    connection.unwrap(PGConnection.class).getNotifications((int) timeout.toMillis());
    return List.of();
  }
}
