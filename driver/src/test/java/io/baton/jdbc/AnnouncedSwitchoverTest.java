package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static io.baton.jdbc.Topologies.at;
import static io.baton.jdbc.Topologies.awaitReaders;
import static java.util.function.Predicate.not;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.BatonCluster;
import io.baton.BatonClusterMXBean;
import io.baton.BatonConnection;
import io.baton.Clusters;
import io.baton.NoServerException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A switchover that was announced is not noticed; one that does not come is waited for shortly. */
@PostgresTest(standbys = 1)
@Tag("campaign")
class AnnouncedSwitchoverTest {

  /** How many follow each other in the profile campaign. */
  private static final int SWITCHOVERS = Integer.getInteger("baton.test.announced", 2);

  private final PostgresCluster cluster;
  private final List<Connection> opened = new ArrayList<>();

  AnnouncedSwitchoverTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  private Connection connect(String options) throws SQLException {
    Connection connection =
        DriverManager.getConnection(url(options), cluster.user(), cluster.password());
    opened.add(connection);
    return connection;
  }

  private String url(String options) {
    return cluster.jdbcUrl("jdbc:baton:postgresql:") + "?" + options;
  }

  @AfterEach
  void close() throws SQLException {
    for (Connection connection : opened) {
      connection.close();
    }
    cluster.repair();
  }

  private PostgresNode standby() {
    return cluster.standbys().get(0);
  }

  // ------------------------------------------------------------------------------------ under load

  /** A way to announce a switchover. */
  private interface Announcement {
    void of(String to, Instant time) throws SQLException;
  }

  private void byNotification(String to, Instant time) throws SQLException {
    try (Connection administrator = cluster.primary().connect()) {
      execute(administrator, "notify baton, 'switchover " + to + " at " + time + "'");
      // What makes no sense is ignored, and takes the place of nothing.
      execute(administrator, "notify baton, 'switchover " + to + " at tea time'");
      execute(administrator, "notify baton, 'switchover " + to + " at noon'");
      execute(administrator, "notify baton, 'switchover 10.0.0.1:1 at " + time + "'");
    }
  }

  private static void byTheProgram(String to, Instant time) {
    Clusters.all().stream()
        .filter(each -> each.endpoints().contains(to))
        .forEach(each -> each.announceSwitchover(to, time));
  }

  @Test
  void switchovers_underLoad_areNotNoticed() throws Exception {
    underLoad(List.of(this::byNotification, AnnouncedSwitchoverTest::byTheProgram));
  }

  @Test
  void switchovers_announcedByNotifications_areNotNoticed() throws Exception {
    underLoad(Collections.nCopies(SWITCHOVERS, this::byNotification));
  }

  @Test
  void switchovers_announcedByTheProgram_areNotNoticed() throws Exception {
    underLoad(Collections.nCopies(SWITCHOVERS, AnnouncedSwitchoverTest::byTheProgram));
  }

  private void underLoad(List<Announcement> announcements) throws Exception {
    Connection watching = connect("");
    UnlockedLoad load = new UnlockedLoad(() -> connect(""));
    load.prepare(watching);
    awaitReaders(watching, 1);
    load.start();
    try {
      int number = 0;
      for (Announcement announcement : announcements) {
        load.awaitProgress();
        Instant time = Instant.now().plusSeconds(3);
        announcement.of(at(standby()), time);
        String before = at(cluster.primary());
        Awaitility.await()
            .pollInterval(Duration.ofMillis(5))
            .until(() -> !Instant.now().isBefore(time));
        CompletableFuture<Void> promotion = promotion(load, standby());
        cluster.switchover();
        promotion.get(20, TimeUnit.SECONDS);
        load.awaitProgress();
        System.out.println("Switchover " + ++number + ": " + load.pauses());
        assertThat(at(cluster.primary())).isNotEqualTo(before);
        awaitReaders(watching, 1);
      }
    } finally {
      load.end();
    }
    assertThat(load.errors()).isEmpty();
    load.check(watching);
  }

  private static CompletableFuture<Void> promotion(UnlockedLoad load, PostgresNode standby)
      throws SQLException {
    Connection direct = standby.connect();
    return CompletableFuture.runAsync(
        () -> {
          try (direct) {
            load.awaitPromotion(direct);
          } catch (SQLException failure) {
            throw new CompletionException(failure);
          }
        });
  }

  // -------------------------------------------------------------------------- that does not come

