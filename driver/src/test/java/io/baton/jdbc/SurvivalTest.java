package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.baton.BatonConnection;
import io.baton.BatonException.Outcome;
import io.baton.OutcomeUnknownException;
import io.baton.TransactionLostException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.net.Socket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One connection, and a server that dies under it: the contract without replay, end by end. */
@PostgresTest(standbys = 2, synchronous = true)
class SurvivalTest {

  private final PostgresCluster cluster;
  private Connection connection;
  private String first = "";

  SurvivalTest(PostgresCluster cluster) throws SQLException {
    this.cluster = cluster;
    this.connection = connect("?baton.replay=session&baton.commitOutcome=none");
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
    first = endpoint();
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private String endpoint() throws SQLException {
    return connection.unwrap(BatonConnection.class).currentEndpoint();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String ask(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** What the database itself holds, asked past Baton and past the proxies. */
  private int balance(int id) throws SQLException {
    try (Connection direct = cluster.primary().connect();
        Statement statement = direct.createStatement();
        ResultSet rows = statement.executeQuery("select balance from account where id = " + id)) {
      rows.next();
      return rows.getInt(1);
    }
  }

  @Test
  void read_outsideATransaction_isRunAgainOnTheNewPrimary() throws SQLException {
    cluster.failover();

    assertThat(ask("select balance from account where id = 1")).isEqualTo("100");
    assertThat(endpoint()).isNotEqualTo(first);
  }

  @Test
  void read_cutOffInTheMiddleOfItsRows_isRunAgain() throws SQLException {
    cluster
        .primary()
        .proxy()
        .cutOn(FaultPoint.before(Backend.DATA_ROW).occurrence(500), cluster::failover);

    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select * from generate_series(1, 1000)")) {
      int expected = 0;
      while (rows.next()) {
        assertThat(rows.getInt(1)).isEqualTo(++expected);
      }
      assertThat(expected).isEqualTo(1000);
      assertThat(rows.getStatement()).isSameAs(statement);
    }
  }

  @Test
  void commit_cutOffBeforeItsAnswer_isUnknownAndSaysSo() throws SQLException {
    connection.setAutoCommit(false);
    execute("update account set balance = 50 where id = 1");
    cluster
        .primary()
        .proxy()
        .cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT"), cluster::failover);

    OutcomeUnknownException unknown =
        catchThrowableOfType(OutcomeUnknownException.class, connection::commit);

    assertThat(unknown.getSQLState()).isEqualTo("08007");
    assertThat(unknown.outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(unknown.leftEndpoint()).isEqualTo(first);
    assertThat(unknown.currentEndpoint()).isEqualTo(endpoint());
    assertThatThrownBy(() -> ask("select 1"))
        .isInstanceOfSatisfying(
            SQLException.class, refused -> assertThat(refused.getSQLState()).isEqualTo("25P02"));
    connection.rollback();
    assertThat(balance(1)).isEqualTo(50);
  }

  @Test
  void transaction_cutOff_isRefusedUntilRolledBackAndCommitsNothing() throws SQLException {
    connection.setAutoCommit(false);
    execute("update account set balance = 50 where id = 1");
    cluster.failover();

    TransactionLostException lost =
        catchThrowableOfType(
            TransactionLostException.class,
            () -> execute("update account set balance = 150 where id = 2"));

    assertThat(lost.getSQLState()).isEqualTo("40001");
    assertThat(lost.outcome()).isEqualTo(Outcome.NOT_COMMITTED);
    assertThat((Throwable) lost).hasMessageContaining(first);
    assertThatThrownBy(() -> execute("select 1"))
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("25P02");
    connection.commit(); // Ends as the driver's own: the server rolls back without an error.

    assertThat(balance(1)).isEqualTo(100);
    execute("update account set balance = 60 where id = 1");
    connection.commit();
    assertThat(balance(1)).isEqualTo(60);
  }

  @Test
  void transactionBegunInSql_cutOff_isHeldByARealFailedTransaction() throws SQLException {
    execute("begin");
    execute("update account set balance = 50 where id = 1");
    cluster.failover();

    assertThatThrownBy(() -> execute("update account set balance = 1 where id = 2"))
        .isInstanceOf(TransactionLostException.class);
    assertThatThrownBy(() -> execute("insert into account values (3, 3)"))
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("25P02");
    execute("rollback");

    execute("insert into account values (3, 3)");
    assertThat(balance(1)).isEqualTo(100);
  }

  @Test
  void rollback_ofACutOffTransaction_returns() throws SQLException {
    connection.setAutoCommit(false);
    execute("update account set balance = 50 where id = 1");
    cluster.failover();

    connection.rollback();

    assertThat(ask("select balance from account where id = 1")).isEqualTo("100");
    connection.rollback();
  }

  @Test
  void commit_ofATransactionThatOnlyRead_returnsWhateverHappensToTheServer() throws SQLException {
    connection.setAutoCommit(false);
    assertThat(ask("select balance from account where id = 1")).isEqualTo("100");
    cluster.failover();

    connection.commit();

    assertThat(ask("select balance from account where id = 1")).isEqualTo("100");
    connection.rollback();
  }

  @Test
  void firstStatementOfATransaction_isRunAgain() throws SQLException {
    connection.setAutoCommit(false);
    cluster
        .primary()
        .proxy()
        .cutOn(FaultPoint.after(Frontend.PARSE).ofStatement(sql -> sql.startsWith("update")));
    execute("update account set balance = 50 where id = 1");
    connection.commit();

    assertThat(balance(1)).isEqualTo(50);
  }

  @Test
  void write_outsideATransaction_cutOffIsUnknown() throws SQLException {
    cluster.primary().proxy().cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("UPDATE 1"));

    assertThatThrownBy(() -> execute("update account set balance = balance - 1 where id = 1"))
        .isInstanceOf(OutcomeUnknownException.class);

    assertThat(ask("select balance from account where id = 1")).isIn("99", "100");
  }

  @Test
  void session_afterACrash_isWhatItWas() throws SQLException {
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setSchema("public");
    connection.setClientInfo("ApplicationName", "it's me");
    execute("set app.tenant = 'blue'");
    execute("set work_mem = '5MB'");
    execute("prepare twice as select $1::int * 2");
    PreparedStatement prepared = connection.prepareStatement("select ?::int + ?::int");
    prepared.setInt(1, 40);
    prepared.setFetchSize(7);
    connection.setNetworkTimeout(Runnable::run, 34_000);

    cluster.failover();

    assertThat(ask("show app.tenant")).isEqualTo("blue");
    assertThat(endpoint()).isNotEqualTo(first);
    assertThat(ask("show work_mem")).isEqualTo("5MB");
    assertThat(ask("show application_name")).isEqualTo("it's me");
    assertThat(ask("show search_path")).isEqualTo("public");
    assertThat(ask("execute twice(21)")).isEqualTo("42");
    assertThat(connection.getTransactionIsolation())
        .isEqualTo(Connection.TRANSACTION_REPEATABLE_READ);
    assertThat(connection.getNetworkTimeout()).isEqualTo(34_000);
    prepared.setInt(2, 2);
    try (ResultSet rows = prepared.executeQuery()) {
      rows.next();
      assertThat(rows.getInt(1)).isEqualTo(42);
    }
    assertThat(prepared.getFetchSize()).isEqualTo(7);
    assertThat(prepared.getConnection()).isSameAs(connection);
  }

  /** A session that has just begun may not have heard of a standby yet. */
  private void awaitStandby() {
    Awaitility.await().until(() -> ask("select pg_is_in_recovery()").equals("t"));
  }

  @Test
  void readOnlyConnection_readsFromAStandby_andComesBack() throws SQLException {
    execute("set app.tenant = 'blue'");
    connection.setReadOnly(true);
    awaitStandby();
    assertThat(ask("show app.tenant")).isEqualTo("blue");
    execute("set app.tenant = 'green'");

    connection.setReadOnly(false);
    assertThat(ask("select pg_is_in_recovery()")).isEqualTo("f");
    assertThat(ask("show app.tenant")).isEqualTo("green");
  }

  @Test
  void readOnlyConnection_whoseStandbyDies_readsElsewhere() throws SQLException {
    connection.setReadOnly(true);
    awaitStandby();
    cluster.standbys().forEach(standby -> standby.crash());

    assertThat(ask("select count(*) from account")).isEqualTo("2");
    assertThat(endpoint()).isEqualTo(first);
  }

  @Test
  void savepoints_outsideOfFailures_behaveAsTheDriversOwn() throws SQLException {
    connection.setAutoCommit(false);
    Savepoint unnamed = connection.setSavepoint();
    execute("update account set balance = 1 where id = 1");
    Savepoint named = connection.setSavepoint("Named One");
    execute("update account set balance = 2 where id = 1");
    connection.rollback(named);
    assertThat(ask("select balance from account where id = 1")).isEqualTo("1");
    assertThat(named.getSavepointName()).isEqualTo("Named One");
    assertThat(unnamed.getSavepointId()).isNotNegative();
    assertThatThrownBy(unnamed::getSavepointName).isInstanceOf(SQLException.class);
    connection.rollback(unnamed);
    connection.releaseSavepoint(unnamed);
    assertThat(ask("select balance from account where id = 1")).isEqualTo("100");
    connection.commit();
  }

  @Test
  void pool_throughAFailover_keepsItsConnections() throws SQLException {
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(cluster.jdbcUrl("jdbc:baton:postgresql:"));
      pool.setUsername(cluster.user());
      pool.setPassword(cluster.password());
      pool.setMaximumPoolSize(2);
      Connection physical;
      try (Connection borrowed = pool.getConnection()) {
        physical = borrowed.unwrap(BatonConnection.class);
      }
      cluster.failover();
      try (Connection borrowed = pool.getConnection();
          Statement statement = borrowed.createStatement()) {
        assertThat((Object) borrowed.unwrap(BatonConnection.class)).isSameAs(physical);
        assertThat(statement.executeUpdate("update account set balance = 7 where id = 1"))
            .isEqualTo(1);
      }
    }
    assertThat(balance(1)).isEqualTo(7);
  }

  @Test
  void connection_openedWhileTheServerHangs_isOpenedOnTheNextWriter() throws Exception {
    cluster.primary().freeze();
    CompletableFuture<Connection> opening =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return connect("?socketFactory=" + CountingSocketFactory.class.getName());
              } catch (SQLException failure) {
                throw new CompletionException(failure);
              }
            });
    Awaitility.await().until(() -> CountingSocketFactory.made() > 0);
    cluster.promoteStandby();

    try (Connection opened = opening.get(10, TimeUnit.SECONDS)) {
      assertThat(opened.unwrap(BatonConnection.class).currentEndpoint()).isNotEqualTo(first);
    }
  }

  /** The first question may take a while on a busy machine: that is no reason to give up. */
  @Test
  void connection_openedWhileTheOnlyServerHangs_isOpenedWhenItGoesOn() throws Exception {
    String only =
        "jdbc:baton:postgresql://%s:%d/%s"
            .formatted(cluster.primary().host(), cluster.primary().port(), cluster.database());
    cluster.primary().freeze();
    CompletableFuture<Connection> opening =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return DriverManager.getConnection(
                    only + "?connectTimeout=1&socketTimeout=1", cluster.user(), cluster.password());
              } catch (SQLException failure) {
                throw new CompletionException(failure);
              }
            });
    Awaitility.await().during(Duration.ofMillis(2500)).until(() -> !opening.isDone());
    cluster.primary().thaw();

    opening.get(20, TimeUnit.SECONDS).close();
  }

  /** The application's own, which must go on making the sockets. */
  public static final class CountingSocketFactory extends UnconnectedSockets {

    private static final AtomicInteger MADE = new AtomicInteger();

    static int made() {
      return MADE.get();
    }

    @Override
    public Socket createSocket() {
      MADE.incrementAndGet();
      return new Socket();
    }
  }

  @Test
  void closedConnection_saysSoAsTheDriverDoes() throws SQLException {
    PreparedStatement statement = connection.prepareStatement("select 1");
    connection.close();

    assertThat(connection.isClosed()).isTrue();
    assertThat(connection.isValid(1)).isFalse();
    assertThatThrownBy(connection::createStatement)
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("08003");
    assertThatThrownBy(statement::executeQuery).isInstanceOf(SQLException.class);
    connection.close();
  }

  @Test
  void noServer_withinTheTimeout_isToldAndTheNextCallGoesOn() throws SQLException {
    connection.close();
    connection = connect("?baton.failoverTimeout=300ms");
    assertThat(ask("select 1")).isEqualTo("1");
    cluster.nodes().forEach(node -> node.proxy().cut());

    assertThatThrownBy(() -> ask("select 1"))
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("08001");
    assertThat(connection.isClosed()).isFalse();
    cluster.nodes().forEach(node -> node.proxy().restore());

    org.awaitility.Awaitility.await().ignoreExceptions().until(() -> ask("select 1").equals("1"));
  }
}
