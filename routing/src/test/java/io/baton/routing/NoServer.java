package io.baton.routing;

import io.baton.routing.monitor.ConnectionAttempt;
import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.ServerNotification;
import io.baton.routing.topology.Endpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** A network without servers: every connection is refused. */
final class NoServer implements Connector {

  @Override
  public ConnectionAttempt attempt(Endpoint endpoint, Duration timeout) {
    return new ConnectionAttempt() {
      @Override
      public Connection open() throws SQLException {
        throw new SQLException("connection refused", "08001");
      }

      @Override
      public void abort(String reason) {
        // There is nothing to give up.
      }
    };
  }

  @Override
  public List<ServerNotification> await(Connection connection, Duration timeout)
      throws SQLException {
    throw new SQLException("connection closed", "08003");
  }
}
