package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonCluster;
import io.baton.BatonConnection;
import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.HandOverResult;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.TestLength;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The server that a session is to be handed over to refuses it: the session stays, with the reason,
 * and costs that server only a few connections. The primary has two names, the second of which is
 * its proxy.
 */
@PostgresTest
@Tag("campaign")
class RefusedHandOverTest {

  /** How long a hand-over is watched that is not to try again and again. */
  private static final Duration WATCHED =
      Duration.ofSeconds(TestLength.of("baton.test.watchedSeconds", 1, 3));

  /** The move itself, and one that ends while the next begins. */
  private static final int MOST_AT_ONCE = 2;

  private final PostgresCluster cluster;
  private final PostgresNode primary;
  private final String front;
  private final String back;
  private @Nullable Connection connection;

  RefusedHandOverTest(PostgresCluster cluster) {
    this.cluster = cluster;
    this.primary = cluster.primary();
    this.front = primary.directHost() + ":" + primary.directPort();
    this.back = primary.host() + ":" + primary.port();
  }

  @BeforeEach
  void clerk() throws SQLException {
    superuser(
        """
        do $$ begin
          if not exists (select from pg_roles where rolname = 'boss') then
            create role clerk login password 'secret';
            create role boss superuser;
            grant boss to clerk;
          end if;
        end $$;
        alter role clerk login connection limit -1;
        grant all on schema public to clerk;
        """);
  }

  @AfterEach
  void close() throws SQLException {
    if (connection != null) {
      connection.close();
    }
    superuser("alter role clerk login connection limit -1");
  }

