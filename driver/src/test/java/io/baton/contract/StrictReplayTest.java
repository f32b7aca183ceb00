package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With {@code baton.replayStrict}, a replay writes what the transaction had written, or ends. */
@PostgresTest
class StrictReplayTest extends ContractFixture {

  private static final String STRICT = "?baton.replayStrict=true";

  StrictReplayTest(PostgresCluster cluster) throws SQLException {
    super(cluster, STRICT);
  }

  @BeforeEach
  void data() throws SQLException {
    superuser(
        """
        do $$begin
          if to_regrole('strict_writer') is null then create role strict_writer; end if;
        end$$;
        """
            + "grant strict_writer to "
            + cluster.user());
    direct(
        """
        drop schema if exists strict cascade;
        create schema strict;
        create table strict.account (id int primary key, balance int, name text);
        insert into strict.account values (1, 10, 'a'), (2, 20, 'b'), (3, 30, null);
        create table strict.parent (id int primary key, weight int default 0);
        create table strict.child (id int references strict.parent on delete cascade, name text);
        insert into strict.parent values (1), (2);
        insert into strict.child values (1, 'one'), (2, 'two');
        create view strict.seen as select * from strict.account;
        create table strict."Odd ""name" (old int, new int, t int);
        insert into strict."Odd ""name" values (1, 2, 3);
        create table strict.parted (id int, part int) partition by list (part);
        create table strict.parted1 partition of strict.parted for values in (1);
        create table strict.parted2 partition of strict.parted for values in (2);
        insert into strict.parted values (1, 1), (2, 2);
        create table strict.base (id int);
        create table strict.heir () inherits (strict.base);
        create table strict.fired (id int, at int);
        create table strict.log (id int);
        create function strict.fire() returns trigger language plpgsql as
          'begin new.at := coalesce(new.at, 0) + 1; return new; end';
        create trigger fire before insert or update on strict.fired
          for each row execute function strict.fire();
        create function strict.noted(int) returns int language sql volatile as
          'insert into strict.log values ($1) returning id';
        create table strict.defaulting (id int, noted int default strict.noted(7));
        create table strict.policed (id int);
        alter table strict.policed enable row level security;
        alter table strict.policed force row level security;
        create policy own on strict.policed for insert with check (true);
        create table strict.hidden (id int, note text);
        grant usage on schema strict to strict_writer;
        grant insert on strict.hidden, strict.policed to strict_writer;
        grant select, insert, update on strict.account to strict_writer;
        """);
    connection.setAutoCommit(false);
  }

  private void superuser(String sql) throws SQLException {
    try (Connection superuser = cluster.primary().connectAsSuperuser();
        Statement statement = superuser.createStatement()) {
      statement.execute(sql);
    }
  }

  private int update(String sql, Object... values) throws SQLException {
    return update(connection, sql, values);
  }

  private static int update(Connection on, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = on.prepareStatement(sql)) {
      for (int index = 0; index < values.length; index++) {
        statement.setObject(index + 1, values[index]);
      }
      return statement.executeUpdate();
    }
  }

  /** Ends the connection; before it is restored, another client changes something. */
  private void cutAnd(String change) throws SQLException {
    cutAll();
    direct(change);
    restore();
  }

  private void assertIsReplayed() throws SQLException {
    assertIsReplayedAfter("select 1");
  }

  private void assertIsReplayedAfter(String change) throws SQLException {
    cutAnd(change);
    assertThat(ask("select 5")).isEqualTo("5");
    connection.commit();
  }

  private SQLException assertIsRefusedAfter(String change) throws SQLException {
    cutAnd(change);
    SQLException failure = failure(() -> ask("select 5"));
    assertThat(failure.getSQLState()).isEqualTo("40001");
    connection.rollback();
    return failure;
  }

  private String committed(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      return ask(direct, sql);
    }
  }

  // ------------------------------------------------------------------------ what is written

  private static final String DOUBLE =
      "update strict.account set balance = balance * 2 where id = ?";

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

  // -------------------------------------------------------------------------- what is not compared

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
    execute("revoke select on strict.account from strict_writer");
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
