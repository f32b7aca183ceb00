package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.FaultProxy;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
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
 * A real PgBouncer between the driver and the server. It runs where {@code BATON_PATRONI} is set or
 * with {@code -Ppatroni}, for PgBouncer has to be installed; CI does so.
 */
@Tag("pgbouncer")
@PostgresTest
class PoolerTest {

  private static final FaultPoint COMMITTED =
      FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT");

  private final PostgresCluster cluster;
  private final List<Connection> connections = new ArrayList<>();
  private @Nullable PgBouncer pooler;
  private @Nullable FaultProxy opened;

  PoolerTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void table() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      execute(direct, "create table if not exists work (id int)");
      execute(direct, "truncate work");
    }
  }

  private void pooled(String mode, int size, String... settings)
      throws IOException, InterruptedException {
    pooler = PgBouncer.start(cluster, cluster.primary(), mode, size, settings);
    opened =
        FaultProxy.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), PgBouncer.freePort()),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), pooler().port()));
  }

  @AfterEach
  void stop() throws Exception {
    for (Connection each : connections) {
      each.close();
    }
    door().close();
    pooler().close();
  }

  private PgBouncer pooler() {
    return Objects.requireNonNull(pooler);
  }

  private FaultProxy door() {
    return Objects.requireNonNull(opened);
  }

  private Connection connect() throws SQLException {
    return connect("");
  }

  private Connection connect(String options) throws SQLException {
    Connection connection =
        DriverManager.getConnection(
            "jdbc:baton:postgresql://127.0.0.1:"
                + door().port()
                + "/"
                + cluster.database()
                + "?prepareThreshold=0"
                + (options.contains("failoverTimeout") ? "" : "&baton.failoverTimeout=10s")
                + options,
            cluster.user(),
            cluster.password());
    connections.add(connection);
    connection.setAutoCommit(false);
    return connection;
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String work() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      return ContractFixture.ask(
          direct, "select coalesce(string_agg(id::text, ' ' order by id), '') from work");
    }
  }

  private static String backend(Connection connection) throws SQLException {
    return ContractFixture.ask(connection, "select pg_backend_pid()");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void commit_behindAPoolerBySession_isSettled(boolean tookPlace)
      throws SQLException, IOException, InterruptedException {
    pooled("session", 10);
    Connection connection = connect();
    execute(connection, "insert into work values (1)");
    door()
        .cutOn(
            tookPlace
                ? COMMITTED
                : FaultPoint.before(Frontend.BIND).ofStatement("commit"::equalsIgnoreCase));

    connection.commit();

    assertThat(work()).isEqualTo("1");
  }

  /** Another client writes by that backend, so that the next transaction gets another one. */
  private Connection takes(String backend) throws SQLException {
    Connection other = connect();
    execute(other, "insert into work values (10)");
    for (int others = 0; !backend(other).equals(backend); others++) {
      assertThat(others).as("clients that did not get it").isLessThan(10);
      other.rollback();
      execute(other, "insert into work values (10)");
    }
    return other;
  }

  @Test
  void commit_behindAPoolerByTransaction_isNeverDoneTwice_andNoOtherClientIsHit()
      throws SQLException, IOException, InterruptedException {
    pooled("transaction", 2);
    Connection connection = connect();
    execute(connection, "insert into work values (1)");
    final String before = backend(connection);
    connection.commit();
    Connection other = takes(before);
    execute(connection, "insert into work values (2)");
    assertThat(backend(connection)).isNotEqualTo(before);
    door().cutOn(COMMITTED);

    SQLException unknown = catchThrowableOfType(SQLException.class, connection::commit);

    assertThat(unknown.getSQLState()).isEqualTo("08007");
    other.commit();
    assertThat(work()).isEqualTo("1 2 10");
  }

  @Test
  void transaction_behindAPoolerByTransaction_isNotReplayed_onceTheBackendHasChanged()
      throws SQLException, IOException, InterruptedException {
    pooled("transaction", 2);
    Connection connection = connect();
    execute(connection, "insert into work values (1)");
    final String before = backend(connection);
    connection.commit();
    Connection other = takes(before);
    execute(connection, "insert into work values (2)");
    connection.commit(); // The marker of this one is answered by another backend.
    execute(connection, "insert into work values (3)");
    door().cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("INSERT"));

    SQLException lost =
        catchThrowableOfType(
            SQLException.class, () -> execute(connection, "insert into work values (4)"));

    assertThat(lost.getSQLState()).isEqualTo("40001");
    assertThat((Throwable) lost).hasMessageContaining("a pooler is between");
    other.rollback();
    assertThat(work()).isEqualTo("1 2");
  }

  @Test
  void monitor_behindAPoolerByTransaction_leavesNothingWithTheServersSessions()
      throws SQLException, IOException, InterruptedException {
    try (Connection direct = cluster.primary().connectAsSuperuser()) {
      execute(direct, "alter role " + cluster.user() + " set statement_timeout = '70s'");
      execute(direct, "alter role " + cluster.user() + " set idle_session_timeout = '80s'");
      execute(
          direct,
          "alter role "
              + cluster.user()
              + " set default_transaction_isolation = 'repeatable read'");
    }
    pooled("transaction", 1);
    connect("&baton.heartbeat=50ms");
    long requests = door().requests();
    Awaitility.await().until(() -> door().requests() > requests + 10);

    try (Connection other =
        DriverManager.getConnection(
            "jdbc:postgresql://127.0.0.1:" + door().port() + "/" + cluster.database(),
            cluster.user(),
            cluster.password())) {
      assertThat(
              ContractFixture.ask(
                  other,
                  "select string_agg(name || '=' || setting, ' ' order by name) from pg_settings"
                      + " where name in ('default_transaction_isolation', 'statement_timeout',"
                      + " 'idle_session_timeout', 'default_transaction_read_only')"))
          .isEqualTo(
              "default_transaction_isolation=repeatable read default_transaction_read_only=off"
                  + " idle_session_timeout=80000 statement_timeout=70000");
      assertThat(ContractFixture.ask(other, "select count(*) from pg_listening_channels()"))
          .isEqualTo("0");
      assertThat(ContractFixture.ask(other, "select count(*) from pg_prepared_statements"))
          .isEqualTo("0");
    }
  }

  @Test
  void transaction_thatHasTheLastServerConnection_goesOn_howeverLongItTakes()
      throws SQLException, IOException, InterruptedException {
    pooled("transaction", 1);
    Connection connection = connect("&baton.failoverTimeout=2s&baton.heartbeat=200ms");
    execute(connection, "insert into work values (1)");
    execute(connection, "select pg_sleep(6)");

    connection.commit();

    assertThat(work()).isEqualTo("1");
  }

  @Test
  void write_thatComesWhileThePoolerIsPaused_waitsForIt()
      throws SQLException, IOException, InterruptedException {
    pooled("transaction", 5);
    Connection connection = connect("&baton.failoverTimeout=2s&baton.heartbeat=200ms");
    execute(connection, "insert into work values (1)");
    connection.commit();
    connection.setAutoCommit(true);
    pooler().pause();
    CompletableFuture<Void> resumed =
        CompletableFuture.runAsync(
            this::resume, CompletableFuture.delayedExecutor(6, TimeUnit.SECONDS));

    execute(connection, "insert into work values (2)");

    resumed.join();
    assertThat(work()).isEqualTo("1 2");
  }

  private void resume() {
    try {
      pooler().resume();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void session_thatFindsAllServerConnectionsLent_isToldSo()
      throws SQLException, IOException, InterruptedException {
    pooled("transaction", 1);
    Connection busy = connect("&baton.failoverTimeout=3s&baton.heartbeat=200ms");
    execute(busy, "insert into work values (1)");
    Awaitility.await().until(() -> !isHealthy(busy));

    SQLException none =
        catchThrowableOfType(
            SQLException.class, () -> connect("&baton.failoverTimeout=3s&baton.heartbeat=200ms"));

    assertThat((Throwable) none).hasMessageContaining("default_pool_size");
    busy.commit();
  }

  private static boolean isHealthy(Connection connection) throws SQLException {
    return Clusters.of(connection).topology().stream().allMatch(EndpointStatus::isUsable);
  }

  @Test
  void session_thatIsOneClientTooMany_isToldAtOnce()
      throws SQLException, IOException, InterruptedException {
    pooled("transaction", 5, "max_client_conn = 2");
    connect("&baton.failoverTimeout=20s");
    long began = System.nanoTime();

    SQLException full =
        catchThrowableOfType(
            SQLException.class,
            () -> {
              for (int i = 0; i < 4; i++) {
                connect("&baton.failoverTimeout=20s");
              }
            });

    assertThat((Throwable) full).hasMessageContaining("max_client_conn");
    assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began)).isLessThan(10);
  }
}
