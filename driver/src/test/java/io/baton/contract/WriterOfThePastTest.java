package io.baton.contract;

import static io.baton.contract.ContractFixture.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonConnection;
import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which of several servers that take writes is written to. */
@PostgresTest(standbys = 2)
@Tag("campaign")
class WriterOfThePastTest {

  private final PostgresCluster cluster;

  WriterOfThePastTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void table() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      execute(direct, "create table if not exists written (id int)");
      execute(direct, "truncate written");
    }
    cluster.awaitReplication();
  }

  private Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + options, cluster.user(), cluster.password());
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void insert(Connection connection) throws SQLException {
    execute(connection, "insert into written values (1)");
  }

  private static String at(PostgresNode node) {
    return node.host() + ":" + node.port();
  }

  private static String placeOf(Connection connection) throws SQLException {
    return connection.unwrap(BatonConnection.class).currentEndpoint();
  }

  private static String written(PostgresNode node) throws SQLException {
    try (Connection direct = node.connect()) {
      return ask(direct, "select count(*) from written");
    }
  }

  private static EndpointStatus status(Connection connection, PostgresNode node)
      throws SQLException {
    return Clusters.of(connection).topology().stream()
        .filter(status -> status.endpoint().equals(at(node)))
        .findFirst()
        .orElseThrow();
  }

  private static void awaitReaders(Connection connection, int count) {
    Awaitility.await()
        .until(
            () ->
                Clusters.of(connection).topology().stream()
                        .filter(EndpointStatus::isUsable)
                        .filter(status -> status.role() == EndpointStatus.Role.READER)
                        .count()
                    == count);
  }

  @Test
  void primary_thatComesBackOnItsOldTimeline_isNeverWrittenTo_onceANewerOneWasSeen()
      throws Exception {
    PostgresNode old = cluster.primary();
    try (Connection connection = connect("")) {
      insert(connection);
      cluster.awaitReplication();
      cluster.failover();
      insert(connection);
      assertThat(placeOf(connection)).isNotEqualTo(at(old));
    }
    // All connections are closed. The old primary is all there is.
    PostgresNode newer = cluster.primary();
    cluster.nodes().stream().filter(node -> node != old).forEach(PostgresNode::crash);
    old.start();
    try {
      refusesWrites();
      assertThat(written(old)).isEqualTo("1");
    } finally {
      old.crash();
      newer.start();
    }
    try (Connection again = connect("")) {
      insert(again);
      assertThat(placeOf(again)).isEqualTo(at(newer));
    }
  }

  private void refusesWrites() {
    for (int i = 0; i < 3; i++) {
      SQLException refused =
          catchThrowableOfType(
              SQLException.class,
              () -> {
                try (Connection again = connect("?baton.failoverTimeout=500ms")) {
                  insert(again);
                }
              });
      assertThat((Throwable) refused)
          .isNotNull()
          .hasMessageContaining("superseded")
          .hasMessageContaining("the cluster has reached timeline 2. Stop that server and rebuild");
      assertThat(refused.getSQLState()).isEqualTo("08001");
    }
  }

  @Test
  void firstWrite_waitsForAServerThatAnswersLate_andHasTakenOver() throws Exception {
    PostgresNode old = cluster.primary();
    PostgresNode promoted = cluster.promoteStandby(); // The old one goes on.
    promoted.proxy().delay(Duration.ofMillis(50));

    try (Connection connection = connect("")) {
      insert(connection);
      assertThat(placeOf(connection)).isEqualTo(at(promoted));
    }
    assertThat(written(old)).isEqualTo("0");
    assertThat(written(promoted)).isEqualTo("1");
  }

  @Test
  void standby_thatIsPromotedByAccident_takesNoWrites_untilTheWriterIsLost() throws Exception {
    PostgresNode writer = cluster.primary();
    PostgresNode promoted = cluster.standbys().get(0);
    PostgresNode follower = cluster.standbys().get(1);
    try (Connection connection = connect("?baton.heartbeat=100ms")) {
      insert(connection);
      awaitReaders(connection, 2);
      Awaitility.await()
          .until(
              () -> Clusters.of(connection).topology().stream().allMatch(EndpointStatus::isUsable));
      Awaitility.await().pollDelay(Duration.ofMillis(500)).until(() -> true);

      promoted.promote();
      Awaitility.await()
          .until(() -> status(connection, promoted).role() == EndpointStatus.Role.UNKNOWN);
      for (int i = 0; i < 10; i++) {
        insert(connection);
      }
      assertThat(placeOf(connection)).isEqualTo(at(writer));
      assertThat(Clusters.of(connection).toString()).contains("was promoted to timeline");
      assertThat(written(writer)).isEqualTo("11");
      assertThat(written(promoted)).isEqualTo("1");

      writer.crash();
      awaitLoss(connection, writer);
      insert(connection);
      assertThat(placeOf(connection)).isEqualTo(at(promoted));
    } finally {
      cluster.rebuild(follower); // It has what the promoted one has not.
    }
  }

  @Test
  void standby_thatIsPromotedByAccident_isNoWriterEither_forDataSourcesThatWatchInAnotherWay()
      throws Exception {
    PostgresNode writer = cluster.primary();
    PostgresNode promoted = cluster.standbys().get(0);
    PostgresNode follower = cluster.standbys().get(1);
    try (Connection connection = connect("?baton.heartbeat=100ms");
        Connection onDemand = connect("?baton.heartbeat=0")) {
      insert(connection);
      insert(onDemand);
      awaitReaders(connection, 2);
      Awaitility.await()
          .until(
              () -> Clusters.of(connection).topology().stream().allMatch(EndpointStatus::isUsable));
      Awaitility.await().pollDelay(Duration.ofMillis(500)).until(() -> true);

      promoted.promote();
      Awaitility.await().until(() -> !isInRecovery(promoted));
      for (String options :
          new String[] {"?baton.heartbeat=300ms", "?baton.heartbeat=0", "?baton.silence=20s"}) {
        try (Connection later = connect(options)) {
          insert(later);
          assertThat(placeOf(later)).as(options).isEqualTo(at(writer));
          insert(connection);
          insert(onDemand);
        }
      }
      SQLException refused = catchThrowableOfType(SQLException.class, () -> insertAtOnly(promoted));
      assertThat((Throwable) refused).hasMessageContaining("was promoted to timeline");
      insert(connection);
      assertThat(placeOf(connection)).isEqualTo(at(writer));
      assertThat(placeOf(onDemand)).isEqualTo(at(writer));
      assertThat(written(writer)).isEqualTo("12");

      writer.crash();
      awaitLoss(connection, writer);
      insert(connection);
      insert(onDemand);
      assertThat(placeOf(connection)).isEqualTo(at(promoted));
      assertThat(placeOf(onDemand)).isEqualTo(at(promoted));
    } finally {
      cluster.rebuild(follower);
    }
  }

  @Test
  void session_thatDoesNotWatch_leavesAPrimaryThatThaws_onceAnotherDataSourceSawTheNewOne()
      throws Exception {
    PostgresNode old = cluster.primary();
    PostgresNode promoted = cluster.standbys().get(0);
    PostgresNode follower = cluster.standbys().get(1);
    try (Connection connection = connect("?baton.heartbeat=100ms");
        Connection onDemand = connect("?baton.heartbeat=0")) {
      insert(connection);
      insert(onDemand);
      cluster.awaitReplication();
      old.freeze();
      promoted.promote();
      assertThat(ask(connection, "select 1")).isEqualTo("1");
      insert(connection);
      assertThat(placeOf(connection)).isEqualTo(at(promoted));
      Awaitility.await().pollDelay(Duration.ofMillis(300)).until(() -> true);
      old.thaw();

      insert(onDemand);

      assertThat(placeOf(onDemand)).isEqualTo(at(promoted));
      assertThat(written(old)).isEqualTo("2");
      assertThat(written(promoted)).isEqualTo("4");
    } finally {
      cluster.rebuild(old);
      cluster.rebuild(follower);
    }
  }

  private void insertAtOnly(PostgresNode node) throws SQLException {
    String url = "jdbc:baton:postgresql://" + at(node) + "/" + cluster.database();
    try (Connection connection =
        DriverManager.getConnection(
            url + "?baton.failoverTimeout=1s", cluster.user(), cluster.password())) {
      insert(connection);
    }
  }

  /** An insert that is sent before the client hears of the crash ends as unknown. */
  private void awaitLoss(Connection connection, PostgresNode node) {
    Awaitility.await().until(() -> !status(connection, node).isUsable());
  }

  private static boolean isInRecovery(PostgresNode node) throws SQLException {
    try (Connection direct = node.connect()) {
      return ask(direct, "select pg_is_in_recovery()").startsWith("t");
    }
  }

  private Optional<PostgresNode> standbyThatSleeps() throws SQLException {
    for (PostgresNode standby : cluster.standbys()) {
      try (Connection direct = standby.connectAsSuperuser()) {
        String sleeping =
            ask(
                direct,
                "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
                    + " and query like '%pg_sleep(4)%'");
        if (!sleeping.equals("0")) {
          return Optional.of(standby);
        }
      }
    }
    return Optional.empty();
  }

  @Test
  void query_onAStandbyThatStalls_isNotAborted() throws Exception {
    try (Connection connection = connect("?baton.heartbeat=200ms")) {
      connection.setReadOnly(true);
      awaitReaders(connection, 2);
      BackgroundCall call =
          BackgroundCall.start(
              () -> assertThat(ask(connection, "select count(*) from pg_sleep(4)")).isEqualTo("1"));
      PostgresNode standby =
          Awaitility.await().until(this::standbyThatSleeps, Optional::isPresent).orElseThrow();
      standby.freeze();
      // Longer than three heartbeats that are not answered, each for a second.
      Awaitility.await().pollDelay(Duration.ofSeconds(5)).until(() -> true);
      standby.thaw();
      assertThat(call.endsWithin(Duration.ofSeconds(20))).isEmpty();
      assertThat(connection.unwrap(BatonConnection.class).currentEndpoint()).isEqualTo(at(standby));
    }
  }
}
