package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonConnection;
import io.baton.Clusters;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A copy of the primary was started without {@code standby.signal}, and is one of the hosts: it
 * takes writes on the primary's own timeline.
 */
@PostgresTest(standbys = 1)
class CopyOfThePrimaryTest {

  private final PostgresCluster cluster;
  private final PostgresNode primary;
  private final PostgresNode copy;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  CopyOfThePrimaryTest(PostgresCluster cluster) {
    this.cluster = cluster;
    this.primary = cluster.primary();
    this.copy = cluster.standbys().get(0);
  }

  @BeforeEach
  void table() throws SQLException {
    try (Connection direct = primary.connect()) {
      execute(direct, "create table if not exists written (id int)");
      execute(direct, "truncate written");
    }
    cluster.awaitReplication();
  }

  @AfterEach
  void rebuild() {
    threads.shutdown();
    if (!primary.isRunning()) {
      primary.start();
    }
    if (copy.isRunning()) {
      copy.crash();
    }
    cluster.rebuild(copy);
  }

  private void startCopy() throws IOException {
    copy.stop();
    Files.delete(copy.dataFolder().orElseThrow().resolve("standby.signal"));
    copy.start();
    assertThat(copy.isPrimary()).isTrue();
  }

  private Connection connect(String hosts, String options) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:baton:postgresql://" + hosts + "/" + cluster.database() + options,
        cluster.user(),
        cluster.password());
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String at(PostgresNode node) {
    return node.host() + ":" + node.port();
  }

  private static int written(PostgresNode node) throws SQLException {
    try (Connection direct = node.connect()) {
      return Integer.parseInt(ContractFixture.ask(direct, "select count(*) from written"));
    }
  }

  private SQLException refusedWrite(String hosts, String options) {
    SQLException refused =
        catchThrowableOfType(
            SQLException.class,
            () -> {
              try (Connection fresh = connect(hosts, options)) {
                execute(fresh, "insert into written values (1)");
              }
            });
    assertThat((Throwable) refused).isNotNull();
    assertThat(refused.getSQLState()).isEqualTo("08001");
    return refused;
  }

  /** Writes all the time, and counts what was acknowledged. */
  private static void write(Connection connection, AtomicInteger acknowledged, AtomicBoolean over)
      throws SQLException {
    while (!over.get()) {
      try {
        execute(connection, "insert into written values (1)");
        acknowledged.incrementAndGet();
      } catch (SQLException cutOff) {
        // Outside of transactions, a write in flight is in doubt when its server is lost.
        assertThat(cutOff.getSQLState()).isEqualTo("08007");
      }
    }
  }

  @Test
  void programThatRuns_writesNothingToTheCopy_andGoesOnWhenThePrimaryIsStartedAgain()
      throws Exception {
    AtomicInteger acknowledged = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    try (Connection connection = connect(cluster.hosts(), "?baton.heartbeat=100ms")) {
      BackgroundCall program = BackgroundCall.start(() -> write(connection, acknowledged, over));
      try {
        Awaitility.await().until(() -> acknowledged.get() > 10);
        startCopy();
        int copied = written(copy);
        Awaitility.await()
            .until(() -> Clusters.of(connection).toString().contains("accepts writes on timeline"));

        primary.crash();
        assertThat((Throwable) refusedWrite(cluster.hosts(), "?baton.failoverTimeout=1s"))
            .hasMessageContaining(at(copy) + ", is not used")
            .hasMessageContaining(
                "Stop the copy or rebuild it as a standby, and start " + at(primary))
            .hasMessageContaining("baton.topology=patroni");
        Awaitility.await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
        assertThat(written(copy)).isEqualTo(copied);

        int before = acknowledged.get();
        primary.start();
        Awaitility.await().until(() -> acknowledged.get() > before + 10);
        assertThat(connection.unwrap(BatonConnection.class).currentEndpoint())
            .isEqualTo(at(primary));
        assertThat(written(copy)).isEqualTo(copied);
      } finally {
        over.set(true);
      }
      assertThat(program.endsWithin(Duration.ofSeconds(30))).isEmpty();
      assertThat(written(primary)).isGreaterThanOrEqualTo(acknowledged.get());
    }
  }

  @Test
  void programThatStarts_writesNowhere_whicheverAnswersFirst() throws Exception {
    startCopy();
    CompletableFuture<?>[] starts =
        IntStream.range(0, 8)
            .mapToObj(number -> CompletableFuture.runAsync(() -> start(number), threads))
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(starts).join();
    assertThat(written(primary)).isZero();
    assertThat(written(copy)).isZero();
  }

  /** By addresses of its own, each start knows nothing. */
  private void start(int number) {
    try (FaultProxy ofPrimary = door(primary);
        FaultProxy ofCopy = door(copy)) {
      (number % 2 == 0 ? ofPrimary : ofCopy).delay(Duration.ofMillis(20));
      String first = at(number % 4 < 2 ? ofPrimary : ofCopy);
      String second = at(number % 4 < 2 ? ofCopy : ofPrimary);
      assertThat((Throwable) refusedWrite(first + "," + second, "?baton.failoverTimeout=3s"))
          .hasMessageContaining("so does another server")
          .hasMessageContaining("Rebuild the copy as a standby");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Test
  void name_thatLeadsToTheCopyByNow_isNotWrittenTo() throws Exception {
    copy.stop();
    try (FaultProxy name = door(primary)) {
      String hosts = at(name) + "," + at(copy);
      String options = "?baton.heartbeat=100ms&baton.failoverTimeout=2s";
      try (Connection connection = connect(hosts, options)) {
        execute(connection, "insert into written values (1)");
        copy.start();
        startCopy();
        Awaitility.await()
            .until(() -> Clusters.of(connection).toString().contains("accepts writes on timeline"));

        name.turnTo(direct(copy)); // The monitor's connection stays where it is.
        int copied = written(copy);
        try (Connection later = connect(hosts, options)) {
          SQLException refused =
              catchThrowableOfType(
                  SQLException.class, () -> execute(later, "insert into written values (2)"));
          assertThat((Throwable) refused).isNotNull();
        }
        assertThat(written(copy)).isEqualTo(copied);
        name.turnTo(direct(primary));
        execute(connection, "insert into written values (3)");
        assertThat(written(primary)).isEqualTo(2);
      }
    }
  }

  private static FaultProxy door(PostgresNode node) throws IOException {
    InetAddress here = InetAddress.getLoopbackAddress();
    return FaultProxy.start(new InetSocketAddress(here, freePort()), direct(node));
  }

  private static InetSocketAddress direct(PostgresNode node) throws UnknownHostException {
    return new InetSocketAddress(InetAddress.getByName(node.directHost()), node.directPort());
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static String at(FaultProxy door) {
    return door.host() + ":" + door.port();
  }
}
