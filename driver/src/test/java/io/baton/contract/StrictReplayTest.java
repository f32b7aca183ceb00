package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With {@code baton.replayStrict}, a replay writes what the transaction had written, or ends. */
class StrictReplayTest extends StrictFixture {

  StrictReplayTest(PostgresCluster cluster) throws SQLException {
    super(cluster);
  }

  @Test
  void blindUpdateOfARowThatChanged_isRefused() throws SQLException {
    assertThat(update(DOUBLE, 1)).isEqualTo(1);

    SQLException failure =
        assertIsRefusedAfter("update strict.account set balance = 11 where id = 1");

    assertThat((Throwable) failure).hasMessageContaining("statement 1 of 1 (UPDATE)");
    assertThat((Throwable) failure).hasMessageContaining("other values in the rows that it wrote");
    assertThat(committed("select balance from strict.account where id = 1")).isEqualTo("11");
  }

  @Test
  void blindUpdateOfARowThatChanged_isReplayedWithoutTheOption() throws SQLException {
    reconnect("");
    connection.setAutoCommit(false);
    update(DOUBLE, 1);

    assertIsReplayedAfter("update strict.account set balance = 11 where id = 1");

    assertThat(committed("select balance from strict.account where id = 1")).isEqualTo("22");
  }

  @Test
  void writesOfRowsThatDidNotChange_areReplayed() throws SQLException {
    update(DOUBLE, 1);
    update("insert into strict.account (id, balance) values (?, 40)", 4);
    update("delete from strict.account where id = ?", 2);
    update("update strict.account set name = name || 'x'");

    assertIsReplayedAfter("update strict.parent set weight = 3");

    assertThat(committed("select string_agg(account::text, ' ' order by id) from strict.account"))
        .isEqualTo("(1,20,ax) (3,30,) (4,40,)");
  }

  @Test
  void deleteOfARowThatChanged_isRefused() throws SQLException {
    assertThat(update("delete from strict.account where id = 1")).isEqualTo(1);

    assertIsRefusedAfter("update strict.account set name = 'z' where id = 1");
  }

  @Test
  void insertOfRowsThatAreOthersNow_isRefused() throws SQLException {
    update("insert into strict.account select id + 10, balance from strict.account");

    assertIsRefusedAfter("update strict.account set balance = 31 where id = 3");
  }

  @Test
  void asManyRowsInAnotherOrder_areTheSame() throws SQLException {
    update("insert into strict.log select balance from strict.account");

    assertIsReplayedAfter("update strict.account set name = 'moved' where id = 1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "update strict.account as a set balance = a.balance + 1 where a.id = 1",
        "update strict.account a set balance = a.balance + 1 where a.id = 1;",
        "update only strict.account set balance = balance + 1 where id = 1 -- the end",
        "/* first */ update strict.account set balance = balance + 1 where id = 1 /* last */ ; --",
        "with one as (select 1 as id) update strict.account a set balance = a.balance + 1"
            + " from one where a.id = one.id",
        "insert into strict.account (id, balance) values (1, 5)"
            + " on conflict (id) do update set balance = account.balance + excluded.balance",
        "insert into strict.account as \"A\" values (1, 5)"
            + " on conflict (id) do update set balance = \"A\".balance + 1",
        "delete from strict.account using strict.parent p where p.id = account.id and p.id = 1",
      })
  void formsOfBlindWrites_areRefusedIfTheRowChangedAndReplayedIfNot(String sql)
      throws SQLException {
    assertThat(update(sql)).isEqualTo(1);
    assertIsReplayed();
    direct("delete from strict.account");
    direct("insert into strict.account values (1, 10, 'a')");

    assertThat(update(sql)).isEqualTo(1);
    assertIsRefusedAfter("update strict.account set balance = 1000 where id = 1");
  }

