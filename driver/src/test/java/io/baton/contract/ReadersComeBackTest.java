package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session that reads, and whose only server is away for a while: it is waited for. */
@PostgresTest(standbys = 1)
class ReadersComeBackTest {

  private static final Duration FAILOVER_TIMEOUT = Duration.ofSeconds(12);

  private final PostgresCluster cluster;
  private final List<Connection> opened = new ArrayList<>();

  ReadersComeBackTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void table() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      direct
          .createStatement()
          .execute("drop table if exists item; create table item as select 7 as n");
    }
    cluster.awaitReplication();
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

  /** A connection that knows of the standby alone. */
  private Connection connect() throws SQLException {
    return connect(FAILOVER_TIMEOUT);
  }

  private Connection connect(Duration failoverTimeout) throws SQLException {
    PostgresNode standby = standby();
    Connection connection =
        DriverManager.getConnection(
            "jdbc:baton:postgresql://"
                + standby.host()
                + ":"
                + standby.port()
                + "/"
                + cluster.database()
                + "?baton.target=reader&baton.failoverTimeout="
                + failoverTimeout.toSeconds()
                + "s",
            cluster.user(),
            cluster.password());
    opened.add(connection);
    assertThat(ContractFixture.ask(connection, "select n from item")).isEqualTo("7");
    return connection;
  }

  /** The server is away for so long, and the call waits for it. */
  private BackgroundCall restartDuring(Connection connection, long awayMillis) throws Exception {
    PostgresNode standby = standby();
    standby.crash();
    BackgroundCall call =
        BackgroundCall.start(() -> ContractFixture.ask(connection, "select n from item"));
    call.awaitEndOr(Duration.ofMillis(awayMillis));
    assertThat(call.hasEnded()).as("ended while its only server was away").isFalse();
    standby.start();
    return call;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 2000})
  void call_whileTheOnlyStandbyRestarts_isAnswered(long awayMillis) throws Exception {
    Connection connection = connect();

    BackgroundCall call = restartDuring(connection, awayMillis);

    assertThat(call.endsWithin(FAILOVER_TIMEOUT.dividedBy(2))).isEmpty();
  }

  @Test
  void transaction_whileTheOnlyStandbyRestarts_isReplayed() throws Exception {
    Connection connection = connect();
    connection.setAutoCommit(false);
    ContractFixture.ask(connection, "select n from item");

    BackgroundCall call = restartDuring(connection, 1000);

    assertThat(call.endsWithin(FAILOVER_TIMEOUT.dividedBy(2))).isEmpty();
    connection.commit();
  }

  @Test
  void session_thatIsIdleWhileTheOnlyStandbyIsAway_goesOn() throws Exception {
    Connection connection = connect();
    PostgresNode standby = standby();
    standby.crash();
    Awaitility.await("the monitor to give it up")
        .until(
            () -> Clusters.of(connection).topology().stream().noneMatch(EndpointStatus::isUsable));
    BackgroundCall call =
        BackgroundCall.start(() -> ContractFixture.ask(connection, "select n from item"));
    standby.start();

    assertThat(call.endsWithin(FAILOVER_TIMEOUT.dividedBy(2))).isEmpty();
  }

  @Test
  @Tag("campaign")
  void call_whoseServerStaysAway_endsWithTheTimeout() throws Exception {
    Duration timeout = Duration.ofSeconds(4);
    Connection connection = connect(timeout);
    standby().crash();

    long began = System.nanoTime();
    String state =
        ContractFixture.stateOf(() -> ContractFixture.ask(connection, "select n from item"));

    assertThat(state).isEqualTo("08001");
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(timeout.minusSeconds(1), timeout.plusSeconds(4));
  }
}
