package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static io.baton.jdbc.Topologies.at;
import static io.baton.jdbc.Topologies.awaitReaders;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.HandOverResult;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which sessions read from which servers: {@code baton.rules} and {@code baton.groups}. */
@PostgresTest(standbys = 2)
class SourceRulesTest {

  private static final String RULES = "application:nightly-*=batch;database:dwh=batch";

  private final PostgresCluster cluster;
  private final PostgresNode inGroup;
  private final PostgresNode other;
  private final List<Connection> opened = new ArrayList<>();

  SourceRulesTest(PostgresCluster cluster) {
    this.cluster = cluster;
    this.inGroup = cluster.standbys().get(1);
    this.other = cluster.standbys().get(0);
  }

  @AfterEach
  void close() throws SQLException {
    for (Connection connection : opened) {
      connection.close();
    }
    cluster.repair();
  }

  private Connection connect(String options) throws SQLException {
    Connection connection =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:")
                + "?baton.heartbeat=200ms&baton.consistency=eventual&baton.groups=batch="
                + at(inGroup)
                + "&baton.rules="
                + RULES
                + "&"
                + options,
            cluster.user(),
            cluster.password());
    opened.add(connection);
    return connection;
  }

  private static String placeOfRead(Connection connection) throws SQLException {
    ask(connection, "select 1");
    return connection.unwrap(BatonConnection.class).currentEndpoint();
  }

  @Test
  void session_thatARuleFits_readsFromItsGroupOnly() throws SQLException {
    List<Connection> batch = new ArrayList<>();
    TreeSet<String> elsewhere = new TreeSet<>();
    for (int i = 0; i < 6; i++) {
      Connection fits = connect("baton.reads=auto&ApplicationName=nightly-" + i);
      awaitReaders(fits, 2);
      batch.add(fits);
    }
    for (int i = 0; i < 3; i++) {
      Connection fitsNot = connect("baton.target=reader&ApplicationName=shop");
      elsewhere.add(placeOfRead(fitsNot));
    }

    // Six sessions on one server and none on the other: more than enough to spread them.
    for (int round = 0; round < 3; round++) {
      for (Connection session : batch) {
        assertThat(placeOfRead(session)).isEqualTo(at(inGroup));
      }
    }
    assertThat(elsewhere).contains(at(other));
    BatonConnection baton = batch.get(0).unwrap(BatonConnection.class);
    assertThat(baton.explainRoute("select 1"))
        .isEqualTo(
            "reader: the statement only reads, in the group batch, by the rule"
                + " application:nightly-*=batch");
    assertThat(baton.explainRoute("select 1 for update"))
        .isEqualTo("writer: the writer, as nothing says that a reader would do");
    ask(batch.get(0), "/*+ baton:endpoint=" + at(other) + " */ select 1");
    assertThat(baton.currentEndpoint()).isEqualTo(at(other));
  }

  @Test
  void group_withoutAReader_leavesTheWriter_andIsReadFromAgain() throws Exception {
    Connection session = connect("baton.target=reader&ApplicationName=nightly-1");
    assertThat(placeOfRead(session)).isEqualTo(at(inGroup));

    inGroup.crash();
    assertThat(placeOfRead(session)).isEqualTo(at(cluster.primary()));
    inGroup.start();
    Awaitility.await().untilAsserted(() -> assertThat(placeOfRead(session)).isEqualTo(at(inGroup)));

    CompletableFuture<HandOverResult> drained = Clusters.of(session).drain(at(inGroup));
    Awaitility.await()
        .untilAsserted(() -> assertThat(placeOfRead(session)).isEqualTo(at(cluster.primary())));
    assertThat(drained).succeedsWithin(Duration.ofSeconds(10));
    Clusters.of(session).undrain(at(inGroup));
    Awaitility.await().untilAsserted(() -> assertThat(placeOfRead(session)).isEqualTo(at(inGroup)));
    execute(session, "/*+ baton:writer */ create temporary table mine (a int)");
  }

  @Test
  void session_thatMayBeAnywhere_isInItsGroupWhileThereIsNoWriter() throws Exception {
    Connection session = connect("baton.target=any&ApplicationName=nightly-2");
    awaitReaders(session, 2);

    cluster.primary().crash();

    Awaitility.await()
        .until(
            () ->
                Clusters.of(session).topology().stream()
                    .noneMatch(server -> server.role() == EndpointStatus.Role.WRITER));
    for (int i = 0; i < 6; i++) {
      assertThat(placeOfRead(connect("baton.target=any&ApplicationName=nightly-3")))
          .isEqualTo(at(inGroup));
    }
  }

  /** The writer is remembered from the session before, and is not waited for in vain. */
  @Test
  void session_thatMayBeAnywhere_beginsOnAReader_thoughTheWriterWasThereAMomentAgo()
      throws Exception {
    String options = "baton.target=any&ApplicationName=nightly-4";
    Connection before = connect(options);
    awaitReaders(before, 2);
    before.close();

    cluster.primary().crash();

    assertThat(placeOfRead(connect(options))).isEqualTo(at(inGroup));
  }
}