  /** The write waits for the switchover, until that is not waited for any longer. */
  @Test
  void switchoverThatDoesNotCome_isWaitedForByWrites_andNotByReads() throws Exception {
    Connection writing = connect("baton.drainTimeout=3s");
    Connection reading = connect("baton.drainTimeout=3s");
    Connection busy = connect("baton.drainTimeout=3s");
    execute(writing, "drop table if exists waited; create table waited (a int)");
    busy.setAutoCommit(false);
    execute(busy, "insert into waited values (1)");

    Instant time = Instant.now();
    Clusters.of(writing).announceSwitchover(at(standby()), time);
    CompletableFuture<Instant> write = inBackground(writing, "insert into waited values (3)");
    assertThat(ask(reading, "select count(*) from waited")).isEqualTo("0");
    execute(busy, "insert into waited values (2)");
    busy.commit();
    assertThat(ask(reading, "select count(*) from waited")).isEqualTo("2");
    assertThat(write).isNotDone();

    assertThat(write.get(20, TimeUnit.SECONDS)).isAfterOrEqualTo(time.plusSeconds(3));
    assertThat(ask(reading, "select count(*) from waited")).isEqualTo("3");
    assertThat(writing.unwrap(BatonConnection.class).currentEndpoint())
        .isEqualTo(at(cluster.primary()));
  }

  private static CompletableFuture<Instant> inBackground(Connection connection, String sql) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            execute(connection, sql);
            return Instant.now();
          } catch (SQLException failure) {
            throw new CompletionException(failure);
          }
        });
  }

  @Test
  void announcement_throughJmx_isHeeded() throws Exception {
    Connection connection = connect("baton.drainTimeout=1s&ApplicationName=jmx");
    execute(connection, "drop table if exists waited; create table waited (a int)");
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    String to = at(standby());
    Instant time = Instant.now();
    List<BatonClusterMXBean> beans =
        Awaitility.await()
            .until(
                () ->
                    server.queryNames(new ObjectName("io.baton:type=Cluster,*"), null).stream()
                        .map(name -> JMX.newMXBeanProxy(server, name, BatonClusterMXBean.class))
                        .filter(bean -> bean.getEndpoints().contains(to))
                        .toList(),
                not(List::isEmpty));

    assertThatThrownBy(() -> beans.get(0).announceSwitchover(to, "tomorrow"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tomorrow");
    beans.forEach(bean -> bean.announceSwitchover(to, time.toString()));

    execute(connection, "insert into waited values (1)");
    assertThat(Instant.now()).isAfterOrEqualTo(time.plusSeconds(1));
  }

  @Test
  void limitsOfACallThatWaits_areKept() throws Exception {
    Connection connection = connect("baton.drainTimeout=20s");
    execute(connection, "drop table if exists waited; create table waited (a int)");
    Clusters.of(connection).announceSwitchover(at(standby()), Instant.now());

    try (Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1); // The writer is there: it is asked after all.
      assertThat(statement.executeUpdate("insert into waited values (1)")).isEqualTo(1);

      statement.setQueryTimeout(0);
      CompletableFuture<Object> waiting =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return statement.executeUpdate("insert into waited values (2)");
                } catch (SQLException failure) {
                  return failure;
                }
              });
      Awaitility.await()
          .until(
              () -> {
                statement.cancel();
                return waiting.isDone();
              });
      assertThat(waiting.get())
          .isInstanceOfSatisfying(
              SQLException.class, said -> assertThat(said.getSQLState()).isEqualTo("57014"));
    }

    CompletableFuture<Instant> write = inBackground(connection, "insert into waited values (3)");
    Awaitility.await().during(Duration.ofMillis(500)).until(() -> !write.isDone()); // It waits.
    connection.close();
    assertThatThrownBy(() -> write.get(5, TimeUnit.SECONDS)).hasMessageContaining("closed");
    try (Connection direct = cluster.primary().connect()) {
      assertThat(ask(direct, "select string_agg(a::text, ',') from waited")).isEqualTo("1");
    }
  }

  @Test
  void callThatWaits_whileThereIsNoWriter_endsByItsOwnLimits() throws Exception {
    Connection connection = connect("baton.failoverTimeout=2s");
    execute(connection, "drop table if exists waited; create table waited (a int)");
    Clusters.of(connection).announceSwitchover(at(standby()), Instant.now());
    CompletableFuture<Instant> write = inBackground(connection, "insert into waited values (1)");

    cluster.primary().stop();

    assertThatThrownBy(() -> write.get(20, TimeUnit.SECONDS))
        .hasCauseInstanceOf(NoServerException.class);
  }

  @Test
  void announcements_thatMakeNoSense_areRefused() throws Exception {
    Connection connection = connect("");
    BatonCluster managed = Clusters.of(connection);
    assertThatThrownBy(() -> managed.announceSwitchover("nowhere:1", Instant.now()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nowhere:1");
    assertThatThrownBy(
            () -> managed.announceSwitchover(at(standby()), Instant.now().minusSeconds(60)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is over");
  }

  @Test
  void announcement_toAClusterThatIsNotWatched_isRefused() throws Exception {
    String alone = "jdbc:baton:postgresql://" + at(cluster.primary()) + "/" + cluster.database();
    opened.add(
        DriverManager.getConnection(
            alone + "?baton.heartbeat=0", cluster.user(), cluster.password()));
    BatonCluster unwatched = Clusters.of(alone).orElseThrow();

    assertThatThrownBy(() -> unwatched.announceSwitchover(at(standby()), Instant.now()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("baton.heartbeat");
  }
}
