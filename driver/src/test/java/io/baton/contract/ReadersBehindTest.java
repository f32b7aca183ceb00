package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Standbys that are behind, for a moment or for good, and what reads lose by that. */
@PostgresTest(standbys = 2)
@Tag("campaign")
class ReadersBehindTest {

  private static final String WHERE =
      "select current_setting('in_hot_standby') from item where id = 1";
  private static final String STANDBY = "on";
  private static final String WRITER = "off";

  /** A wait that would be noticed. */
  private static final Duration WAIT = Duration.ofSeconds(3);

  private static final String PATIENT = "?baton.reads=auto&baton.consistencyWait=3s";

  private final PostgresCluster cluster;
  private final List<Connection> opened = new ArrayList<>();

  ReadersBehindTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void tables() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      execute(
          direct,
          "create table if not exists item (id int primary key, n int);"
              + "create table if not exists price (id int primary key, n int);"
              + "truncate item, price; insert into item values (1, 0); insert into price values (1, 0)");
    }
    cluster.awaitReplication();
  }

  @AfterEach
  void close() throws SQLException {
    for (Connection connection : opened) {
      connection.close();
    }
    cluster.repair();
    for (PostgresNode node : cluster.nodes()) {
      delay(node, 0);
    }
  }

  private Connection connect(String options) throws SQLException {
    Connection connection =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:") + options,
            cluster.user(),
            cluster.password());
    opened.add(connection);
    Awaitility.await().until(() -> readers(connection) == cluster.standbys().size());
    if (options.contains("baton.reads=auto")) { // Nothing is proved before the catalogue was read.
      BatonConnection explaining = connection.unwrap(BatonConnection.class);
      Awaitility.await().until(() -> !explaining.explainRoute(WHERE).contains("nothing says"));
    }
    return connection;
  }

  private static long readers(Connection connection) throws SQLException {
    return Clusters.of(connection).topology().stream()
        .filter(EndpointStatus::isUsable)
        .filter(server -> server.role() == EndpointStatus.Role.READER)
        .count();
  }

  private static void delay(PostgresNode standby, int millis) throws SQLException {
    try (Connection superuser = standby.connectAsSuperuser()) {
      execute(superuser, "alter system set recovery_min_apply_delay = '" + millis + "ms'");
      execute(superuser, "select pg_reload_conf()");
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String ask(Connection connection, String sql) throws SQLException {
    return ContractFixture.ask(connection, sql);
  }

  private static void write(Connection connection) throws SQLException {
    execute(connection, "update item set n = n + 1 where id = 1");
  }

  // ------------------------------------------------------------------------------------- paused

  @Test
  void standbys_thatArePaused_areNotWaitedFor() throws SQLException {
    Connection connection = connect(PATIENT);
    assertThat(ask(connection, WHERE)).isEqualTo(STANDBY);
    cluster.standbys().forEach(PostgresNode::pauseReplay);

    long began = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      write(connection);
      assertThat(ask(connection, WHERE)).isEqualTo(WRITER);
    }

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(WAIT);
  }

  @Test
  void standby_thatIsPaused_isLeftBySessions_andDoesNotAttractThem() throws SQLException {
    List<Connection> sessions = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      sessions.add(connect(PATIENT));
      ask(sessions.get(i), WHERE);
    }
    PostgresNode paused = cluster.standbys().get(0);
    paused.pauseReplay();

    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              write(sessions.get(0));
              int onStandby = 0;
              for (Connection session : sessions) {
                onStandby += ask(session, WHERE).equals(STANDBY) ? 1 : 0;
              }
              assertThat(onStandby).isEqualTo(sessions.size());
            });

    int rounds = 100;
    int onStandby = 0;
    for (int round = 0; round < rounds; round++) {
      write(sessions.get(round % sessions.size()));
      for (Connection session : sessions) {
        onStandby += ask(session, WHERE).equals(STANDBY) ? 1 : 0;
      }
    }
    assertThat(onStandby).isGreaterThan(rounds * sessions.size() * 9 / 10);
  }

  // --------------------------------------------------------------------------------------- late

  @Test
  void standbys_thatAreAlwaysLate_serveReadsOfWhatIsNotWritten() throws Exception {
    for (PostgresNode standby : cluster.standbys()) {
      delay(standby, 300);
    }
    Connection writing = connect("?baton.reads=auto");
    Connection reading = connect("?baton.reads=auto");
    execute(writing, "update price set n = 1 where id = 1");
    AtomicBoolean over = new AtomicBoolean();
    BackgroundCall writer =
        BackgroundCall.start(
            () -> {
              while (!over.get()) {
                write(writing);
              }
            });
    try {
      String price = "select n, current_setting('in_hot_standby') from price where id = 1";
      Awaitility.await().until(() -> askSecond(reading, price).equals(STANDBY));

      long began = System.nanoTime();
      int reads = 0;
      int onStandby = 0;
      while (System.nanoTime() - began < Duration.ofSeconds(2).toNanos()) {
        reads++;
        onStandby += askSecond(reading, price).equals(STANDBY) ? 1 : 0;
        assertThat(ask(reading, price)).isEqualTo("1");
      }

      System.out.println(onStandby + " of " + reads + " reads on standbys that are late");
      assertThat(onStandby).isGreaterThan(reads * 9 / 10);
      assertThat(ask(reading, WHERE)).as("the table that is written").isEqualTo(WRITER);
    } finally {
      over.set(true);
      assertThat(writer.endsWithin(Duration.ofSeconds(30))).isEmpty();
    }
  }

  private static String askSecond(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(2);
    }
  }

  @Test
  void standbys_thatAreAlwaysLate_areNotWaitedForByEachRead() throws SQLException {
    for (PostgresNode standby : cluster.standbys()) {
      delay(standby, 2000);
    }
    Connection connection = connect("?baton.reads=auto&baton.consistencyWait=500ms");

    long began = System.nanoTime();
    for (int i = 0; i < 40; i++) {
      write(connection);
      assertThat(ask(connection, WHERE)).isEqualTo(WRITER);
    }

    // Once for each standby, and not 40 times.
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
  }

  // ----------------------------------------------------------------------------------- failover

  @Test
  void failover_doesNotMakeReadsWaitForATimeline() throws SQLException {
    Connection connection = connect(PATIENT);
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    assertThat(ask(connection, WHERE)).isEqualTo(STANDBY);
    connection.commit();

    cluster.failover();
    connection.setReadOnly(false);
    write(connection);
    connection.commit();
    connection.setReadOnly(true);

    long began = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      assertThat(ask(connection, "select n from item")).isEqualTo("1");
      connection.commit();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(WAIT);
  }

  @Test
  void failover_isSoonOverForReads_ifTheRoleMaySeeTheTimeline() throws SQLException {
    try (Connection superuser = cluster.primary().connectAsSuperuser()) {
      execute(superuser, "grant pg_monitor to \"" + cluster.user() + "\"");
    }
    cluster.awaitReplication();
    Connection connection = connect("?baton.reads=auto");
    write(connection);

    cluster.failover();
    write(connection);

    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              write(connection);
              assertThat(ask(connection, WHERE)).isEqualTo(STANDBY);
            });

    try (Connection superuser = cluster.primary().connectAsSuperuser()) {
      execute(superuser, "revoke pg_monitor from \"" + cluster.user() + "\"");
    }
  }
}
