package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonException;
import io.baton.BatonException.Outcome;
import io.baton.BatonLedger;
import io.baton.OutcomeUnknownException;
import io.baton.TransactionLostException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.FaultProxy;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/**
 * A COMMIT that is cut off, with the servers replicating asynchronously: it may be lost for good.
 */
@PostgresTest(standbys = 2)
class CommitOutcomeTest {

  private static final FaultPoint BEFORE_THE_SERVER =
      FaultPoint.before(Frontend.PARSE).ofStatement("commit");
  private static final FaultPoint BEFORE_THE_ANSWER =
      FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT");

  private final PostgresCluster cluster;
  private Connection connection;

  CommitOutcomeTest(PostgresCluster cluster) throws SQLException {
    this.cluster = cluster;
    this.connection = connect("");
  }

  private Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + options, cluster.user(), cluster.password());
  }

  @BeforeEach
  void table() throws SQLException {
    execute("create table if not exists account (id int primary key, balance int)");
    execute("truncate account");
    execute("insert into account values (1, 100), (2, 100)");
    cluster.awaitReplication();
    connection.setAutoCommit(false);
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String balance() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      return ask(direct, "select balance from account where id = 1");
    }
  }

  private FaultProxy proxy() {
    return cluster.primary().proxy();
  }

  /** What happens to the server whose client was cut off. */
  enum Fate {
    NOTHING {
      @Override
      void befall(PostgresCluster cluster) {}
    },
    CRASH_AND_RESTART {
      @Override
      void befall(PostgresCluster cluster) {
        PostgresNode primary = cluster.primary();
        primary.crash();
        primary.start();
      }
    },
    CLEAN_RESTART {
      @Override
      void befall(PostgresCluster cluster) {
        cluster.primary().restart();
      }
    },
    CRASH_AND_PROMOTION {
      @Override
      void befall(PostgresCluster cluster) {
        cluster.awaitReplication();
        cluster.failover();
      }
    },
    SWITCHOVER {
      @Override
      void befall(PostgresCluster cluster) {
        cluster.switchover();
      }
    },
    BACKENDS_TERMINATED {
      @Override
      void befall(PostgresCluster cluster) {
        cluster.primary().terminateBackends();
      }
    };

    abstract void befall(PostgresCluster cluster);
  }

  static Stream<Arguments> fatesAndModes() {
    return Arrays.stream(Fate.values())
        .flatMap(fate -> Stream.of("xid", "ledger").map(mode -> Arguments.of(fate, mode)));
  }

  private void reconnect(String options) throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      BatonLedger.create(direct);
    }
    cluster.awaitReplication();
    connection.close();
    connection = connect(options);
    connection.setAutoCommit(false);
  }

  @ParameterizedTest
  @MethodSource("fatesAndModes")
  void commit_thatTookPlace_returns(Fate fate, String mode) throws SQLException {
    reconnect("?baton.commitOutcome=" + mode);
    execute("update account set balance = balance - 50 where id = 1");
    proxy().cutOn(BEFORE_THE_ANSWER, () -> fate.befall(cluster));

    connection.commit();

    assertThat(balance()).isEqualTo("50");
    assertThat(ask(connection, "select balance from account where id = 1")).isEqualTo("50");
  }

  @ParameterizedTest
  @MethodSource("fatesAndModes")
  void commit_thatDidNotTakePlace_isMadeOnTheReplayedTransaction(Fate fate, String mode)
      throws SQLException {
    reconnect("?baton.commitOutcome=" + mode);
    execute("update account set balance = balance - 50 where id = 1");
    proxy().cutOn(BEFORE_THE_SERVER, () -> fate.befall(cluster));

    connection.commit();

    assertThat(balance()).isEqualTo("50");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void commitInSql_returnsAsWell(boolean tookPlace) throws SQLException {
    connection.setAutoCommit(true);
    execute("begin");
    execute("update account set balance = balance - 50 where id = 1");
    proxy().cutOn(tookPlace ? BEFORE_THE_ANSWER : BEFORE_THE_SERVER);

    execute("commit");

    assertThat(balance()).isEqualTo("50");
    assertThat(connection.getAutoCommit()).isTrue();
  }

  @Test
  void commit_whoseReplayIsForbidden_isLostAndSaysSo() throws SQLException {
    execute("/*+ baton:no-replay */ update account set balance = balance - 50 where id = 1");
    proxy().cutOn(BEFORE_THE_SERVER);

    TransactionLostException lost =
        catchThrowableOfType(TransactionLostException.class, connection::commit);

    assertThat(lost.outcome()).isEqualTo(Outcome.NOT_COMMITTED);
    assertThat(lost.evidence()).contains("is not committed in the server's history");
    connection.rollback();
    assertThat(balance()).isEqualTo("100");
  }

  @Test
  void commit_whoseReplayGivesSomethingElse_isLostWithTheProofOfIt() throws SQLException {
    assertThat(ask(connection, "select balance from account where id = 2")).isEqualTo("100");
    execute("update account set balance = balance - 50 where id = 1");
    proxy()
        .cutOn(
            BEFORE_THE_SERVER,
            () -> {
              try (Connection other = cluster.primary().connect()) {
                ask(other, "update account set balance = 70 where id = 2 returning balance");
              } catch (SQLException unexpected) {
                throw new IllegalStateException(unexpected);
              }
              cluster.awaitReplication();
              cluster.failover();
            });

    TransactionLostException lost =
        catchThrowableOfType(TransactionLostException.class, connection::commit);

    assertThat((Throwable) lost).hasMessageContaining("(SELECT) gave other values in its rows");
    assertThat(lost.evidence()).contains("server's history");
    connection.rollback();
    assertThat(balance()).isEqualTo("100");
  }

  @ParameterizedTest
  @ValueSource(strings = {"xid", "none"})
  void commitOfWorkThatNoStatementShows_isNotTakenForOneOfReads(String mode) throws Exception {
    reconnect("?baton.commitOutcome=" + mode);
    assertThat(ask(connection, "select balance from account where id = 1")).isEqualTo("100");
    connection
        .unwrap(PGConnection.class)
        .getCopyAPI()
        .copyIn("copy account from stdin", new StringReader("9\t9\n"));
    proxy().cutOn(BEFORE_THE_SERVER);

    BatonException ended =
        (BatonException) catchThrowableOfType(SQLException.class, connection::commit);

    assertThat(ended.outcome())
        .isEqualTo(mode.equals("xid") ? Outcome.NOT_COMMITTED : Outcome.UNKNOWN);
    connection.rollback();
    assertThat(ask(connection, "select count(*) from account")).isEqualTo("2");
  }

  @Test
  void workOnUnloggedTables_isSettledToo() throws SQLException {
    connection.setAutoCommit(true);
    execute("create unlogged table if not exists note (what text)");
    connection.setAutoCommit(false);
    execute("insert into note values ('x')");
    proxy().cutOn(BEFORE_THE_ANSWER);

    connection.commit();

    assertThat(ask(connection, "select count(*) from note")).isEqualTo("1");
  }

  /** Promotes a standby that has nothing of what the primary wrote since the standbys stopped. */
  private void loseWhatIsNotReplicated(
      List<PostgresNode> stoppedStandbys, int transactionsAfterwards) {
    cluster.primary().crash();
    stoppedStandbys.forEach(PostgresNode::start);
    cluster.promoteStandby();
    try (Connection direct = cluster.primary().connect()) {
      for (int i = 0; i < transactionsAfterwards; i++) {
        ask(direct, "select pg_current_xact_id()::text");
      }
    } catch (SQLException unexpected) {
      throw new IllegalStateException(unexpected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 200})
  void commit_thatNoStandbyReceived_isNeverReportedCommitted(int transactionsAfterwards)
      throws SQLException {
    reconnect("?baton.replay=session");
    List<PostgresNode> standbys = List.copyOf(cluster.standbys());
    standbys.forEach(PostgresNode::stop);
    execute("update account set balance = balance - 50 where id = 1");
    proxy()
        .cutOn(BEFORE_THE_ANSWER, () -> loseWhatIsNotReplicated(standbys, transactionsAfterwards));

    TransactionLostException lost =
        catchThrowableOfType(TransactionLostException.class, connection::commit);

    assertThat(lost.outcome()).isEqualTo(Outcome.NOT_COMMITTED);
    assertThat(lost.evidence()).contains("history continues from");
    connection.rollback();
    assertThat(balance()).isEqualTo("100");
  }

  /**
   * What was not flushed is lost in a crash, its transaction id is given out again, and a clean
   * restart hides where the recovery ended.
   */
  @Test
  void commit_thatWasLost_isNotTakenForTheOneThatHasItsId_afterACleanRestart() throws SQLException {
    superuser("alter system set wal_writer_delay = '10s'");
    try {
      reconnect("");
      execute("set synchronous_commit = off");
      execute("update account set balance = balance - 50 where id = 1");
      long transaction = Long.parseLong(ask(connection, "select pg_current_xact_id()"));
      proxy()
          .cutOn(
              BEFORE_THE_ANSWER,
              () -> {
                PostgresNode primary = cluster.primary();
                primary.crash();
                primary.start();
                goOn(primary, transaction);
                primary.restart();
              });

      OutcomeUnknownException unknown =
          catchThrowableOfType(OutcomeUnknownException.class, connection::commit);

      assertThat((Throwable) unknown).hasMessageContaining("is committed, but");
      assertThat(balance()).isEqualTo("100");
    } finally {
      superuser("alter system reset wal_writer_delay");
    }
  }

  private void superuser(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connectAsSuperuser();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
    cluster.primary().reload();
  }

  /** Commits others, until the id was given out again and the log is longer than it was. */
  private static void goOn(PostgresNode node, long transaction) {
    try (Connection direct = node.connect();
        Statement statement = direct.createStatement()) {
      statement.execute("create table if not exists filler (text text)");
      for (long id = 0; id < transaction + 100; ) {
        statement.execute(
            "insert into filler select repeat('x', 100) from generate_series(1, 100)");
        id = Long.parseLong(ask(direct, "select pg_current_xact_id()"));
      }
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"xid", "ledger"})
  @Tag("campaign")
  void commit_thatNoStandbyReceived_isReplayed(String mode) throws SQLException {
    reconnect("?baton.commitOutcome=" + mode);
    List<PostgresNode> standbys = List.copyOf(cluster.standbys());
    standbys.forEach(PostgresNode::stop);
    execute("update account set balance = balance - 50 where id = 1");
    proxy().cutOn(BEFORE_THE_ANSWER, () -> loseWhatIsNotReplicated(standbys, 50));

    connection.commit();

    assertThat(balance()).isEqualTo("50");
  }

  @ParameterizedTest
  @CsvSource({"NOTHING,xid", "NOTHING,ledger", "CRASH_AND_PROMOTION,xid"})
  @Tag("campaign")
  void writeOutsideATransaction_thatIsProtected_takesPlaceOnce(Fate fate, String mode)
      throws SQLException {
    for (FaultPoint point :
        List.of(
            BEFORE_THE_ANSWER,
            BEFORE_THE_SERVER,
            FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("UPDATE"))) {
      reconnect("?baton.autocommitWrites=protect&baton.commitOutcome=" + mode);
      connection.setAutoCommit(true);
      execute("update account set balance = 100 where id = 1");
      cluster.awaitReplication();
      proxy().cutOn(point, () -> fate.befall(cluster));

      assertThat(
              ask(
                  connection,
                  "update account set balance = balance - 50 where id = 1 returning balance"))
          .isEqualTo("50");

      assertThat(balance()).isEqualTo("50");
      assertThat(connection.getAutoCommit()).isTrue();
      cluster.repair();
    }
  }

  @Test
  void writeOutsideATransaction_thatIsProtected_failsAsItDoesPlain() throws SQLException {
    reconnect("?baton.autocommitWrites=protect");
    connection.setAutoCommit(true);

    assertThatThrownBy(() -> execute("insert into account values (1, 1)"))
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("23505");
    execute("vacuum account");
    execute("insert into account values (3, 3)");

    assertThat(ask(connection, "select count(*) from account")).isEqualTo("3");
    assertThat(connection.getAutoCommit()).isTrue();
  }

  @Test
  void conflict_isRetriedOnRequest() throws SQLException {
    reconnect("?baton.retryConflicts=3");
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    assertThat(ask(connection, "select balance from account where id = 2")).isEqualTo("100");
    try (Connection other = cluster.primary().connect()) {
      ask(other, "update account set balance = 70 where id = 1 returning balance");
    }

    execute("update account set balance = balance - 50 where id = 1");
    connection.commit();

    assertThat(balance()).isEqualTo("20");
  }

  @ParameterizedTest
  @ValueSource(strings = {"commit", "mode", "text"})
  void conflict_thatTheCommitMeets_isRetried_andWhatIsCommittedIsThere(String end)
      throws SQLException {
    reconnect("?baton.retryConflicts=3");
    connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
    try (Connection other = cluster.primary().connect()) {
      other.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      other.setAutoCommit(false);
      ask(connection, "select count(*) from account where id = 1 and balance >= 0");
      ask(other, "select balance from account where id = 2");
      ask(other, "update account set balance = 70 where id = 1 returning balance");
      execute("update account set balance = 30 where id = 2");
      other.commit();
    }

    switch (end) {
      case "commit" -> connection.commit();
      case "mode" -> connection.setAutoCommit(true);
      default -> execute("commit");
    }

    try (Connection direct = cluster.primary().connect()) {
      assertThat(ask(direct, "select string_agg(balance::text, ' ' order by id) from account"))
          .isEqualTo("70 30");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void conflict_afterAPartWasCommitted_isNotRetried(boolean autoCommit) throws SQLException {
    reconnect("?baton.retryConflicts=3");
    execute(
        "create or replace function conflict() returns void language plpgsql as"
            + " $$ begin raise exception 'no' using errcode = '40001'; end $$");
    connection.commit();
    connection.setAutoCommit(autoCommit);

    // Run again as a whole, it would end with 23505.
    assertThatThrownBy(
            () -> execute("begin; insert into account values (5, 5); commit; select conflict()"))
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("40001");

    try (Connection direct = cluster.primary().connect()) {
      assertThat(ask(direct, "select count(*) from account where id = 5")).isEqualTo("1");
    }
  }

  @Test
  void conflict_isNotRetriedUnasked() throws SQLException {
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    assertThat(ask(connection, "select balance from account where id = 2")).isEqualTo("100");
    try (Connection other = cluster.primary().connect()) {
      ask(other, "update account set balance = 70 where id = 1 returning balance");
    }

    assertThatThrownBy(() -> execute("update account set balance = balance - 50 where id = 1"))
        .isNotInstanceOf(BatonException.class)
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("40001");
  }

  @Test
  void conflict_whoseReplayWouldGiveSomethingElse_ends() throws SQLException {
    reconnect("?baton.retryConflicts=3");
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    assertThat(ask(connection, "select balance from account where id = 1")).isEqualTo("100");
    try (Connection other = cluster.primary().connect()) {
      ask(other, "update account set balance = 70 where id = 1 returning balance");
    }

    assertThatThrownBy(() -> execute("update account set balance = balance - 50 where id = 1"))
        .isInstanceOf(TransactionLostException.class)
        .hasMessageContaining("other values in its rows");
    connection.rollback();
    assertThat(balance()).isEqualTo("70");
  }

  @Test
  void ledger_thatIsNotThere_isNamedAtOnce() throws SQLException {
    connection.setAutoCommit(true);
    execute("drop schema if exists baton cascade");

    assertThatThrownBy(() -> connect("?baton.commitOutcome=ledger").close())
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("BatonLedger.create")
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("42P01");
  }

  @Test
  void ledger_ofTransactionsInSqlAndOfThoseThatMayNotWrite_isKept() throws SQLException {
    reconnect("?baton.commitOutcome=ledger");
    // Sessions whose connections were cut leave their rows behind.
    int left = Integer.parseInt(ask(connection, "select count(*) from baton.ledger"));
    execute("create sequence if not exists counter");
    connection.commit();
    execute("set transaction read only");
    execute("select pg_advisory_xact_lock(1)");
    connection.commit();
    assertThat(ask(connection, "select count(*) from baton.ledger")).isEqualTo("" + (left + 1));
    connection.commit();
    connection.setAutoCommit(true);
    execute("begin");
    execute("update account set balance = 1 where id = 1");
    execute("commit");
    assertThat(ask(connection, "select balance from account where id = 1")).isEqualTo("1");

    connection.close();

    try (Connection direct = cluster.primary().connect()) {
      assertThat(ask(direct, "select count(*) from baton.ledger")).isEqualTo("" + left);
    }
  }

  @Test
  void commit_withoutEvidence_isUnknown() throws SQLException {
    reconnect("?baton.commitOutcome=none");
    execute("update account set balance = balance - 50 where id = 1");
    proxy().cutOn(BEFORE_THE_ANSWER);

    OutcomeUnknownException unknown =
        catchThrowableOfType(OutcomeUnknownException.class, connection::commit);

    assertThat(unknown.outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(unknown.evidence()).contains("nothing had been noted");
    assertThat(balance()).isEqualTo("50");
  }
}
