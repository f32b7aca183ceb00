package io.baton.contract;

import static io.baton.contract.ContractFixture.ask;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.baton.BatonConnection;
import io.baton.Clusters;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two servers take writes, and Patroni names one; its interface is played by a small server. */
@PostgresTest(standbys = 1)
class NamedLeaderTest {

  private final PostgresCluster cluster;
  private final PostgresNode primary;
  private final PostgresNode promoted;
  private final AtomicReference<@Nullable PostgresNode> leader = new AtomicReference<>();
  private final HttpServer patroni;

  NamedLeaderTest(PostgresCluster cluster) throws IOException {
    this.cluster = cluster;
    this.primary = cluster.primary();
    this.promoted = cluster.standbys().get(0);
    this.leader.set(primary);
    this.patroni = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    answer("/cluster", this::members);
    answer("/config", () -> "{\"ttl\": 1, \"loop_wait\": 1}");
    patroni.start();
  }

  private interface Answer {
    String text();
  }

  private void answer(String path, Answer answer) {
    patroni.createContext(
        path,
        exchange -> {
          byte[] bytes = answer.text().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  private String members() {
    return cluster.nodes().stream()
        .map(
            node ->
                "{\"name\": \"%s\", \"role\": \"%s\", \"host\": \"%s\", \"port\": %d}"
                    .formatted(
                        node.name(),
                        node == leader.get() ? "leader" : "replica",
                        node.host(),
                        node.port()))
        .collect(Collectors.joining(", ", "{\"members\": [", "]}"));
  }

  @BeforeEach
  void promoteByAccident() throws SQLException {
    try (Connection direct = primary.connect();
        Statement statement = direct.createStatement()) {
      statement.execute("create table if not exists written (id int)");
      statement.execute("truncate written");
    }
    cluster.awaitReplication();
    promoted.promote();
  }

  @AfterEach
  void stop() {
    patroni.stop(0);
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:")
            + "?baton.topology=patroni&baton.topologyRefresh=50ms&baton.heartbeat=100ms"
            + "&baton.patroniUrls=http://127.0.0.1:"
            + patroni.getAddress().getPort(),
        cluster.user(),
        cluster.password());
  }

  private static String insert(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("insert into written values (1)");
    }
    return connection.unwrap(BatonConnection.class).currentEndpoint();
  }

  private static String at(PostgresNode node) {
    return node.host() + ":" + node.port();
  }

  private static String written(PostgresNode node) throws SQLException {
    try (Connection direct = node.connect()) {
      return ask(direct, "select count(*) from written");
    }
  }

  @Test
  void server_thatPatroniDoesNotName_isNotWrittenTo_whateverItsTimeline() throws SQLException {
    try (Connection connection = connect()) {
      for (int i = 0; i < 10; i++) {
        assertThat(insert(connection)).isEqualTo(at(primary));
      }
      assertThat(written(promoted)).isEqualTo("0");

      leader.set(promoted);
      Awaitility.await()
          .untilAsserted(
              () -> {
                ask(connection, "select 1"); // A session moves with its next call.
                assertThat(connection.unwrap(BatonConnection.class).currentEndpoint())
                    .isEqualTo(at(promoted));
              });
      assertThat(insert(connection)).isEqualTo(at(promoted));
      assertThat(written(primary)).isEqualTo("10");
    }
  }

  @Test
  @Tag("campaign")
  void leader_thatWasNamedLast_goesOnWithoutPatroni_untilItIsLost() throws SQLException {
    try (Connection connection = connect()) {
      assertThat(insert(connection)).isEqualTo(at(primary));
      patroni.stop(0);
      // Longer than the leader's key lives.
      Awaitility.await().pollDelay(Duration.ofMillis(2500)).until(() -> true);
      assertThat(insert(connection)).isEqualTo(at(primary));
      assertThat(written(promoted)).isEqualTo("0");

      primary.crash();
      // An insert that is sent before the client hears of the crash ends as unknown.
      Awaitility.await()
          .until(
              () ->
                  Clusters.of(connection).topology().stream()
                      .noneMatch(
                          server -> server.isUsable() && server.endpoint().equals(at(primary))));
      assertThat(insert(connection)).isEqualTo(at(promoted));
    }
  }
}
