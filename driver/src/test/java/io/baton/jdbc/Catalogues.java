package io.baton.jdbc;

import io.baton.BatonConnection;
import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.awaitility.Awaitility;

/** The catalogue of a cluster, which is read beside the sessions. */
final class Catalogues {

  private Catalogues() {}

  /**
   * Waits until it was read once: before, what a call does to its session is not known. It is that
   * of all sessions with the same servers and the same options of their monitors.
   *
   * @param options of the sessions, as in a URL
   */
  static void awaitRead(PostgresCluster cluster, String options) throws SQLException {
    try (Connection reading =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.reads=auto&" + options,
            cluster.user(),
            cluster.password())) {
      BatonConnection baton = reading.unwrap(BatonConnection.class);
      Awaitility.await()
          .pollInSameThread()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(10))
          .until(() -> baton.explainRoute("select now()").contains("only reads"));
    }
  }
}
