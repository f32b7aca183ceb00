package io.baton.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.FailureReport;
import io.baton.routing.topology.Topology;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * What a cluster that is opened again knows of the one that was closed. The clock only goes when a
 * test lets it; without a heartbeat, monitors look once at the start and then when they are asked.
 */
@PostgresTest(standbys = 1)
class ClusterMemoryTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final PostgresCluster servers;
  private final CountingConnector connector;
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000); // About to overflow.
  private final ClusterRegistry registry =
      new ClusterRegistry(
          new Environment(
              InstantSource.system(),
              nanos::get,
              ThreadLocalRandom::current,
              Environment.system().threads()));

  ClusterMemoryTest(PostgresCluster servers) {
    this.servers = servers;
    this.connector = new CountingConnector(servers);
  }

  private static Endpoint endpoint(PostgresNode node) {
    return new Endpoint(node.host(), node.port());
  }

  private ClusterLease open(Duration heartbeat) {
    ClusterSettings settings =
        ClusterSettings.of(servers.nodes().stream().map(ClusterMemoryTest::endpoint).toList())
            .withHeartbeat(heartbeat);
    return registry.acquire(
        new ClusterKey(settings.endpoints(), Map.of()), settings, connector, null);
  }

  private ClusterLease open() {
    return open(Duration.ZERO);
  }

  /**
   * Opens a cluster, waits until all is known of it, and closes it.
   *
   * @return the version of the snapshot that said all
   */
  private long openAndClose(Duration heartbeat) throws InterruptedException {
    try (ClusterLease lease = open(heartbeat)) {
      Optional<Topology> known =
          lease.cluster().awaitTopology(ClusterMemoryTest::isAllWell, PATIENCE);
      assertThat(known).isPresent();
      return known.get().version();
    }
  }

  private static boolean isAllWell(Topology topology) {
    return topology.hasWriter() && topology.endpoints().stream().allMatch(EndpointState::isUsable);
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void cluster_thatIsOpenedAgain_knowsAll_andAsksNoServer() throws InterruptedException {
    openAndClose(Duration.ZERO);
    int before = connector.attempts();
    pass(Duration.ofMillis(ClusterRegistry.MEMORY_MILLIS));

    try (ClusterLease again = open()) {
      Topology known = again.cluster().topology();
      assertThat(isAllWell(known)).isTrue();
      assertThat(again.cluster().awaitFirstRound(PATIENCE)).isSameAs(known);
      assertThat(connector.attempts()).isEqualTo(before);
    }
  }

  @Test
  void memory_thatIsOlderThanItMayBe_isNotUsed() throws InterruptedException {
    openAndClose(Duration.ZERO);
    pass(Duration.ofMillis(ClusterRegistry.MEMORY_MILLIS + 1));

    try (ClusterLease again = open()) {
      assertThat(again.cluster().topology().version()).isLessThan(3);
      assertThat(again.cluster().awaitTopology(ClusterMemoryTest::isAllWell, PATIENCE)).isPresent();
    }
  }

  @Test
  void memory_getsNoYounger_byOpeningAndClosing() throws InterruptedException {
    openAndClose(Duration.ZERO);
    int before = connector.attempts();
    for (int i = 0; i < 3; i++) {
      pass(Duration.ofMillis(ClusterRegistry.MEMORY_MILLIS / 3));
      openAndClose(Duration.ZERO);
    }
    assertThat(connector.attempts()).as("known three times").isEqualTo(before);
    pass(Duration.ofMillis(ClusterRegistry.MEMORY_MILLIS / 3));

    openAndClose(Duration.ZERO);

    assertThat(connector.attempts()).as("asked anew").isGreaterThan(before);
  }

  @Test
  void monitors_ofAClusterThatIsKnown_lookAgain_andRenewWhatIsKept() throws InterruptedException {
    Duration heartbeat = Duration.ofMillis(50);
    long version = openAndClose(heartbeat);
    int before = connector.attempts();
    pass(Duration.ofMillis(ClusterRegistry.MEMORY_MILLIS));

    try (ClusterLease again = open(heartbeat)) {
      assertThat(isAllWell(again.cluster().topology())).isTrue();
      assertThat(again.cluster().awaitTopology(seen -> seen.version() >= version + 2, PATIENCE))
          .isPresent();
      assertThat(connector.attempts()).isEqualTo(before + 2);
    }
    pass(Duration.ofMillis(ClusterRegistry.MEMORY_MILLIS));
    try (ClusterLease third = open(heartbeat)) {
      assertThat(isAllWell(third.cluster().topology())).as("monitored again since").isTrue();
    }
  }

  @Test
  void writer_thatWasLostInBetween_isFoundToBe_onceASessionFailsThere()
      throws InterruptedException {
    openAndClose(Duration.ZERO);
    Endpoint former = endpoint(servers.primary());
    servers.failover();

    try (ClusterLease again = open()) {
      Cluster cluster = again.cluster();
      assertThat(cluster.topology().writer().map(EndpointState::endpoint)).contains(former);
      FailureReport report =
          cluster.reportFailure(former, new SQLException("connection refused", "08001"));

      assertThat(cluster.awaitWriter(report, PATIENCE).map(EndpointState::endpoint))
          .contains(endpoint(servers.primary()))
          .isNotEqualTo(former);
    }
  }

  @Test
  void orders_toLeaveAServer_areGoneWithTheCluster() throws InterruptedException {
    try (ClusterLease lease = open()) {
      lease.cluster().awaitTopology(ClusterMemoryTest::isAllWell, PATIENCE);
      lease.cluster().drain(endpoint(servers.standbys().get(0)));
    }
    int before = connector.attempts();

    try (ClusterLease again = open()) {
      assertThat(again.cluster().awaitTopology(ClusterMemoryTest::isAllWell, PATIENCE)).isPresent();
      assertThat(connector.attempts()).isGreaterThan(before);
    }
  }

  @Test
  void attachment_thatIsKnowledge_isKept_andOneThatEndsWithTheCluster_isClosed()
      throws InterruptedException {
    AtomicLong closed = new AtomicLong();
    ClusterAttachment ending = closed::incrementAndGet;
    StringBuilder knowledge = new StringBuilder("known");
    try (ClusterLease lease = open()) {
      lease.cluster().awaitTopology(ClusterMemoryTest::isAllWell, PATIENCE);
      lease.cluster().attachment(ClusterAttachment.class, () -> ending);
      lease.cluster().attachment(StringBuilder.class, () -> knowledge);
    }
    assertThat(closed).hasValue(1);

    try (ClusterLease again = open()) {
      assertThat(again.cluster().attachment(StringBuilder.class, StringBuilder::new))
          .isSameAs(knowledge);
      assertThat(again.cluster().attachment(ClusterAttachment.class, () -> () -> {}))
          .isNotSameAs(ending);
    }
  }

  @Test
  void threads_ofAClusterThatIsClosed_haveEnded() throws InterruptedException {
    Thread working;
    try (ClusterLease lease = open(Duration.ofSeconds(1))) {
      lease.cluster().awaitTopology(ClusterMemoryTest::isAllWell, PATIENCE);
      assertThat(threads()).hasSize(2);
      working = lease.cluster().thread("baton-work", ClusterMemoryTest::untilInterrupted);
      working.start();
      Awaitility.await().until(() -> working.getState() == Thread.State.WAITING);
    }

    assertThat(threads()).isEmpty();
    assertThat(working.isAlive()).as("it was interrupted, as it did not end by itself").isFalse();
  }

  private static void untilInterrupted() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException expected) {
      Thread.currentThread().interrupt();
    }
  }

  private List<String> threads() {
    List<String> names =
        servers.nodes().stream().map(node -> "baton-monitor " + endpoint(node)).toList();
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(names::contains)
        .toList();
  }
}
