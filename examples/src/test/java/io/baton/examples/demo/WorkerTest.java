package io.baton.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a worker makes of errors, which the server and the network really produce. */
@PostgresTest
class WorkerTest {
  private static final int OPERATIONS = 20;

  private final Ledger ledger = new Ledger();

  @BeforeEach
  void openBank(PostgresCluster cluster) throws SQLException {
    try (Connection connection = cluster.primary().connect()) {
      Banks.reopen(connection);
    }
  }

  @Test
  void worker_withoutErrors_settlesOneOperationAfterTheOther(PostgresCluster cluster)
      throws SQLException {
    work(cluster);

    assertThat(ledger.snapshot(10).acknowledged()).isEqualTo(OPERATIONS);
    assertThat(ledger.snapshot(10).errors()).isEmpty();
    assertThat(ledger.snapshot(10).open()).isEmpty();
    assertVerdictHolds(cluster);
  }

  @Test
  void worker_toldToRetryBy40001_runsTheTransferAgain(PostgresCluster cluster) throws SQLException {
    refuseEveryThirdInsert(cluster, "40001");

    work(cluster);

    assertThat(Impact.bySqlState(ledger.snapshot(10).errors())).containsOnlyKeys("40001");
    assertThat(ledger.snapshot(10).acknowledged()).isEqualTo(OPERATIONS);
    assertThat(ledger.snapshot(10).commitsInDoubt()).isZero();
    assertVerdictHolds(cluster);
  }

  @Test
  void worker_commitCutOffBeforeTheServerAnswers_findsTheOperation(PostgresCluster cluster)
      throws SQLException {
    cluster
        .primary()
        .proxy()
        .cutOn(FaultPoint.before(Message.Backend.COMMAND_COMPLETE).tagged("COMMIT").occurrence(5));

    work(cluster);

    assertThat(ledger.snapshot(10).commitsInDoubt()).isOne();
    assertThat(ledger.snapshot(10).foundCommitted()).isOne();
    assertThat(ledger.snapshot(10).foundMissing()).isZero();
    assertThat(ledger.snapshot(10).acknowledged()).isEqualTo(OPERATIONS - 1);
    assertVerdictHolds(cluster);
  }

  @Test
  void worker_commitCutOffBeforeItReachesTheServer_runsTheTransferAgain(PostgresCluster cluster)
      throws SQLException {
    cluster
        .primary()
        .proxy()
        .cutOn(FaultPoint.before(Message.Frontend.EXECUTE).ofStatement("COMMIT").occurrence(5));

    work(cluster);

    assertThat(ledger.snapshot(10).commitsInDoubt()).isOne();
    assertThat(ledger.snapshot(10).foundMissing()).isOne();
    assertThat(ledger.snapshot(10).acknowledged()).isEqualTo(OPERATIONS);
    assertVerdictHolds(cluster);
  }

  @Test
  void worker_connectionCutInTheTransaction_runsTheTransferAgainWithoutLookingItUp(
      PostgresCluster cluster) throws SQLException {
    cluster
        .primary()
        .proxy()
        .cutOn(FaultPoint.before(Message.Backend.COMMAND_COMPLETE).tagged("UPDATE").occurrence(5));

    work(cluster);

    assertThat(Impact.bySqlState(ledger.snapshot(10).errors())).containsOnlyKeys("08006");
    assertThat(ledger.snapshot(10).commitsInDoubt()).isZero();
    assertThat(ledger.snapshot(10).acknowledged()).isEqualTo(OPERATIONS);
    assertVerdictHolds(cluster);
  }

  private void work(PostgresCluster cluster) {
    HikariConfig configuration = new HikariConfig();
    configuration.setJdbcUrl(cluster.jdbcUrl(DemoOptions.PLAIN_PREFIX));
    configuration.setUsername(cluster.user());
    configuration.setPassword(cluster.password());
    configuration.setMaximumPoolSize(1);
    configuration.setAutoCommit(false);
    try (HikariDataSource pool = new HikariDataSource(configuration)) {
      new Worker(
              0,
              pool,
              ledger,
              RunClock.startingNow(),
              () -> ledger.counts().settled() >= OPERATIONS)
          .run();
    }
  }

  /** The sequence does not go back with the transaction, so the next attempt gets through. */
  private static void refuseEveryThirdInsert(PostgresCluster cluster, String sqlState)
      throws SQLException {
    try (Connection connection = cluster.primary().connect();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          create sequence if not exists inserts;
          create or replace function refuse() returns trigger language plpgsql as $$
          begin
            if nextval('inserts') %% 3 = 0 then
              raise 'refused' using errcode = '%s';
            end if;
            return new;
          end $$;
          create trigger refuse before insert on operation for each row execute function refuse();
          """
              .formatted(sqlState));
    }
  }

  private void assertVerdictHolds(PostgresCluster cluster) throws SQLException {
    try (Connection connection = cluster.primary().connect()) {
      assertThat(Verdict.of(connection, ledger.snapshot(10)).faults()).isEmpty();
    }
  }
}
