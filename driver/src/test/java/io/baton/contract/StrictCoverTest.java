package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.testkit.PostgresCluster;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * With {@code baton.replayStrict}, a transaction of which not all that it wrote is known is not
 * replayed, and goes on as it does without the option.
 */
class StrictCoverTest extends StrictFixture {

  StrictCoverTest(PostgresCluster cluster) throws SQLException {
    super(cluster);
  }

  private void assertBlocks(String reason) throws SQLException {
    assertThat(((BatonConnection) connection).protection().toString()).contains(reason);
    assertThat((Throwable) assertIsRefusedAfter("select 1")).hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "update strict.seen set balance = 1 where id = 1 | view",
        "insert into strict.base values (1) | children",
        "insert into strict.fired values (1) | trigger",
        "delete from strict.parent where id = 1 | foreign key",
        "insert into strict.defaulting (id) values (1) | function",
        "insert into strict.log values (1) returning id | another way",
        "with gone as (delete from strict.log) select 1 | another way",
        "with gone as (delete from strict.log) update strict.account set balance = 1 | another way",
        "truncate strict.log | another way",
        "create table strict.more as select 1 | another way",
        "explain analyze delete from strict.log | another way",
        "delete from strict.log; delete from strict.log | another way",
      })
  void writesOfWhichNotAllIsKnown_blockTheReplay(String sql, String reason) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }

    assertBlocks(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select * from strict.account for update",
        "select id from strict.account where id = 1 for no key update",
        "select random(), clock_timestamp()",
        "select pg_advisory_xact_lock(3)",
        "lock table strict.log",
        "set local work_mem = '1MB'",
        "explain select 1",
        "update strict.parent set weight = 2",
        "insert into strict.parent (id) values (5)",
      })
  void statementsThatWriteNothingElse_areReplayed(String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }

    assertIsReplayed();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "insert into strict.account values (strict.noted(9))",
        "select strict.noted(9)",
      })
  void functionThatMayWrite_blocksTheReplay(String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }

    assertThat(((BatonConnection) connection).protection().toString()).contains("function");
    cutAnd("select 1");
    // Of code that the text does not show, the state of the session is not known either: 08006.
    assertThat(stateOf(() -> ask("select 5"))).isIn("40001", "08006");
  }

  @Test
  void textThatBeginsATransactionAndWrites_blocksTheReplay() throws SQLException {
    connection.setAutoCommit(true);
    execute("begin; insert into strict.log values (1)");

    assertThat(((BatonConnection) connection).protection().toString()).contains("another way");
    cutAnd("select 1");
    assertThat(stateOf(() -> ask("select 5"))).isEqualTo("40001");
    execute("rollback");
  }

  @Test
  void plainStatement_blocksTheReplay() throws SQLException {
    execute("insert into strict.log values (1)");

    assertBlocks("another way");
  }

  @Test
  void batch_blocksTheReplay() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(DOUBLE)) {
      statement.setInt(1, 1);
      statement.addBatch();
      statement.setInt(1, 2);
      statement.addBatch();
      assertThat(statement.executeBatch()).containsExactly(1, 1);
    }

    assertBlocks("another way");
  }

  @Test
  void generatedKeys_blockTheReplay_andAreReturned() throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into strict.account values (8)", Statement.RETURN_GENERATED_KEYS)) {
      assertThat(statement.executeUpdate()).isEqualTo(1);
      try (ResultSet keys = statement.getGeneratedKeys()) {
        assertThat(keys.next()).isTrue();
        assertThat(keys.getInt("id")).isEqualTo(8);
      }
    }

    assertBlocks("another way");
  }

  @ParameterizedTest
  @ValueSource(strings = {"strict.hidden", "strict.policed"})
  void tableThatTheRoleMayNotRead_isWrittenTo_andBlocksTheReplay(String table) throws SQLException {
    execute("set local role strict_writer");
    assertThat(update("insert into " + table + " values (1)")).isEqualTo(1);
    execute("reset role");

    assertBlocks("may not read");
  }

  @Test
  void tableThatTheRoleMayReadNoLonger_isWrittenTo() throws SQLException {
    execute("set role strict_writer");
    update("insert into strict.account values (11)");
    execute("reset role");
    execute("insert into strict.log values (1)"); // It is blocked before the definition.
    connection.commit();
    connection.setAutoCommit(true);
    execute("revoke select on strict.account from strict_writer");
    connection.setAutoCommit(false);
    execute("set role strict_writer");
    assertThat(update("insert into strict.account values (12)")).isEqualTo(1);
    connection.rollback();
    execute("reset role");
    connection.commit();
  }

  @Test
  void writeOutsideOfATransactionThatIsProtected_isNotCompared() throws SQLException {
    reconnect(STRICT + "&baton.autocommitWrites=protect");
    assertThat(update(DOUBLE, 1)).isEqualTo(1);
    execute("insert into strict.log values (1)");

    assertThat(((BatonConnection) connection).protection().toString())
        .doesNotContain("replayStrict");
    assertThat(committed("select balance from strict.account where id = 1")).isEqualTo("20");
  }
}
