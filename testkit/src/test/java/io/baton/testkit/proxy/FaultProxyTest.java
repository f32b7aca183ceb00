package io.baton.testkit.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.Sql;
import io.baton.testkit.junit.PostgresTest;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.Test;

@PostgresTest
class FaultProxyTest {
  @Test
  void cut_endsConnectionsAndRefusesNewOnes_untilRestored(PostgresCluster cluster)
      throws SQLException {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      node.proxy().cut();

      assertThatThrownBy(() -> Sql.query(connection, "SELECT 1"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08006"));
    }
    assertThatThrownBy(() -> through(node)).hasRootCauseInstanceOf(ConnectException.class);
    assertThat(Sql.query(node, "SELECT 1")).as("past the proxy").isEqualTo("1");

    node.proxy().restore();

    try (Connection connection = through(node)) {
      assertThat(Sql.query(connection, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void cut_letsTheServerEndTheSession(PostgresCluster cluster) throws SQLException {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      String pid = Sql.query(connection, "SELECT pg_backend_pid()");

      node.proxy().cut();

      await().until(() -> countBackends(node, pid) == 0);
      assertThatThrownBy(() -> Sql.query(connection, "SELECT 1")).isInstanceOf(SQLException.class);
    }
  }

  @Test
  void halfOpen_isSilentForTheClientAndUnnoticedByTheServer(PostgresCluster cluster)
      throws SQLException {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      connection.setAutoCommit(false);
      String pid = Sql.query(connection, "SELECT pg_backend_pid()");
      connection.setNetworkTimeout(Runnable::run, 300);

      node.proxy().halfOpen();

      assertThatThrownBy(() -> Sql.query(connection, "SELECT 1"))
          .hasRootCauseInstanceOf(SocketTimeoutException.class);
      // The client has given up and closed its socket; the server still waits in the transaction.
      assertThat(connection.isClosed()).isTrue();
      assertThat(countBackends(node, pid)).isEqualTo(1);

      node.proxy().restore();

      await().until(() -> countBackends(node, pid) == 0);
    }
  }

  @Test
  void halfOpen_givesNewConnectionsNoAnswer(PostgresCluster cluster) throws SQLException {
    PostgresNode node = cluster.primary();
    Properties impatient = new Properties();
    impatient.setProperty("socketTimeout", "1");
    impatient.setProperty("connectTimeout", "1");
    node.proxy().halfOpen();

    assertThatThrownBy(() -> node.connectThroughProxy(impatient))
        .hasRootCauseInstanceOf(SocketTimeoutException.class);

    node.proxy().restore();
    try (Connection connection = through(node)) {
      assertThat(Sql.query(connection, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void halfOpen_liftedBeforeAnythingWasLost_leavesTheConnectionUsable(PostgresCluster cluster)
      throws SQLException {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      node.proxy().halfOpen();
      node.proxy().restore();

      assertThat(Sql.query(connection, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void delay_isAddedInEachDirection(PostgresCluster cluster) throws SQLException {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      Sql.query(connection, "SELECT 1");
      Duration delay = Duration.ofMillis(60);
      node.proxy().delay(delay);

      long start = System.nanoTime();
      Sql.query(connection, "SELECT 1");
      long took = System.nanoTime() - start;

      assertThat(Duration.ofNanos(took)).isGreaterThanOrEqualTo(delay.multipliedBy(2));
    }
  }

  @Test
  void resetConnections_leavesTheWayOpenForNewOnes(PostgresCluster cluster) throws SQLException {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      node.proxy().resetConnections();

      assertThatThrownBy(() -> Sql.query(connection, "SELECT 1")).isInstanceOf(SQLException.class);
    }
    try (Connection connection = through(node)) {
      assertThat(Sql.query(connection, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void counters_tellWaitsForTheServer(PostgresCluster cluster) throws SQLException {
    PostgresNode node = cluster.primary();
    FaultProxy proxy = node.proxy();
    try (Connection connection = through(node);
        PreparedStatement statement = connection.prepareStatement("SELECT ?")) {
      long accepted = proxy.acceptedConnections();
      assertThat(proxy.openConnections()).isEqualTo(1);
      long requests = proxy.requests();
      long roundTrips = proxy.roundTrips();

      for (int n = 0; n < 10; n++) {
        statement.setInt(1, n);
        statement.executeQuery().close();
      }

      assertThat(proxy.requests() - requests).isEqualTo(10);
      assertThat(proxy.roundTrips() - roundTrips).isEqualTo(10);
      assertThat(proxy.acceptedConnections()).isEqualTo(accepted);
    }
    await().until(() -> proxy.openConnections() == 0);
  }

  @Test
  void server_crashed_endsTheClientsConnection(PostgresCluster cluster) throws SQLException {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      connection.setNetworkTimeout(Runnable::run, 30_000);
      node.crash();

      assertThatThrownBy(() -> Sql.query(connection, "SELECT 1"))
          .isInstanceOf(SQLException.class)
          .hasRootCauseInstanceOf(java.io.IOException.class)
          .rootCause()
          .isNotInstanceOf(SocketTimeoutException.class);
    }
  }

  private static int countBackends(PostgresNode node, String pid) throws SQLException {
    return Integer.parseInt(
        Sql.query(node, "SELECT count(*) FROM pg_stat_activity WHERE pid = " + pid));
  }

  private static Connection through(PostgresNode node) throws SQLException {
    return node.connectThroughProxy(new Properties());
  }
}
