package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonLedger;
import io.baton.testkit.PostgresCluster;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The network is cut, and the backend that is left behind takes its time to end: what it holds
 * until then, the session has to have again.
 */
class LeftBackendTest extends ContractFixture {

  private static final long SLOW_MILLIS = 400;

  private String backend = "";
  private CompletableFuture<Void> slowEnd = CompletableFuture.completedFuture(null);

  LeftBackendTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void session() throws SQLException {
    direct("insert into entry values (1), (2) on conflict do nothing");
    ask("select pg_advisory_lock(42)");
    backend = ask("select pg_backend_pid()");
  }

  @AfterEach
  void end() {
    slowEnd.join();
  }

  private static void signal(String signal, String process) {
    try {
      assertThat(new ProcessBuilder("kill", signal, process).start().waitFor()).isZero();
    } catch (IOException | InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  private void cutTheNetwork() {
    signal("-STOP", backend);
    cluster.primary().proxy().resetConnections();
    slowEnd =
        CompletableFuture.runAsync(
            () -> signal("-CONT", backend),
            CompletableFuture.delayedExecutor(SLOW_MILLIS, TimeUnit.MILLISECONDS));
  }

  private void assertThatTheSessionHasItsLock() throws SQLException {
    assertThat(ask("select pg_backend_pid()")).isNotEqualTo(backend);
    assertThat(
            ask(
                "select count(*) from pg_locks where locktype = 'advisory' and objid = 42"
                    + " and pid = pg_backend_pid()"))
        .isEqualTo("1");
  }

  @Test
  void lock_isTakenAgain_byTheNextCall() throws SQLException {
    cutTheNetwork();

    assertThat(ask("select count(*) from entry")).isEqualTo("2");
    assertThatTheSessionHasItsLock();
  }

  @Test
  void lock_isTakenAgain_byIsValid() throws SQLException {
    cutTheNetwork();

    assertThat(connection.isValid(10)).isTrue();
    assertThatTheSessionHasItsLock();
  }

  @ParameterizedTest
  @ValueSource(strings = {"xid", "ledger"})
  void lock_isTakenAgain_behindACommit(String outcome) throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      BatonLedger.create(direct);
    }
    reconnect("?baton.commitOutcome=" + outcome);
    session();
    connection.setAutoCommit(false);
    execute("update entry set id = 3 where id = 2");
    cutTheNetwork();

    connection.commit();

    connection.setAutoCommit(true);
    assertThat(ask("select max(id) from entry")).isEqualTo("3");
    assertThatTheSessionHasItsLock();
  }

  @ParameterizedTest
  @ValueSource(strings = {"skip locked", "nowait"})
  void rowThatTheTransactionHasLocked_isItsOwnInTheReplay(String how) throws SQLException {
    connection.setAutoCommit(false);
    String locked = ask("select id from entry order by id limit 1 for update " + how);
    cutTheNetwork();

    execute("delete from entry where id = " + locked);
    connection.commit();

    connection.setAutoCommit(true);
    assertThat(ask("select id from entry")).isEqualTo("2");
    assertThatTheSessionHasItsLock();
  }
}