  private void superuser(String sql) throws SQLException {
    try (Connection direct = primary.connectAsSuperuser();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  private BatonCluster connect(String script) throws SQLException {
    Connection opened =
        DriverManager.getConnection(
            "jdbc:baton:postgresql://"
                + front
                + ","
                + back
                + "/"
                + cluster.database()
                + "?baton.drainTimeout=30s&baton.failoverTimeout=20s&baton.heartbeat=20s",
            "clerk",
            "secret");
    connection = opened;
    BatonCluster managed = Clusters.of(opened);
    try (Statement statement = opened.createStatement()) {
      // The catalogue is read, on a connection that stays.
      statement.execute("create or replace function made() returns int language sql as 'select 1'");
    }
    try (Connection superuser = primary.connectAsSuperuser()) {
      // One for the session, one for each monitor, and one that reads the catalogue; those of the
      // test before are gone.
      Awaitility.await()
          .during(Duration.ofMillis(300))
          .until(
              () ->
                  clerks(superuser) == 4
                      && managed.topology().stream()
                          .allMatch(server -> server.role() == EndpointStatus.Role.WRITER));
    }
    // Before it has anything that keeps it: on a slow machine it may have begun at the other.
    if (!opened.unwrap(BatonConnection.class).currentEndpoint().equals(front)) {
      managed.undrain(front);
      assertThat(managed.drain(back).join().staying()).isEmpty();
      managed.undrain(back);
    }
    try (Statement statement = opened.createStatement()) {
      for (String each : script.split(";", -1)) {
        statement.execute(each);
      }
    }
    return managed;
  }

  private Connection connection() {
    return Objects.requireNonNull(connection);
  }

  private static int clerks(Connection superuser) throws SQLException {
    return Integer.parseInt(
        ContractFixture.ask(
            superuser, "select count(*) from pg_stat_activity where usename = 'clerk'"));
  }

  /** Hands the session over, and returns why it stays; counts its backends meanwhile. */
  private String refusal(BatonCluster managed, long mostAttempts) throws Exception {
    try (Connection superuser = primary.connectAsSuperuser()) {
      int before = clerks(superuser);
      long accepted = primary.proxy().acceptedConnections();

      CompletableFuture<HandOverResult> report = managed.handOver(front, back);
      int most = before;
      long began = System.nanoTime();
      while (System.nanoTime() - began < WATCHED.toNanos()) {
        most = Math.max(most, clerks(superuser));
        TimeUnit.MILLISECONDS.sleep(5);
      }

      HandOverResult done = report.get(20, TimeUnit.SECONDS);
      assertThat(done.staying()).hasSize(1);
      assertThat(most).isBetween(before, before + MOST_AT_ONCE);
      assertThat(primary.proxy().acceptedConnections() - accepted).isBetween(1L, mostAttempts);
      Awaitility.await().untilAsserted(() -> assertThat(clerks(superuser)).isEqualTo(before));
      assertThat(ContractFixture.ask(connection(), "select 1")).isEqualTo("1");
      return String.valueOf(done.staying().get(0).reason());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "set role boss; set session_replication_role = replica; reset role",
        "create table if not exists gone (id int); prepare p as select * from gone; drop table gone"
      })
  void session_ofWhichAPartIsRefused_staysAfterOneAttempt(String script) throws Exception {
    BatonCluster managed = connect(script);

    String reason = refusal(managed, 1);

    assertThat(reason).contains("refused a part").containsAnyOf("session_replication_role", "gone");
  }

  @Test
  void session_whoseRoleMayNotLogIn_staysAfterOneAttempt() throws Exception {
    BatonCluster managed = connect("select 1");
    superuser("alter role clerk nologin");

    assertThat(refusal(managed, 1)).contains("clerk");
  }

  @Test
  void session_whoseRoleHasNoConnectionLeft_staysAfterAFewAttempts() throws Exception {
    BatonCluster managed = connect("select 1");
    try (Connection superuser = primary.connectAsSuperuser()) {
      superuser("alter role clerk connection limit " + clerks(superuser));
    }

    assertThat(refusal(managed, 5)).contains("5 attempts").contains("clerk");
  }

  @Test
  void session_onAServerWithoutAConnectionLeft_staysAfterAFewAttempts() throws Exception {
    BatonCluster managed = connect("select 1");
    List<Connection> others = new ArrayList<>();
    try {
      fill(others);

      assertThat(refusal(managed, 5)).contains("5 attempts");
    } finally {
      for (Connection other : others) {
        other.close();
      }
    }
  }

  private void fill(List<Connection> others) {
    try {
      for (; ; ) {
        others.add(primary.connect());
      }
    } catch (SQLException full) {
      assertThat(full.getSQLState()).isEqualTo("53300");
    }
  }

  @Test
  void session_handedOverAgainOnceItIsAllowed_moves() throws Exception {
    BatonCluster managed = connect("select 1");
    superuser("alter role clerk nologin");
    refusal(managed, 1);
    superuser("alter role clerk login");

    HandOverResult done = managed.handOver(front, back).get(20, TimeUnit.SECONDS);

    assertThat(done.staying()).isEmpty();
    assertThat(connection().unwrap(BatonConnection.class).currentEndpoint()).isEqualTo(back);
  }

  @Test
  void session_orderedElsewhereWhileItWaits_followsTheNewestOrder() throws Exception {
    BatonCluster managed = connect("select 1");
    connection().setAutoCommit(false);
    ContractFixture.ask(connection(), "select 1");

    try (Connection superuser = primary.connectAsSuperuser()) {
      int before = clerks(superuser);
      List<CompletableFuture<HandOverResult>> reports = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        reports.add(managed.drain(front));
        reports.add(managed.handOver(front, back));
      }
      Awaitility.await()
          .untilAsserted(() -> assertThat(clerks(superuser)).isBetween(before, before + 1));
      connection().commit();

      assertThat(reports.get(19).get(20, TimeUnit.SECONDS).staying()).isEmpty();
      managed.undrain(front);
      Awaitility.await()
          .untilAsserted(() -> assertThat(clerks(superuser)).isLessThanOrEqualTo(before));
    }
  }
}
