package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonConnection;
import io.baton.BatonException.Outcome;
import io.baton.TransactionLostException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** One transaction, and a server that dies in the middle of it. */
@PostgresTest(standbys = 2, synchronous = true)
class ReplayTest {

  private final PostgresCluster cluster;
  private Connection connection;

  ReplayTest(PostgresCluster cluster) throws SQLException {
    this.cluster = cluster;
    this.connection = connect("");
  }

  private Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + options, cluster.user(), cluster.password());
  }

  private void reconnect(String options) throws SQLException {
    connection.close();
    connection = connect(options);
    connection.setAutoCommit(false);
  }

  @BeforeEach
  void table() throws SQLException {
    execute("create table if not exists account (id int primary key, balance int)");
    execute("create table if not exists entry (id serial primary key, what text)");
    execute("truncate account, entry");
    execute("insert into account select i, 100 from generate_series(1, 1000) i");
    connection.setAutoCommit(false);
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private int execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      return statement.getUpdateCount();
    }
  }

  private String ask(String sql) throws SQLException {
    return Sql.ask(connection, sql);
  }

  /** What the database itself holds, asked past Baton and past the proxies. */
  private String held(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      return Sql.ask(direct, sql);
    }
  }

  private String balance(int id) throws SQLException {
    return held("select balance from account where id = " + id);
  }

  @Test
  void transaction_cutOffInTheMiddle_goesOnAndCommits() throws SQLException {
    String first = connection.unwrap(BatonConnection.class).currentEndpoint();
    assertThat(ask("select balance from account where id = 1 for update")).isEqualTo("100");
    assertThat(execute("update account set balance = balance - 30 where id = 1")).isEqualTo(1);

    cluster.failover();

    assertThat(execute("update account set balance = balance + 30 where id = 2")).isEqualTo(1);
    assertThat(ask("select balance from account where id = 1")).isEqualTo("70");
    connection.commit();
    assertThat(balance(1)).isEqualTo("70");
    assertThat(balance(2)).isEqualTo("130");
    assertThat(connection.unwrap(BatonConnection.class).currentEndpoint()).isNotEqualTo(first);
  }

  @Test
  void commit_thatWasNeverSent_commitsTheReplayedTransaction() throws SQLException {
    execute("update account set balance = 1 where id = 1");
    cluster.failover();

    connection.commit();

    assertThat(balance(1)).isEqualTo("1");
  }

  @Test
  void largeBytes_areReplayedAsTheyWereWhenBound() throws SQLException {
    byte[] bytes = new byte[200_000];
    new Random(7).nextBytes(bytes);
    byte[] bound = bytes.clone();
    connection.setAutoCommit(true);
    execute("drop table if exists picture; create table picture (id int, content bytea)");
    connection.setAutoCommit(false);
    try (PreparedStatement insert =
        connection.prepareStatement("insert into picture values (?, ?)")) {
      insert.setInt(1, 1);
      insert.setBytes(2, bytes);
      insert.executeUpdate();
      insert.setInt(1, 2);
      insert.setObject(2, bytes);
      insert.addBatch();
      bytes[0]++;
      insert.setInt(1, 3);
      insert.addBatch();
      insert.executeBatch();
      cluster.failover();
      insert.setInt(1, 4);
      insert.executeUpdate();
    }
    connection.commit();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select content from picture order by id")) {
      for (int row = 1; row <= 4; row++) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getBytes(1)).isEqualTo(bound);
      }
    }
  }

  @Test
  void transaction_begunInSql_isReplayed() throws SQLException {
    connection.setAutoCommit(true);
    execute("begin isolation level repeatable read");
    execute("update account set balance = 1 where id = 1");
    cluster.failover();

    assertThat(ask("show transaction_isolation")).isEqualTo("repeatable read");
    execute("commit");

    assertThat(balance(1)).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10})
  void openResult_isReadOnWhereItStood(int fetchSize) throws SQLException {
    execute("update account set balance = id");
    try (PreparedStatement statement =
        connection.prepareStatement("select id, balance from account order by id")) {
      statement.setFetchSize(fetchSize);
      try (ResultSet rows = statement.executeQuery()) {
        for (int id = 1; id <= 1000; id++) {
          if (id == 15) {
            cluster.failover();
            assertThat(ask("select count(*) from account")).isEqualTo("1000");
          }
          assertThat(rows.next()).isTrue();
          assertThat(rows.getInt(1)).isEqualTo(id);
          assertThat(rows.getInt("balance")).isEqualTo(id);
        }
        assertThat(rows.next()).isFalse();
        assertThat(rows.getStatement()).isSameAs(statement);
      }
    }
    connection.commit();
    assertThat(balance(999)).isEqualTo("999");
  }

  @Test
  void cursor_whoseFetchIsCutOff_isReadOn() throws SQLException {
    execute("update account set balance = id");
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(10);
      try (ResultSet rows = statement.executeQuery("select id from account order by id")) {
        for (int id = 1; id <= 10; id++) {
          rows.next();
        }
        cluster.failover();
        for (int id = 11; rows.next(); id++) {
          assertThat(rows.getInt(1)).isEqualTo(id);
        }
        assertThat(rows.isAfterLast() || rows.getRow() == 0).isTrue();
      }
    }
    connection.commit();
    assertThat(balance(999)).isEqualTo("999");
  }

  @Test
  void scrollableResult_staysOnItsRow() throws SQLException {
    execute("update account set balance = id");
    try (Statement statement =
            connection.createStatement(
                ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
        ResultSet rows = statement.executeQuery("select id from account order by id")) {
      rows.absolute(500);
      cluster.failover();
      assertThat(ask("select count(*) from account")).isEqualTo("1000");
      assertThat(rows.getInt(1)).isEqualTo(500);
      rows.previous();
      assertThat(rows.getInt(1)).isEqualTo(499);
      rows.last();
      assertThat(rows.getRow()).isEqualTo(1000);
    }
  }

  @Test
  void preparedStatements_areReplayedWithWhatTheyWereGiven() throws SQLException {
    try (PreparedStatement update =
            connection.prepareStatement("update account set balance = ? where id = ?");
        PreparedStatement read =
            connection.prepareStatement("select balance from account where id = ?")) {
      for (int id = 1; id <= 12; id++) { // Past the point where values come in binary.
        update.setInt(1, id * 10);
        update.setInt(2, id);
        assertThat(update.executeUpdate()).isEqualTo(1);
        read.setInt(1, id);
        try (ResultSet rows = read.executeQuery()) {
          rows.next();
          assertThat(rows.getInt(1)).isEqualTo(id * 10);
        }
      }
      update.setInt(1, 5);
      read.setMaxRows(3);
      cluster.failover();

      update.setInt(2, 13);
      update.executeUpdate();
      assertThat(read.getMaxRows()).isEqualTo(3);
    }
    connection.commit();
    assertThat(held("select sum(balance) from account where id <= 13")).isEqualTo("785");
  }

  @Test
  void batches_areReplayed() throws SQLException {
    try (PreparedStatement insert =
            connection.prepareStatement("insert into account values (?, ?)");
        Statement plain = connection.createStatement()) {
      for (int id = 2001; id <= 2050; id++) {
        insert.setInt(1, id);
        insert.setInt(2, 1);
        insert.addBatch();
      }
      assertThat(insert.executeBatch()).hasSize(50).containsOnly(1);
      plain.addBatch("update account set balance = 2 where id > 2040");
      plain.addBatch("delete from account where id = 2001");
      assertThat(plain.executeBatch()).containsExactly(10, 1);
      insert.setInt(1, 3001);
      insert.setInt(2, 1);
      insert.addBatch();

      cluster.failover();

      assertThat(insert.executeBatch()).containsExactly(1);
    }
    connection.commit();
    assertThat(held("select count(*) || ' ' || sum(balance) from account where id > 1000"))
        .isEqualTo("50 60");
  }

  @Test
  void savepoints_andErrorsInsideThem_areReplayed() throws SQLException {
    execute("update account set balance = 1 where id = 1");
    Savepoint first = connection.setSavepoint();
    execute("update account set balance = 2 where id = 1");
    Savepoint second = connection.setSavepoint("Second one");
    assertThatThrownBy(() -> execute("insert into account values (1, 1)"))
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("23505");
    connection.rollback(second);
    connection.releaseSavepoint(second);
    execute("update account set balance = 3 where id = 2");

    cluster.failover();

    assertThat(ask("select balance from account where id = 1")).isEqualTo("2");
    connection.rollback(first);
    connection.commit();
    assertThat(balance(1)).isEqualTo("1");
    assertThat(balance(2)).isEqualTo("100");
  }

  @Test
  void failedTransaction_canStillBeRolledBackToItsSavepoint() throws SQLException {
    Savepoint savepoint = connection.setSavepoint();
    assertThatThrownBy(() -> execute("insert into account values (1, 1)"))
        .isInstanceOf(SQLException.class);
    cluster.failover();

    connection.rollback(savepoint);
    execute("update account set balance = 5 where id = 1");
    connection.commit();
    assertThat(balance(1)).isEqualTo("5");
  }

  @Test
  void sessionChangedInsideTheTransaction_isRebuiltAsOfItsBeginning() throws SQLException {
    execute("set app.tenant = 'blue'");
    connection.commit();
    assertThat(ask("show app.tenant")).isEqualTo("blue");
    execute("set local app.tenant = 'green'");
    execute("insert into entry (what) values (current_setting('app.tenant'))");
    execute("set app.tenant = 'red'");
    execute("prepare p as select 42");
    assertThat(ask("select pg_advisory_lock(7)::text")).isEmpty();
    assertThat(ask("execute p")).isEqualTo("42");

    cluster.failover();

    assertThat(ask("show app.tenant")).isEqualTo("red");
    assertThat(ask("execute p")).isEqualTo("42");
    connection.rollback();
    assertThat(ask("show app.tenant")).isEqualTo("blue");
    assertThat(ask("execute p")).isEqualTo("42");
    assertThat(ask("select count(*) from pg_locks where locktype = 'advisory'")).isEqualTo("1");
    assertThat(ask("select pg_advisory_unlock(7)")).isEqualTo("t");
  }

  @Test
  void outputParameters_areCompared() throws SQLException {
    execute("create or replace function twice(i int) returns int language sql as 'select i * 2'");
    try (CallableStatement call = connection.prepareCall("{? = call twice(?)}")) {
      call.registerOutParameter(1, Types.INTEGER);
      call.setInt(2, 21);
      call.execute();
      assertThat(call.getInt(1)).isEqualTo(42);

      cluster.failover();

      assertThat(ask("select 1")).isEqualTo("1");
      call.setInt(2, 4);
      call.execute();
      assertThat(call.getInt(1)).isEqualTo(8);
    }
    connection.commit();
  }

  @Test
  void serverThatDiesUnderTheReplay_isLeftForTheNext() throws SQLException {
    for (int id = 1; id <= 20; id++) {
      execute("update account set balance = 1 where id = " + id);
    }
    cluster
        .standbys()
        .forEach(
            standby ->
                standby
                    .proxy()
                    .cutOn(
                        FaultPoint.before(Backend.COMMAND_COMPLETE)
                            .tagged("UPDATE 1")
                            .occurrence(10)));
    cluster.failover();

    execute("update account set balance = 1 where id = 21");
    connection.commit();

    assertThat(held("select sum(balance) from account where id <= 21")).isEqualTo("21");
  }

  @Test
  void statementsKeepTheirSettings_throughReplaysThatAreCutOffAndGivenUp() throws SQLException {
    try (PreparedStatement read =
        connection.prepareStatement("select id from account order by id")) {
      read.setMaxRows(3);
      read.executeQuery().close();
      read.setMaxRows(7);
      read.setFetchSize(5);
      serverThatDiesUnderTheReplay_isLeftForTheNext();
      assertThat(read.getMaxRows()).isEqualTo(7);
      assertThat(read.getFetchSize()).isEqualTo(5);
      assertThat(read.unwrap(org.postgresql.PGStatement.class).getPrepareThreshold()).isEqualTo(5);
    }
  }

  @Test
  void transactionInWhichReplayIsSwitchedOnAgain_isNotReplayedFromItsMiddle() throws SQLException {
    BatonConnection baton = connection.unwrap(BatonConnection.class);
    baton.disableReplay();
    execute("update account set balance = 0 where id = 1");
    connection.commit();
    execute("update account set balance = 0 where id = 2");
    baton.enableReplay();
    execute("update account set balance = 0 where id = 3");
    cluster.failover();

    assertThatThrownBy(connection::commit)
        .isInstanceOf(TransactionLostException.class)
        .hasMessageContaining("switched off");
    connection.rollback();
    execute("update account set balance = 0 where id = 4");
    cluster.repair();
    cluster.failover();
    connection.commit();
    assertThat(held("select string_agg(balance::text, ' ' order by id) from account where id < 5"))
        .isEqualTo("0 100 100 0");
  }

  @Test
  void replayThatGivesSomethingElse_isRefusedAndSaysWhere() throws SQLException {
    assertThat(ask("select balance from account where id = 1")).isEqualTo("100");
    execute("update account set balance = 0 where id = 2");
    cluster.failover();
    try (Connection other = cluster.primary().connect();
        Statement statement = other.createStatement()) {
      statement.execute("update account set balance = 99 where id = 1");
    }

    TransactionLostException lost =
        catchThrowableOfType(TransactionLostException.class, () -> ask("select 1"));

    assertThat(lost.getSQLState()).isEqualTo("40001");
    assertThat(lost.outcome()).isEqualTo(Outcome.NOT_COMMITTED);
    assertThat((Throwable) lost)
        .hasMessageContaining("its statement 1 of 2 (SELECT) gave other values in its rows");
    assertThatThrownBy(() -> ask("select 1"))
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("25P02");
    connection.rollback();
    assertThat(ask("select balance from account where id = 2")).isEqualTo("100");
  }

  @Test
  void replayThatGivesSomethingElse_leavesNothingBehind() throws SQLException {
    execute("create table if not exists numbered (id bigserial, note text)");
    execute("set app.mine = '1'");
    connection.commit();
    execute("set app.mine = '2'");
    execute("create temp table passing (n int)");
    execute("insert into numbered (note) values ('a')");
    execute("listen replayed");
    ask("select pg_advisory_xact_lock(4711)");
    assertThat(ask("select balance from account where id = 1")).isEqualTo("100");
    cluster.failover();
    try (Connection other = cluster.primary().connect();
        Statement statement = other.createStatement()) {
      statement.execute("update account set balance = 99 where id = 1");

      assertThatThrownBy(() -> ask("select 1")).isInstanceOf(TransactionLostException.class);

      try (ResultSet free = statement.executeQuery("select pg_try_advisory_lock(4711)")) {
        free.next();
        assertThat(free.getBoolean(1)).as("others need not wait for a rollback").isTrue();
      }
    }
    connection.rollback();
    assertThat(ask("select current_setting('app.mine')")).isEqualTo("1");
    assertThat(ask("select to_regclass('pg_temp.passing') is null")).isEqualTo("t");
    assertThat(ask("select count(*) from pg_listening_channels()")).isEqualTo("0");
    connection.commit();
    assertThatThrownBy(() -> ask("select lastval()"))
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("55000");
    connection.rollback();
    assertThat(ask("select count(*) from numbered")).isEqualTo("0");
    execute("drop table numbered");
    connection.commit();
  }

  @Test
  void countThatDiffers_isNamed() throws SQLException {
    assertThat(execute("update account set balance = 0 where id <= 2")).isEqualTo(2);
    cluster.failover();
    try (Connection other = cluster.primary().connect();
        Statement statement = other.createStatement()) {
      statement.execute("delete from account where id = 1");
    }

    assertThatThrownBy(connection::commit)
        .isInstanceOf(TransactionLostException.class)
        .hasMessageContaining("(UPDATE) gave 1 where there had been 2");
    connection.rollback();
  }

  @Test
  void transactionThatACopyBegan_isNotContinuedWithoutIt() throws Exception {
    connection
        .unwrap(PGConnection.class)
        .getCopyAPI()
        .copyIn("copy entry (what) from stdin", new java.io.StringReader("a\n"));
    cluster.failover();

    assertThatThrownBy(() -> execute("update account set balance = 0 where id = 1"))
        .isInstanceOf(TransactionLostException.class)
        .hasMessageContaining("was unwrapped");
    connection.rollback();
    assertThat(balance(1)).isEqualTo("100");
  }

  @Test
  void generatedKeyThatWasSeen_mustBeTheSame() throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into entry (what) values ('a')", Statement.RETURN_GENERATED_KEYS)) {
      insert.executeUpdate();
      insert.executeUpdate(); // Its keys are never looked at.
    }
    cluster.failover();
    execute("update account set balance = 0 where id = 1");
    connection.commit();

    assertThat(held("select count(*) from entry")).isEqualTo("2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"journal", "hint", "switch", "unwrap", "metadata", "stream", "option", "copy"})
  void transactionThatCannotBeReplayed_saysWhy(String why) throws Exception {
    if (why.equals("journal")) {
      reconnect("?baton.journal.maxBytes=1024");
    } else if (why.equals("option")) {
      reconnect("?baton.replay=session");
    }
    execute("update account set balance = 0 where id = 1");
    String reason =
        switch (why) {
          case "journal" -> {
            for (int id = 2; id < 10; id++) {
              execute("update account set balance = 0 where id = " + id);
            }
            yield "larger than baton.journal.maxBytes";
          }
          case "hint" -> {
            execute("/*+ baton:no-replay */ update account set balance = 0 where id = 2");
            yield "a comment in one of its statements forbids it";
          }
          case "switch" -> {
            connection.unwrap(BatonConnection.class).disableReplay();
            yield "switched off";
          }
          case "unwrap" -> {
            connection.unwrap(org.postgresql.jdbc.PgConnection.class);
            yield "was unwrapped";
          }
          case "metadata" -> {
            try (PreparedStatement statement =
                connection.prepareStatement("select what from entry")) {
              statement.getMetaData();
            }
            yield "metadata of a statement";
          }
          case "stream" -> {
            try (PreparedStatement statement =
                connection.prepareStatement("insert into entry (what) values (?)")) {
              statement.setCharacterStream(1, new java.io.StringReader("abc"), 3);
              statement.executeUpdate();
            }
            yield "a parameter was a stream";
          }
          case "copy" -> {
            connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn("copy entry (what) from stdin", new java.io.StringReader("a\n"));
            yield "was unwrapped";
          }
          default -> "switched off";
        };
    cluster.failover();

    TransactionLostException lost =
        catchThrowableOfType(TransactionLostException.class, () -> ask("select 1"));

    assertThat((Throwable) lost)
        .hasMessageContaining("could not be replayed")
        .hasMessageContaining(reason);
    connection.rollback();
    assertThat(balance(1)).isEqualTo("100");
  }
}
