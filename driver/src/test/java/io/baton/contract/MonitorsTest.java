package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonCluster;
import io.baton.BatonConnection;
import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.routing.monitor.MonitorSessions;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What monitors cost a server, and what they do not believe. */
@PostgresTest(standbys = 1)
@Tag("campaign")
class MonitorsTest {

  private static final String ROLE = "watched";
  private static final String ASKED = MonitorSessions.ASKED_FOR_CUTOVER;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** How many questions a second a standby may get from a program that misses its writer. */
  private static final int QUESTIONS_PER_SECOND = 10;

  private final PostgresCluster cluster;
  private final List<Connection> connections = new ArrayList<>();

  MonitorsTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void role() throws SQLException {
    administer("drop role if exists " + ROLE);
    administer("create role " + ROLE + " login password 'first'");
    administer("create table if not exists entry (id int)");
    administer("grant insert, select on entry to public");
    cluster.awaitReplication();
  }

  @AfterEach
  void close() throws SQLException {
    for (Connection each : connections) {
      each.close();
    }
  }

  private void administer(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connectAsSuperuser()) {
      execute(direct, sql);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private Connection connect(String hosts, String options, String password) throws SQLException {
    Connection connection =
        DriverManager.getConnection(
            "jdbc:baton:postgresql://" + hosts + "/" + cluster.database() + "?" + options,
            ROLE,
            password);
    connections.add(connection);
    return connection;
  }

  private Connection connect(String options) throws SQLException {
    return connect(cluster.hosts(), options, "first");
  }

  /** The clusters of this JVM that have our servers. */
  private List<BatonCluster> own() {
    String primary = cluster.primary().host() + ":" + cluster.primary().port();
    return Clusters.all().stream().filter(each -> each.endpoints().contains(primary)).toList();
  }

  private static boolean isAllWell(BatonCluster known) {
    return known.topology().stream().allMatch(EndpointStatus::isUsable) && hasWriter(known);
  }

  private static boolean hasWriter(BatonCluster known) {
    return known.topology().stream()
        .anyMatch(state -> state.role() == EndpointStatus.Role.WRITER && state.isUsable());
  }

  private static void awaitAllWell(BatonCluster known) {
    Awaitility.await().atMost(PATIENCE).until(() -> isAllWell(known));
  }

  @Test
  void monitor_thatHasJustConnected_isSeenToWatch() throws SQLException {
    connect("baton.heartbeat=1m&baton.topologyRefresh=1m");
    Awaitility.await("the last question is what the server has to offer")
        .atMost(PATIENCE)
        .until(() -> watching(" and query like '%max_connections%'") > 0);
    assertThat(watching("")).isPositive();
    assertThat(watching(" and query like '%max_connections%' and " + ASKED)).isZero();
  }

  private int watching(String condition) throws SQLException {
    try (Connection direct = cluster.primary().connectAsSuperuser();
        Statement statement = direct.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select count(*) from pg_stat_activity where usename = '"
                    + ROLE
                    + "' and "
                    + MonitorSessions.CONDITION
                    + condition)) {
      row.next();
      return row.getInt(1);
    }
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  // ---- an address is not a server

  @Test
  void addressThatIsTurnedToTheNewPrimary_isFollowed_whileTheFormerOneLivesOnAsAStandby()
      throws Exception {
    FaultProxy balancer =
        FaultProxy.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort()),
            direct(cluster.primary()));
    try (balancer) {
      Connection connection =
          connect(balancer.host() + ":" + balancer.port(), "baton.failoverTimeout=60s", "first");
      execute(connection, "insert into entry values (1)");
      PostgresNode former = cluster.primary();

      cluster.switchover();
      BackgroundCall write =
          BackgroundCall.start(() -> execute(connection, "insert into entry values (2)"))
              .awaitWaiting();
      Awaitility.await()
          .untilAsserted(
              () -> assertThat(monitors(former)).as("it is watched, as a standby").isOne());
      balancer.turnTo(direct(cluster.primary()));
      long turned = System.nanoTime();

      assertThat(write.endsWithin(PATIENCE)).isEmpty();
      Duration delay = since(turned);
      System.out.printf("written %d ms after the address was turned%n", delay.toMillis());
      assertThat(delay).isLessThan(Duration.ofSeconds(5));
      Awaitility.await()
          .untilAsserted(
              () -> {
                assertThat(monitors(cluster.primary())).isOne();
                assertThat(monitors(former)).isZero();
              });
    }
  }

  /** The monitor's own connection by that name goes on, so the name looks well. */
  @Test
  void nameOfTheWriter_thatLeadsNowhere_isNotTheOnlyOneThatIsTried() throws Exception {
    InetAddress here = InetAddress.getLoopbackAddress();
    try (FaultProxy one =
            FaultProxy.start(new InetSocketAddress(here, freePort()), direct(cluster.primary()));
        FaultProxy other =
            FaultProxy.start(new InetSocketAddress(here, freePort()), direct(cluster.primary()));
        ServerSocket nowhere = new ServerSocket(0, 1, here)) {
      String hosts = one.host() + ":" + one.port() + "," + other.host() + ":" + other.port();
      String options = "connectTimeout=1&socketTimeout=1&baton.failoverTimeout=20s";
      Connection first = connect(hosts, options, "first");
      Awaitility.await().until(() -> isAllWell(Clusters.of(first)));
      String used = first.unwrap(BatonConnection.class).currentEndpoint();
      FaultProxy turned = used.equals(one.host() + ":" + one.port()) ? one : other;
      turned.turnTo(new InetSocketAddress(here, nowhere.getLocalPort()));

      Connection second = connect(hosts, options, "first");

      execute(second, "insert into entry values (1)");
      assertThat(second.unwrap(BatonConnection.class).currentEndpoint()).isNotEqualTo(used);
    }
  }

  private static InetSocketAddress direct(PostgresNode node) {
    return new InetSocketAddress(node.directHost(), node.directPort());
  }

  /** The reading of the catalogue has a connection of the same name. */
  private static int monitors(PostgresNode node) throws SQLException {
    try (Connection direct = node.connectAsSuperuser()) {
      return Integer.parseInt(
          ContractFixture.ask(
              direct, "select count(*) from pg_stat_activity where " + MonitorSessions.CONDITION));
    }
  }

  // ---- the cost of an election

  @Test
  void promotion_isHeardOfAtOnce_andTheStandbyIsAskedLittleMeanwhile() throws Exception {
    int rounds = Integer.getInteger("baton.test.promotions", 1);
    int outageSeconds = Integer.getInteger("baton.test.outage", 3);
    Connection connection = connect("baton.failoverTimeout=60s");
    BatonCluster known = Clusters.of(connection);
    for (int round = 0; round < rounds; round++) {
      awaitAllWell(known);
      execute(connection, "insert into entry values (1)");
      PostgresNode former = cluster.primary();
      FaultProxy standby = cluster.standbys().get(0).proxy();
      former.crash();
      Awaitility.await().until(() -> !hasWriter(known));
      BackgroundCall write =
          BackgroundCall.start(() -> execute(connection, "insert into entry values (2)"));
      write.awaitWaiting();
      long requests = standby.requests();
      long logins = standby.acceptedConnections();
      TimeUnit.SECONDS.sleep(outageSeconds);
      requests = standby.requests() - requests;
      logins = standby.acceptedConnections() - logins;

      cluster.promoteStandby();
      long promoted = System.nanoTime();
      while (!hasWriter(known)) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      Duration heard = since(promoted);
      assertThat(write.endsWithin(PATIENCE)).isEmpty();

      System.out.printf(
          "%.1f questions and %.1f logins a second; heard of %d ms and written %d ms after the"
              + " promotion%n",
          requests / (double) outageSeconds,
          logins / (double) outageSeconds,
          heard.toMillis(),
          since(promoted).toMillis());
      assertThat(requests).isLessThanOrEqualTo((long) QUESTIONS_PER_SECOND * outageSeconds);
      cluster.rebuild(former);
    }
  }

  // ---- passwords

  @Test
  void wrongPassword_isToldAtOnce_andDisturbsTheMonitorsOfOthersNot() throws SQLException {
    Connection connection = connect("baton.failoverTimeout=60s");
    BatonCluster known = Clusters.of(connection);
    awaitAllWell(known);
    long began = System.nanoTime();

    SQLException refused =
        catchThrowableOfType(
            SQLException.class,
            () -> connect(cluster.hosts(), "baton.failoverTimeout=60s", "mistyped"));

    assertThat(refused.getSQLState()).isEqualTo("28P01");
    assertThat(since(began)).isLessThan(ContractFixture.AT_ONCE);
    assertThat(own()).hasSize(1);
    cluster.primary().terminateBackends("Baton monitor");
    Awaitility.await().untilAsserted(() -> assertThat(monitors(cluster.primary())).isOne());
    awaitAllWell(known);
  }

  @Test
  void passwordThatWasChanged_costsMonitorsFewLogins_andANewerOneIsTakenAtOnce() throws Exception {
    Connection connection = connect("baton.failoverTimeout=60s&baton.topologyRefresh=100ms");
    BatonCluster known = Clusters.of(connection);
    awaitAllWell(known);
    administer("alter role " + ROLE + " password 'second'");
    cluster.awaitReplication();
    int before = refusals();
    cluster.nodes().forEach(node -> node.terminateBackends("Baton monitor"));
    TimeUnit.SECONDS.sleep(5);
    assertThat(refusals() - before)
        .as("refused logins at two servers in five seconds")
        .isBetween(2, 6);

    long began = System.nanoTime();
    Connection newer =
        connect(cluster.hosts(), "baton.failoverTimeout=60s&baton.topologyRefresh=100ms", "second");
    execute(newer, "insert into entry values (3)");
    assertThat(since(began)).isLessThan(ContractFixture.AT_ONCE);
    assertThat(own()).hasSize(1);
    Awaitility.await().atMost(Duration.ofSeconds(2)).until(() -> isAllWell(known));
  }

  private int refusals() {
    return cluster.nodes().stream()
        .mapToInt(
            node ->
                node.log()
                        .split("password authentication failed for user \"" + ROLE + "\"", -1)
                        .length
                    - 1)
        .sum();
  }

  @Test
  void manyPasswordsAndOptions_ofOneUser_haveOneMonitorForEachServer() throws SQLException {
    for (int i = 0; i < 8; i++) {
      String password = "token" + i;
      administer("alter role " + ROLE + " password '" + password + "'");
      cluster.awaitReplication();
      execute(
          connect(
              cluster.hosts(),
              "prepareThreshold="
                  + i
                  + "&ApplicationName=program"
                  + i
                  + "&socketTimeout="
                  + (9 + i),
              password),
          "insert into entry values (4)");
    }

    assertThat(own()).hasSize(1);
    // It may be connecting still: sessions wait for the writer alone.
    Awaitility.await().untilAsserted(() -> assertThat(monitors(cluster.standbys().get(0))).isOne());
    assertThat(monitors(cluster.primary())).as("one reads the catalogue").isLessThanOrEqualTo(2);
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("baton-monitor")))
        .containsExactlyInAnyOrderElementsOf(
            cluster.nodes().stream()
                .map(node -> "baton-monitor " + node.proxy().host() + ":" + node.proxy().port())
                .toList());
  }

  // ---- what a role prescribes

  @Test
  void monitors_areAnswered_whateverTheRolePrescribes() throws SQLException {
    Connection connection = connect("");
    BatonCluster known = Clusters.of(connection);
    awaitAllWell(known);
    administer("alter role " + ROLE + " set default_transaction_isolation = 'serializable'");
    administer("alter role " + ROLE + " set statement_timeout = '1ms'");
    administer("alter role " + ROLE + " set default_transaction_read_only = on");
    cluster.awaitReplication();
    cluster.nodes().forEach(node -> node.terminateBackends("Baton monitor"));

    Awaitility.await()
        .untilAsserted(
            () -> {
              for (PostgresNode node : cluster.nodes()) {
                assertThat(monitors(node)).isOne();
              }
            });
    awaitAllWell(known);
  }

  @Test
  void monitorThatIsEndedAsIdle_connectsAgain_andItsServerIsNotSuspectedMeanwhile()
      throws SQLException {
    Connection connection = connect("");
    BatonCluster known = Clusters.of(connection);
    awaitAllWell(known);
    administer("alter role " + ROLE + " set idle_session_timeout = '200ms'");
    cluster.awaitReplication();
    cluster.nodes().forEach(node -> node.terminateBackends("Baton monitor"));
    Awaitility.await().until(() -> !isAllWell(known) || monitors(cluster.primary()) == 1);
    awaitAllWell(known);
    long logins = cluster.primary().proxy().acceptedConnections();

    Awaitility.await()
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              assertThat(isAllWell(known)).as("all is well").isTrue();
              return cluster.primary().proxy().acceptedConnections() >= logins + 4;
            });
  }

  // ---- a server that hangs

  @Test
  void serverThatHangs_isNoticed_withinAboutTwoShortHeartbeats() throws SQLException {
    Connection connection = connect("baton.heartbeat=200ms");
    BatonCluster known = Clusters.of(connection);
    awaitAllWell(known);

    cluster.primary().freeze();
    long frozen = System.nanoTime();
    Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .pollDelay(Duration.ZERO)
        .until(() -> !hasWriter(known));
    Duration delay = since(frozen);
    cluster.primary().thaw();

    System.out.printf("noticed %d ms after the server froze%n", delay.toMillis());
    // About 300 ms; a machine that is busy may make the server's answers, and so the limit, slow.
    assertThat(delay).isLessThan(ContractFixture.AT_ONCE);
  }
}
