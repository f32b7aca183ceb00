package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonException;
import io.baton.BatonException.Outcome;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A transaction that recovery could not save: until the application rolls back, the connection
 * refuses every statement, and nothing of the transaction is committed.
 */
@Tag("campaign")
class LostTransactionTest extends ContractFixture {

  private static final FaultPoint BEFORE_THE_SERVER_COMMITS =
      FaultPoint.before(Frontend.EXECUTE).ofStatement(LostTransactionTest::isCommit);
  private static final FaultPoint AFTER_THE_SERVER_COMMITTED =
      FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT");

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  LostTransactionTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "?baton.failoverTimeout=1s");
  }

  private static boolean isCommit(String sql) {
    return sql.equalsIgnoreCase("commit");
  }

  /** How an application says that a transaction begins and ends. */
  enum Transaction {
    BY_AUTOCOMMIT {
      @Override
      void begin(LostTransactionTest test) throws SQLException {
        test.connection.setAutoCommit(false);
      }

      @Override
      void commit(LostTransactionTest test) throws SQLException {
        test.connection.commit();
      }

      @Override
      void rollback(LostTransactionTest test) throws SQLException {
        test.connection.rollback();
      }
    },
    BY_TEXT {
      @Override
      void begin(LostTransactionTest test) throws SQLException {
        test.execute("begin");
      }

      @Override
      void commit(LostTransactionTest test) throws SQLException {
        test.execute("commit");
      }

      @Override
      void rollback(LostTransactionTest test) throws SQLException {
        test.execute("rollback");
      }
    };

    abstract void begin(LostTransactionTest test) throws SQLException;

    abstract void commit(LostTransactionTest test) throws SQLException;

    abstract void rollback(LostTransactionTest test) throws SQLException;
  }

  /** The way back: statements are refused, and after a ROLLBACK all is well. */
  private void assertRefusedUntilRolledBack(Transaction transaction, String rowsBefore)
      throws SQLException {
    assertThat(stateOf(() -> insert(3))).isEqualTo("25P02");
    assertThat(stateOf(() -> ask("select 1"))).isEqualTo("25P02");
    assertThat(connection.isClosed()).isFalse();
    transaction.rollback(this);
    assertThat(rows()).isEqualTo(rowsBefore);
    assertWorks(transaction);
    assertThat(rows()).isEqualTo((rowsBefore + " 4").strip());
  }

  /** A transaction goes through, if not at once, then as soon as the server is found again. */
  private void assertWorks(Transaction transaction) {
    Awaitility.await()
        .ignoreExceptionsInstanceOf(SQLTransientConnectionException.class)
        .until(
            () -> {
              transaction.begin(this);
              try {
                insert(4);
                transaction.commit(this);
                return true;
              } finally {
                transaction.rollback(this);
              }
            });
  }

  /** A COMMIT that follows a failed COMMIT must not be taken for the one that was asked for. */
  private void assertFailsItsCommit(Transaction transaction) throws SQLException {
    assertThat(stateOf(() -> transaction.commit(this))).isEqualTo("25P02");
    transaction.rollback(this);
  }

  /** The driver takes it in silence that the server answers COMMIT by ROLLBACK; so does Baton. */
  private void assertCommitsNothing(Transaction transaction) throws SQLException {
    transaction.commit(this);
  }

  @ParameterizedTest
  @EnumSource
  void transaction_thatFoundNoServer_isRefusedUntilRolledBack(Transaction transaction)
      throws SQLException {
    transaction.begin(this);
    insert(1);
    cutAll();
    SQLException none = failure(() -> insert(2));
    assertThat(none.getSQLState()).isEqualTo("08001");
    assertThat(((BatonException) none).outcome()).isEqualTo(Outcome.NOT_COMMITTED);
    restore();

    assertRefusedUntilRolledBack(transaction, "");
  }

  @Test
  void commit_ofATransactionThatFoundNoServer_commitsNothingAndEndsIt() throws SQLException {
    connection.setAutoCommit(false);
    insert(1);
    cutAll();
    assertThat(stateOf(() -> insert(2))).isEqualTo("08001");
    restore();

    assertCommitsNothing(Transaction.BY_AUTOCOMMIT);

    assertThat(rows()).isEmpty();
    assertWorks(Transaction.BY_AUTOCOMMIT);
    assertThat(rows()).isEqualTo("4");
  }

  /** Calls of a transaction that are no statements of the application. */
  enum Other {
    BATCH {
      @Override
      void call(LostTransactionTest test) throws SQLException {
        try (PreparedStatement insert =
            test.connection.prepareStatement("insert into entry values (?)")) {
          insert.setInt(1, 2);
          insert.addBatch();
          insert.executeBatch();
        }
      }
    },
    SAVEPOINT {
      @Override
      void call(LostTransactionTest test) throws SQLException {
        test.connection.setSavepoint();
      }
    },
    METADATA {
      @Override
      void call(LostTransactionTest test) throws SQLException {
        test.connection.getMetaData().getTables(null, null, "entry", null).close();
      }
    };

    abstract void call(LostTransactionTest test) throws SQLException;
  }

  @ParameterizedTest
  @EnumSource
  void callOfATransaction_thatFoundNoServer_losesIt(Other other) throws SQLException {
    connection.setAutoCommit(false);
    insert(1);
    cutAll();
    assertThat(stateOf(() -> other.call(this))).isEqualTo("08001");
    restore();

    assertRefusedUntilRolledBack(Transaction.BY_AUTOCOMMIT, "");
  }

  @Test
  void fetch_thatFoundNoServer_losesTheTransaction() throws SQLException {
    connection.setAutoCommit(false);
    insert(1);
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(2);
      try (ResultSet rows = statement.executeQuery("select * from generate_series(1, 9)")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.next()).isTrue();
        cutAll();
        assertThat(stateOf(rows::next)).isEqualTo("08001");
        restore();
      }
    }

    assertRefusedUntilRolledBack(Transaction.BY_AUTOCOMMIT, "");
  }

  @Test
  void savepoint_ofALostTransaction_bringsNothingBack() throws SQLException {
    connection.setAutoCommit(false);
    insert(1);
    Savepoint savepoint = connection.setSavepoint();
    cutAll();
    assertThat(stateOf(() -> insert(2))).isEqualTo("08001");
    restore();

    assertThat(stateOf(() -> connection.rollback(savepoint))).isEqualTo("25P02");

    assertRefusedUntilRolledBack(Transaction.BY_AUTOCOMMIT, "");
  }

  @Test
  void firstStatement_thatFoundNoServer_losesTheTransactionItBegins() throws SQLException {
    connection.setAutoCommit(false);
    cutAll();
    assertThat(stateOf(() -> ask("select count(*) from entry"))).isEqualTo("08001");
    restore();

    assertRefusedUntilRolledBack(Transaction.BY_AUTOCOMMIT, "");
  }

  @ParameterizedTest
  @EnumSource
  void commit_thatFoundNoServer_commitsNothingWhenItIsCalledAgain(Transaction transaction)
      throws SQLException {
    transaction.begin(this);
    insert(1);
    cutAll();
    assertThat(stateOf(() -> transaction.commit(this))).isIn("08001", "08007");
    restore();

    assertFailsItsCommit(transaction);

    assertThat(rows()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void commit_ofUnknownOutcome_isNeverSaidToBeDoneByTheNextOne(boolean tookPlace)
      throws SQLException {
    connection.setAutoCommit(false);
    insert(1);
    cluster
        .primary()
        .proxy()
        .cutOn(tookPlace ? AFTER_THE_SERVER_COMMITTED : BEFORE_THE_SERVER_COMMITS, this::cutAll);
    assertThat(stateOf(connection::commit)).isEqualTo("08007");
    restore();

    assertFailsItsCommit(Transaction.BY_AUTOCOMMIT);

    assertThat(rows()).isEqualTo(tookPlace ? "1" : "");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void transaction_ofUnknownOutcome_isRefusedUntilRolledBack(boolean tookPlace)
      throws SQLException {
    reconnect("?baton.commitOutcome=none");
    connection.setAutoCommit(false);
    insert(1);
    cluster
        .primary()
        .proxy()
        .cutOn(tookPlace ? AFTER_THE_SERVER_COMMITTED : BEFORE_THE_SERVER_COMMITS);
    assertThat(stateOf(connection::commit)).isEqualTo("08007");
    Awaitility.await().until(() -> rows().equals(tookPlace ? "1" : ""));

    assertRefusedUntilRolledBack(Transaction.BY_AUTOCOMMIT, tookPlace ? "1" : "");
  }

  /** As pools reset a connection that an application gives back without a rollback. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void connection_whoseCommitWasLost_isFreeOnceItsModeIsReset(boolean rollsBack) throws Exception {
    connection.setAutoCommit(false);
    insert(1);
    cutAll();
    assertThat(stateOf(connection::commit)).isEqualTo("08001");
    restore();

    assertThat(stateOf(() -> connection.setAutoCommit(true))).isEqualTo("25P02");
    if (rollsBack) {
      connection.rollback();
    }
    connection.setAutoCommit(true);

    insert(2);
    assertThat(rows()).isEqualTo("2");
    assertThat(connection.getAutoCommit()).isTrue();
    assertThat((Throwable) failure(connection::rollback)).hasMessageContaining("autoCommit");
  }

  @Test
  void transaction_thatCouldNotBeReplayed_commitsNothing() throws SQLException {
    reconnect("?baton.replay=session");
    connection.setAutoCommit(false);
    insert(1);
    cluster.primary().proxy().resetConnections();
    assertThat(stateOf(() -> insert(2))).isEqualTo("40001");

    assertCommitsNothing(Transaction.BY_AUTOCOMMIT);

    assertThat(rows()).isEmpty();
    assertWorks(Transaction.BY_AUTOCOMMIT);
    assertThat(rows()).isEqualTo("4");
  }

  @Test
  void transaction_whoseThreadIsInterrupted_isRefusedUntilRolledBack() throws Exception {
    reconnect("?baton.failoverTimeout=20s");
    connection.setAutoCommit(false);
    insert(1);
    cutAll();
    BackgroundCall second = BackgroundCall.start(() -> insert(2)).awaitWaiting();
    second.interrupt();

    assertThat(second.failsWithin(PATIENCE).getSQLState()).isEqualTo("08001");
    assertThat(second.wasInterrupted()).isTrue();
    restore();
    assertRefusedUntilRolledBack(Transaction.BY_AUTOCOMMIT, "");
  }

  @Test
  void firstStatement_whoseThreadIsInterrupted_losesTheTransactionItBegins() throws Exception {
    reconnect("?baton.failoverTimeout=20s");
    connection.setAutoCommit(false);
    cutAll();
    BackgroundCall first = BackgroundCall.start(() -> insert(1)).awaitWaiting();
    first.interrupt();

    assertThat(first.failsWithin(PATIENCE).getSQLState()).isEqualTo("08001");
    assertThat(first.wasInterrupted()).isTrue();
    restore();
    assertRefusedUntilRolledBack(Transaction.BY_AUTOCOMMIT, "");
  }

  /** A text of SQL has a result that only a server gives: this is of the method. */
  @ParameterizedTest
  @EnumSource(names = "BY_AUTOCOMMIT")
  void rollback_whileNoServerAnswers_returnsAtOnce(Transaction transaction) throws Exception {
    reconnect("?baton.failoverTimeout=2500ms");
    transaction.begin(this);
    insert(1);
    cutAll();
    assertThat(stateOf(() -> insert(2))).isEqualTo("08001");

    assertThat(BackgroundCall.start(() -> transaction.rollback(this)).endsWithin(AT_ONCE))
        .isEmpty();

    restore();
    assertWorks(transaction);
    assertThat(rows()).isEqualTo("4");
  }

  /**
   * Nothing that is left of a transaction is committed, whichever way the connection is refused.
   */
  private void assertTheRestIsNotCommitted() throws SQLException {
    boolean closed = connection.isClosed();
    assertThat(stateOf(() -> insert(3))).isEqualTo(closed ? "08003" : "25P02");
    if (closed) {
      assertThat(stateOf(connection::commit)).isEqualTo("08003");
    } else {
      assertCommitsNothing(Transaction.BY_AUTOCOMMIT);
    }
    assertThat(rows()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void transaction_whoseBackendIsEndedByEachAttempt_isNotCommittedInPart(boolean first)
      throws SQLException {
    connection.setAutoCommit(false);
    if (!first) {
      insert(1);
    }
    failure(() -> ask("select pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())"));

    assertTheRestIsNotCommitted();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void transaction_withAResultLargerThanItsBuffer_isNotCommittedInPart(boolean first)
      throws SQLException {
    reconnect("?maxResultBuffer=1M");
    connection.setAutoCommit(false);
    if (!first) {
      insert(1);
    }
    failure(() -> ask("select pg_catalog.repeat('x', 2000000)"));

    assertTheRestIsNotCommitted();
  }
}
