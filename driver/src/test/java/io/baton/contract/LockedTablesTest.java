package io.baton.contract;

import static io.baton.contract.ContractFixture.ask;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.BatonEndpoints;
import io.baton.Clusters;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

/** Somebody locks a table that Baton reads, and forgets it. */
@PostgresTest(standbys = 1)
class LockedTablesTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** More than one question at a time is one that was given up and is still there. */
  private static final int AT_A_TIME = 1;

  private final PostgresCluster cluster;
  private final List<Connection> opened = new ArrayList<>();
  private Connection administrator;

  LockedTablesTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void start() throws SQLException {
    cluster.resetDatabase();
    administrator = cluster.primary().connectAsSuperuser();
    opened.add(administrator);
    execute(administrator, "drop schema if exists baton cascade");
  }

  @AfterEach
  void close() throws SQLException {
    for (Connection connection : opened) {
      connection.close();
    }
  }

  private Connection connect(String options) throws SQLException {
    Connection connection =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.heartbeat=200ms&" + options,
            cluster.user(),
            cluster.password());
    opened.add(connection);
    return connection;
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void lock(String table) throws SQLException {
    administrator.setAutoCommit(false);
    execute(administrator, "lock table " + table + " in access exclusive mode");
  }

  private static int waiting(PostgresNode node) throws SQLException {
    try (Connection looking = node.connectAsSuperuser()) {
      return Integer.parseInt(
          ask(
              looking,
              "select count(*) from pg_stat_activity"
                  + " where wait_event_type = 'Lock' and query like '%from baton.%'"
                  + " or wait_event_type = 'Lock' and query like '%FROM baton.%'"));
    }
  }

  @Test
  void tableOfCutOvers_thatIsLocked_changesNothing() throws Exception {
    execute(
        administrator,
        "create schema baton; grant usage on schema baton to public;"
            + " create table baton.cutover (id uuid, stage text, successor text, identifier int8,"
            + " expires timestamptz, changed timestamptz);"
            + " grant select on baton.cutover to public");
    cluster.awaitReplication();
    Connection connection = connect("baton.failoverTimeout=5s");
    execute(connection, "create table entry (id int)");
    String process = ask(connection, "select pg_backend_pid()");

    try (LogLines log = new LogLines(Level.WARN, "io.baton.routing.monitor.CutoverReading")) {
      lock("baton.cutover");
      for (PostgresNode node : cluster.nodes()) {
        String said = "baton.cutover cannot be read at " + node.host() + ":" + node.port();
        Awaitility.await(said).atMost(PATIENCE).until(() -> !log.lines(said).isEmpty());
      }
      // As long as several heartbeats.
      ask(connection, "select pg_sleep(2)");
      execute(connection, "insert into entry values (1)");
      execute(connect("baton.failoverTimeout=5s&ApplicationName=other"), "select 1");
      assertThat(log.lines("baton.cutover cannot be read")).as("it is said once").hasSize(2);
    }
    assertThat(ask(connection, "select pg_backend_pid()")).isEqualTo(process);
    for (PostgresNode node : cluster.nodes()) {
      assertThat(waiting(node)).isLessThanOrEqualTo(AT_A_TIME);
    }
    assertThat(connection.unwrap(BatonConnection.class).currentEndpoint())
        .isEqualTo(cluster.primary().host() + ":" + cluster.primary().port());
  }

  /** As {@code vacuum full} does for its time. */
  @Test
  void catalogue_thatIsLocked_leavesTheServersAsTheyAre() throws Exception {
    Connection connection = connect("baton.failoverTimeout=5s");
    String process = ask(connection, "select pg_backend_pid()");
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () ->
                Clusters.of(connection).topology().stream().allMatch(server -> server.isUsable()));
    ask(connection, "select pg_sleep(1)"); // What is asked once on a connection has been.

    try (LogLines log = new LogLines(Level.INFO, "io.baton.routing.topology.TopologyLog")) {
      lock("pg_catalog.pg_class");
      ask(connection, "select pg_sleep(2)");
      assertThat(log.lines()).isEmpty();
    }
    administrator.rollback();
    assertThat(ask(connection, "select pg_backend_pid()")).isEqualTo(process);
  }

  @Test
  void tableOfEndpoints_thatIsLocked_leavesTheListAsItIs_andNobodyWaiting() throws Exception {
    BatonEndpoints.create(administrator);
    for (PostgresNode node : cluster.nodes()) {
      execute(
          administrator,
          "insert into baton.endpoint (host, port) values ('"
              + node.host()
              + "', "
              + node.port()
              + ")");
    }
    cluster.awaitReplication();
    Connection connection = connect("baton.topology=table&baton.topologyRefresh=50ms");
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> Clusters.of(connection).toString().contains("listed by"));

    lock("baton.endpoint");
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> Clusters.of(connection).toString().contains("lock timeout"));

    execute(connection, "create table entry (id int)");
    for (PostgresNode node : cluster.nodes()) {
      assertThat(waiting(node)).isLessThanOrEqualTo(AT_A_TIME);
    }
    administrator.rollback();
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> !Clusters.of(connection).toString().contains("lock timeout"));
  }
}
