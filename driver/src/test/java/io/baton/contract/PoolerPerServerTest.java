package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real PgBouncer before each of two servers: see {@link PoolerTest}. */
@Tag("pgbouncer")
@PostgresTest(standbys = 1)
class PoolerPerServerTest {

  private final PostgresCluster cluster;
  private final List<PgBouncer> poolers = new ArrayList<>();

  PoolerPerServerTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void table() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      execute(direct, "create table if not exists work (id int)");
      execute(direct, "truncate work");
    }
    cluster.awaitReplication();
  }

  @AfterEach
  void stop() throws IOException {
    for (PgBouncer pooler : poolers) {
      pooler.close();
    }
  }

  /** Each has been told by its server what that is. */
  private void pooled(String mode) throws IOException, InterruptedException, SQLException {
    for (PostgresNode server : cluster.nodes()) {
      PgBouncer pooler = PgBouncer.start(cluster, server, mode, 10, "server_login_retry = 1");
      poolers.add(pooler);
      try (Connection one = connect("jdbc:postgresql://127.0.0.1:" + pooler.port(), "")) {
        ContractFixture.ask(one, "select 1");
      }
    }
  }

  private Connection connect(String hosts, String options) throws SQLException {
    return DriverManager.getConnection(
        hosts + "/" + cluster.database() + "?prepareThreshold=0" + options,
        cluster.user(),
        cluster.password());
  }

  private Connection connect() throws SQLException {
    return connect(
        poolers.stream()
            .map(pooler -> "127.0.0.1:" + pooler.port())
            .collect(Collectors.joining(",", "jdbc:baton:postgresql://", "")),
        "&baton.failoverTimeout=15s");
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

  @ParameterizedTest
  @ValueSource(strings = {"session", "transaction"})
  void session_goesOnAtThePromotedStandby_whosePoolerStillReportsAStandby(String mode)
      throws SQLException, IOException, InterruptedException {
    pooled(mode);
    try (Connection connection = connect()) {
      execute(connection, "insert into work values (1)");
      cluster.awaitReplication();
      cluster.failover();

      assertThat(ContractFixture.ask(connection, "select count(*) from work")).isEqualTo("1");
      execute(connection, "insert into work values (2)");
    }
    try (Connection fresh = connect()) {
      execute(fresh, "insert into work values (3)");
    }
    assertThat(work()).isEqualTo("1 2 3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "transaction"})
  void session_leavesAServerThatIsFrozenBehindItsPooler_onceAStandbyIsPromoted(String mode)
      throws SQLException, IOException, InterruptedException {
    pooled(mode);
    try (Connection connection = connect()) {
      execute(connection, "insert into work values (1)");
      cluster.awaitReplication();
      PostgresNode former = cluster.primary();
      PostgresNode next = cluster.standbys().get(0);
      former.freeze();
      CompletableFuture<Void> promoted =
          CompletableFuture.runAsync(
              next::promote, CompletableFuture.delayedExecutor(3, TimeUnit.SECONDS));

      assertThat(ContractFixture.ask(connection, "select count(*) from work")).isEqualTo("1");
      execute(connection, "create table if not exists moved (id int)");

      promoted.join();
      assertThat(ContractFixture.ask(connection, "select pg_is_in_recovery()")).isEqualTo("f");
    }
  }

  /** Its connection to the pooler outlives the role of the server. */
  @Test
  void session_isNotStuckAtAServerThatIsAStandbyNow()
      throws SQLException, IOException, InterruptedException {
    pooled("transaction");
    try (Connection connection = connect()) {
      execute(connection, "insert into work values (1)");
      cluster.switchover();

      execute(connection, "insert into work values (2)");
    }
    assertThat(work()).isEqualTo("1 2");
  }
}