  @Test
  void quotedNamesAndColumnsNamedOldAndNew_areCompared() throws SQLException {
    String sql = "update strict.\"Odd \"\"name\" t set t = old + new where t.old = 1";
    assertThat(update(sql)).isEqualTo(1);
    assertIsReplayed();

    assertThat(update("delete from strict.\"Odd \"\"name\"")).isEqualTo(1);
    assertIsRefusedAfter("update strict.\"Odd \"\"name\" set new = 5");
  }

  @Test
  void writeOfNoRows_isReplayed_andRefusedIfItFindsOne() throws SQLException {
    assertThat(update("delete from strict.account where id = 7")).isZero();
    assertIsReplayed();
    assertThat(update("delete from strict.account where id = 7")).isZero();

    assertThat((Throwable) assertIsRefusedAfter("insert into strict.account values (7)"))
        .hasMessageContaining("gave 1 where there had been 0");
  }

  @Test
  void writesOfAPartitionedTable_areCompared() throws SQLException {
    update("update strict.parted set part = 3 - part where id = 1");
    assertIsReplayed();
    update("update strict.parted set id = id * 2");

    assertIsRefusedAfter("update strict.parted set id = 9 where id = 2");
  }

  @Test
  void mergeOfARowThatChanged_isRefused_whereItCanReturnRows() throws SQLException {
    int version = cluster.version().major();
    if (version < 15) {
      return; // There is no MERGE.
    }
    String sql =
        "merge into strict.account a using strict.parent p on p.id = a.id"
            + " when matched and a.id = 1 then update set balance = a.balance + 1"
            + " when matched then delete";
    assertThat(update(sql)).isEqualTo(2);
    if (version < 17) {
      assertIsRefusedAfter("select 1");
      return;
    }
    assertIsReplayed();
    assertThat(update(sql)).isEqualTo(1);

    assertIsRefusedAfter("update strict.account set balance = 100 where id = 1");
  }

  @Test
  void valueThatWasThereBefore_countsWhereTheServerReturnsIt() throws SQLException {
    update("update strict.account set balance = 0 where id = 1");
    cutAnd("update strict.account set balance = 11 where id = 1");

    if (cluster.version().major() < 18) {
      assertThat(ask("select 5")).isEqualTo("5");
    } else {
      assertThat(stateOf(() -> ask("select 5"))).isEqualTo("40001");
    }
    connection.rollback();
  }

  @Test
  void manyExecutions_areComparedOneByOne() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(DOUBLE)) {
      for (int round = 0; round < 12; round++) { // The driver prepares it on the server meanwhile.
        statement.setInt(1, 1 + round % 3);
        assertThat(statement.executeUpdate()).isEqualTo(1);
      }
      cutAnd("select 1");
      assertThat(ask("select balance from strict.account where id = 2")).isEqualTo("320");
      statement.setInt(1, 2);
      assertThat(statement.executeUpdate()).isEqualTo(1);
      cutAnd("update strict.account set balance = 31 where id = 3");
      assertThat(stateOf(statement::executeUpdate)).isEqualTo("40001");
      connection.rollback();
    }
  }

  @Test
  void countOfAWriteThatWasReplayed_isStillTold() throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("update strict.account set balance = 1")) {
      assertThat(statement.execute()).isFalse();
      cutAnd("select 1");
      assertThat(ask("select 5")).isEqualTo("5");
      assertThat(statement.getUpdateCount()).isEqualTo(3);
      assertThat((Object) statement.getResultSet()).isNull();
      assertThat(statement.getMoreResults()).isFalse();
      assertThat(statement.getUpdateCount()).isEqualTo(-1);
      assertThat(statement.executeLargeUpdate()).isEqualTo(3);
    }
    connection.commit();
  }

  @Test
  void commitThatIsCutOff_isSettledAndReplayed() throws SQLException {
    update(DOUBLE, 1);
    cutAnd("select 1");
    connection.commit();

    assertThat(committed("select balance from strict.account where id = 1")).isEqualTo("20");
  }
}
