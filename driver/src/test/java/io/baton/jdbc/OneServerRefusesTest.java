package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.BatonConnection;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A role that {@code pg_hba.conf} of one server rejects, while the others accept it. */
@PostgresTest(standbys = 2)
class OneServerRefusesTest {

  private static final String ROLE = "analyst";

  private final PostgresCluster cluster;
  private final Map<PostgresNode, String> rules = new HashMap<>();

  OneServerRefusesTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void role() throws SQLException {
    try (Connection direct = cluster.primary().connectAsSuperuser()) {
      execute(
          direct,
          "drop table if exists item; create table item as select 7 as n;"
              + " do $$ begin if to_regrole('analyst') is null then"
              + " create role analyst login password 'analyst'; end if; end $$;"
              + " grant all on item to analyst");
    }
    cluster.awaitReplication();
  }

  @AfterEach
  void acceptAgain() {
    rules.forEach(OneServerRefusesTest::write);
    cluster.nodes().stream().filter(PostgresNode::isRunning).forEach(PostgresNode::reload);
    cluster.repair();
  }

  private static Path file(PostgresNode node) {
    return node.dataFolder().orElseThrow().resolve("pg_hba.conf");
  }

  private static void write(PostgresNode node, String text) {
    try {
      Files.writeString(file(node), text);
    } catch (IOException unexpected) {
      throw new UncheckedIOException(unexpected);
    }
  }

  private void reject(PostgresNode node) throws IOException {
    String accepting = Files.readString(file(node));
    rules.put(node, accepting);
    write(node, "host all " + ROLE + " all reject\n" + accepting);
    node.reload();
    Awaitility.await()
        .until(
            () -> {
              try (Connection accepted = node.connect(cluster.database(), ROLE, ROLE)) {
                return accepted.isClosed(); // It is not, so it is not refused yet.
              } catch (SQLException refused) {
                return "28000".equals(refused.getSQLState());
              }
            });
  }

  private Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.heartbeat=200ms&" + options,
        ROLE,
        ROLE);
  }

  private static String endpoint(PostgresNode node) {
    return node.host() + ":" + node.port();
  }

  private static String place(Connection connection) throws SQLException {
    return connection.unwrap(BatonConnection.class).currentEndpoint();
  }

  /** By its own writes: with those of the whole program, the primary would have to be asked. */
  @ParameterizedTest
  @ValueSource(strings = {"baton.target=reader", "baton.target=any", "targetServerType=secondary"})
  void primaryThatRefuses_keepsNobodyFromAStandby(String target) throws Exception {
    reject(cluster.primary());

    try (Connection connection = connect(target + "&baton.consistency=session")) {
      assertThat(ask(connection, "select pg_is_in_recovery()")).isEqualTo("t");
      assertThat(ask(connection, "select n from item")).isEqualTo("7");
    }
  }

  /** Nothing is under way: the writer is the one that refuses. */
  @Test
  void primaryThatRefuses_isToldAtOnceToWhoWrites() throws Exception {
    reject(cluster.primary());

    long began = System.nanoTime();
    assertThatThrownBy(() -> connect("baton.failoverTimeout=60s").close())
        .isInstanceOf(SQLException.class)
        .extracting(refused -> ((SQLException) refused).getSQLState())
        .isEqualTo("28000");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
  }

  @ParameterizedTest
  @ValueSource(strings = {"reader", "any"})
  void standbyThatRefuses_keepsNobodyFromTheOtherOne(String target) throws Exception {
    reject(cluster.standbys().get(0));
    String healthy = endpoint(cluster.standbys().get(1));
    cluster.primary().crash();

    try (Connection connection = connect("baton.consistency=session&baton.target=" + target)) {
      assertThat(ask(connection, "select n from item")).isEqualTo("7");
      assertThat(place(connection)).isEqualTo(healthy);
    }
  }

  @Test
  void standbyThatRefuses_keepsNobodyFromTheOneThatIsPromoted() throws Exception {
    reject(cluster.standbys().get(0));
    PostgresNode healthy = cluster.standbys().get(1);
    cluster.primary().crash();
    CompletableFuture<String> connecting =
        CompletableFuture.supplyAsync(
            () -> {
              try (Connection connection = connect("baton.failoverTimeout=60s")) {
                execute(connection, "insert into item values (8)");
                return place(connection);
              } catch (SQLException failed) {
                throw new IllegalStateException(failed);
              }
            });
    awaitMonitor(healthy);

    healthy.promote();

    assertThat(connecting.get(60, TimeUnit.SECONDS)).isEqualTo(endpoint(healthy));
  }

  @Test
  void standbyThatRefuses_endsNoSessionThatWaitsForTheOtherOne() throws Exception {
    reject(cluster.standbys().get(0));
    PostgresNode healthy = cluster.standbys().get(1);
    try (Connection connection = connect("baton.failoverTimeout=60s")) {
      assertThat(ask(connection, "select n from item")).isEqualTo("7");
      execute(connection, "insert into item values (8)");
      awaitMonitor(healthy);
      cluster.awaitReplication();
      cluster.primary().crash();
      CompletableFuture<String> going =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return ask(connection, "select count(*) from item");
                } catch (SQLException failed) {
                  throw new IllegalStateException(failed);
                }
              });
      awaitRefusal(cluster.nodes().stream().filter(rules::containsKey).findFirst().orElseThrow());

      healthy.promote();

      assertThat(going.get(60, TimeUnit.SECONDS)).isEqualTo("2");
      assertThat(place(connection)).isEqualTo(endpoint(healthy));
    }
  }

  private void awaitMonitor(PostgresNode node) throws SQLException {
    try (Connection direct = node.connectAsSuperuser()) {
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(
                          ask(
                              direct,
                              "select count(*) from pg_stat_activity where usename = 'analyst'"))
                      .isNotEqualTo("0"));
    }
  }

  /** Until the session itself has met the refusal: one more than before. */
  private static void awaitRefusal(PostgresNode node) {
    int before = refusals(node);
    Awaitility.await().until(() -> refusals(node) > before);
  }

  private static int refusals(PostgresNode node) {
    return node.log().split("rejects connection", -1).length;
  }
}
