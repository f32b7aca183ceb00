package io.baton.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.testkit.junit.PostgresTest;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.Test;

@PostgresTest
class FaultsTest {
  @Test
  void crash_endsConnectionsAndRefusesNewOnes_untilStarted(PostgresCluster cluster)
      throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      Sql.execute(connection, "CREATE TABLE survives (n int)");
      Sql.execute(connection, "INSERT INTO survives VALUES (1)");
      connection.setAutoCommit(false);
      Sql.execute(connection, "INSERT INTO survives VALUES (2)");

      node.crash();

      assertThatThrownBy(() -> Sql.query(connection, "SELECT 1"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08006"));
    }
    assertThat(node.isRunning()).isFalse();
    assertThat(node.isPrimary()).isFalse();
    try (Socket socket = new Socket()) {
      assertThatThrownBy(
              () -> socket.connect(new InetSocketAddress(node.host(), node.port()), 1_000))
          .isInstanceOf(ConnectException.class);
    }

    node.start();

    assertThat(Sql.query(node, "SELECT sum(n) FROM survives")).isEqualTo("1");
  }

  @Test
  void freeze_keepsConnectionsOpenAndSilent_untilThawed(PostgresCluster cluster)
      throws SQLException {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      connection.setNetworkTimeout(Runnable::run, 300);
      node.freeze();

      assertThat(node.isRunning()).isTrue();
      assertThat(node.isFrozen()).isTrue();
      assertThatThrownBy(() -> Sql.query(connection, "SELECT 1"))
          .hasRootCauseInstanceOf(SocketTimeoutException.class);

      node.thaw();
    }
    assertThat(Sql.query(node, "SELECT 1")).isEqualTo("1");
  }

  @Test
  void crash_ofAFrozenNode_works(PostgresCluster cluster) throws SQLException {
    PostgresNode node = cluster.primary();
    node.freeze();

    node.crash();
    node.start();

    assertThat(node.isFrozen()).isFalse();
    assertThat(Sql.query(node, "SELECT 1")).isEqualTo("1");
  }

  @Test
  void stop_ofAFrozenNode_saysWhatToDo(PostgresCluster cluster) {
    cluster.primary().freeze();

    assertThatThrownBy(() -> cluster.primary().stop())
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("thaw");
  }

  @Test
  void stop_tellsSessionsThatTheServerGoesDown(PostgresCluster cluster) throws SQLException {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      node.stop();

      assertThatThrownBy(() -> Sql.query(connection, "SELECT 1"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"));
    }
    node.start();
    assertThat(Sql.query(node, "SELECT pg_last_wal_replay_lsn() IS NULL")).isEqualTo("t");
  }

  @Test
  void stopImmediately_makesTheNextStartRecover(PostgresCluster cluster) throws SQLException {
    PostgresNode node = cluster.primary();
    Sql.execute(node, "CREATE TABLE work_to_recover ()");

    node.stopImmediately();
    node.start();

    assertThat(Sql.query(node, "SELECT pg_last_wal_replay_lsn() IS NULL")).isEqualTo("f");
  }

  @Test
  void terminateBackends_byPidAndByName_leavesTheOthers(PostgresCluster cluster)
      throws SQLException {
    PostgresNode node = cluster.primary();
    try (Connection named = through(node);
        Connection numbered = through(node);
        Connection other = through(node)) {
      Sql.execute(named, "SET application_name = 'to be ended'");
      int pid = Integer.parseInt(Sql.query(numbered, "SELECT pg_backend_pid()"));

      assertThat(node.terminateBackends("to be ended")).isEqualTo(1);
      assertThat(node.terminateBackend(pid)).isTrue();

      for (Connection ended : new Connection[] {named, numbered}) {
        assertThatThrownBy(() -> Sql.query(ended, "SELECT 1"))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"));
      }
      assertThat(Sql.query(other, "SELECT 1")).isEqualTo("1");
      assertThat(node.terminateBackends()).isEqualTo(1);
    }
  }

  @Test
  void node_alreadyRunning_isNotStartedTwice(PostgresCluster cluster) {
    assertThatThrownBy(() -> cluster.primary().start())
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("running already");
  }

  /** A connection as clients have it, through the proxy. */
  private static Connection through(PostgresNode node) throws SQLException {
    return node.connectThroughProxy(new Properties());
  }
}
