package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonLedger;
import io.baton.BatonXADataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.XAConnection;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What another thread does on a connection while a call of it is under way, or is recovered. */
@PostgresTest(
    standbys = 1,
    settings = {"max_prepared_transactions=20"})
class OtherThreadsTest extends ContractFixture {

  private static final Duration SOON = Duration.ofSeconds(10);

  OtherThreadsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @Test
  void setAutoCommit_duringARecovery_commitsWhatIsRecovered() throws Exception {
    connection.setAutoCommit(false);
    insert(1);
    cutAll();
    BackgroundCall recovered = BackgroundCall.start(() -> insert(2)).awaitWaiting();
    BackgroundCall other =
        BackgroundCall.start(() -> connection.setAutoCommit(true)).awaitWaiting();

    restore();

    assertThat(recovered.endsWithin(SOON)).isEmpty();
    assertThat(other.endsWithin(SOON)).isEmpty();
    assertThat(connection.getAutoCommit()).isTrue();
    assertThat(rows()).isEqualTo("1 2");
    insert(3);
    assertThat(rows()).isEqualTo("1 2 3");
  }

  @Test
  void rollbackOfABranch_duringARecovery_rollsBackWhatIsRecovered() throws Exception {
    try (BatonXADataSource dataSource = new BatonXADataSource()) {
      dataSource.setUrl(cluster.jdbcUrl("jdbc:baton:postgresql:"));
      dataSource.setUser(cluster.user());
      dataSource.setPassword(cluster.password());
      XAConnection xa = dataSource.getXAConnection();
      XAResource resource = xa.getXAResource();
      Xid first = TestXid.next();
      Xid second = TestXid.next();
      try (Connection handle = xa.getConnection();
          Statement statement = handle.createStatement()) {
        resource.start(first, XAResource.TMNOFLAGS);
        statement.execute("insert into entry values (1)");
        cutAll();
        BackgroundCall recovered =
            BackgroundCall.start(() -> statement.execute("insert into entry values (2)"))
                .awaitWaiting();
        BackgroundCall manager =
            BackgroundCall.start(
                    () -> {
                      try {
                        resource.end(first, XAResource.TMFAIL);
                        resource.rollback(first);
                      } catch (XAException failure) {
                        throw new SQLException(failure);
                      }
                    })
                .awaitWaiting();

        restore();

        assertThat(recovered.endsWithin(SOON)).isEmpty();
        assertThat(manager.endsWithin(SOON)).isEmpty();
        resource.start(second, XAResource.TMNOFLAGS);
        statement.execute("insert into entry values (3)");
        resource.end(second, XAResource.TMSUCCESS);
        assertThat(resource.prepare(second)).isEqualTo(XAResource.XA_OK);
        resource.commit(second, false);
      }
      xa.close();
    }
    assertThat(rows()).isEqualTo("3");
  }

  /** A pool sets the network timeout before it closes a connection that is in use. */
  @Test
  void settersOfTheDriver_doNotWaitForACall() throws Exception {
    BackgroundCall sleeping = BackgroundCall.start(() -> execute("select pg_sleep(30)"));
    sleeping.awaitWaiting();
    long began = System.nanoTime();

    connection.setHoldability(ResultSet.HOLD_CURSORS_OVER_COMMIT);
    connection.setNetworkTimeout(Runnable::run, 15_000);
    connection.close();

    assertThat(stateOfEnd(sleeping)).startsWith("08");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void whatWasSetDuringACall_isThereAfterTheNextMove() throws Exception {
    BackgroundCall sleeping = BackgroundCall.start(() -> execute("select pg_sleep(1)"));
    sleeping.awaitWaiting();
    connection.setNetworkTimeout(Runnable::run, 15_000);
    assertThat(sleeping.endsWithin(SOON)).isEmpty();
    insert(1);
    cluster.primary().proxy().resetConnections();

    assertThat(ask("select count(*) from entry")).isEqualTo("1");

    assertThat(connection.getNetworkTimeout()).isEqualTo(15_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hanging", "locked"})
  void close_doesNotWaitForAServer_withALedger(String how) throws Exception {
    try (Connection direct = cluster.primary().connect()) {
      BatonLedger.create(direct);
    }
    reconnect("?baton.commitOutcome=ledger");
    connection.setAutoCommit(false);
    insert(1);
    connection.commit();
    try (Connection blocker = cluster.primary().connect();
        Statement statement = blocker.createStatement()) {
      if (how.equals("hanging")) {
        hangAll();
      } else {
        blocker.setAutoCommit(false);
        statement.execute("lock table baton.ledger in access exclusive mode");
      }
      long began = System.nanoTime();

      connection.close();

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
      restore();
    }
  }

  @Test
  void threadThatWasInterruptedBefore_isServed_whereTheServerIsThere() throws Exception {
    insert(1);
    cluster.primary().proxy().resetConnections();
    Thread.currentThread().interrupt();
    boolean interrupted;
    try {
      assertThat(ask("select count(*) from entry")).isEqualTo("1");
    } finally {
      interrupted = Thread.interrupted();
    }
    assertThat(interrupted).isTrue();
  }

  @Test
  void statementThatPutsItsCancellationOff_keepsItsConnection() throws Exception {
    execute("create temporary table own (n int)");
    execute(
        """
        create or replace function stubborn() returns text language plpgsql as $$
        begin
          perform pg_sleep(60);
          return 'done';
        exception when query_canceled then
          perform pg_sleep(4);
          return 'late';
        end $$""");
    try (Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1);
      try (ResultSet row = statement.executeQuery("select stubborn()")) {
        row.next();
        assertThat(row.getString(1)).isEqualTo("late");
      }
    }
    assertThat(ask("select count(*) from own")).isEqualTo("0");
  }

  private static String stateOfEnd(BackgroundCall call) throws Exception {
    return String.valueOf(call.failsWithin(SOON).getSQLState());
  }
}
