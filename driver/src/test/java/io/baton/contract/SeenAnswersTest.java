package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the application was told besides the rows themselves must be the same after a replay. */
@Tag("campaign")
class SeenAnswersTest extends ContractFixture {

  SeenAnswersTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void data() throws SQLException {
    direct("insert into entry values (1), (2)");
    direct("drop table if exists shape, pair");
    direct("create table shape (a int, b int)");
    direct("create table pair (a int, b int)");
    direct("alter table pair add constraint pair_first unique (a)");
    direct("alter table pair add constraint pair_second unique (b)");
    direct("insert into pair values (1, 2)");
    connection.setAutoCommit(false);
  }

  /** Ends the connection; before it is restored, another client changes something. */
  private void cutAnd(String change) throws SQLException {
    cutAll();
    direct(change);
    restore();
  }

  private void assertIsReplayed() throws SQLException {
    cutAnd("select 1");
    assertThat(ask("select 5")).isEqualTo("5");
    connection.commit();
  }

  private void assertIsRefusedAfter(String change) throws SQLException {
    cutAnd(change);
    assertThat(stateOf(() -> ask("select 5"))).isEqualTo("40001");
    connection.rollback();
  }

  // ------------------------------------------------------------------------------- where it stands

  @ParameterizedTest
  @CsvSource({
    "2, true, insert into entry values (3)",
    "1, false, delete from entry where id = 2",
  })
  void isLast_thatAnswersOtherwise_isRefused(int rowsRead, boolean last, String change)
      throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select id from entry order by id")) {
      for (int row = 1; row <= rowsRead; row++) {
        rows.next();
      }
      assertThat(rows.isLast()).isEqualTo(last);

      assertIsRefusedAfter(change);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void isLast_thatAnswersTheSame_leavesTheResultOnItsRow(int fetchSize) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(fetchSize);
      try (ResultSet rows = statement.executeQuery("select id from entry order by id")) {
        rows.next();
        assertThat(rows.isLast()).isFalse();
        cutAnd("select 1");
        assertThat(ask("select 5")).isEqualTo("5");
        assertThat(rows.getInt(1)).isEqualTo(1);
        rows.next();
        assertThat(rows.isLast()).isTrue();
        cutAnd("select 1");
        assertThat(ask("select 5")).isEqualTo("5");
        assertThat(rows.getInt("id")).isEqualTo(2);
        assertThat(rows.next()).isFalse();
      }
    }
    connection.commit();
  }

  @ParameterizedTest
  @CsvSource({
    "id > 2, false, insert into entry values (3)",
    "id < 2, true, delete from entry where id = 1",
  })
  void isBeforeFirst_thatAnswersOtherwise_isRefused(String which, boolean before, String change)
      throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select id from entry where " + which)) {
      assertThat(rows.isBeforeFirst()).isEqualTo(before);

      assertIsRefusedAfter(change);
    }
  }

  @Test
  void positionInAResultThatScrolls_thatIsAnother_isRefused() throws SQLException {
    try (Statement statement =
            connection.createStatement(
                ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
        ResultSet rows = statement.executeQuery("select 1 from entry")) {
      assertThat(rows.last()).isTrue();
      assertThat(rows.getRow()).isEqualTo(2);

      assertIsRefusedAfter("insert into entry values (3)");
    }
  }

  // ---------------------------------------------------------------------------- errors and
  // warnings

  private void violate() throws SQLException {
    Savepoint before = connection.setSavepoint();
    assertThat(stateOf(() -> execute("insert into pair values (1, 3)"))).isEqualTo("23505");
    connection.rollback(before);
  }

  @Test
  void errorOfTheSameStateThatNamesAnotherConstraint_isRefused() throws SQLException {
    violate();

    assertIsRefusedAfter("update pair set a = 9, b = 3");
  }

  @Test
  void errorThatIsTheSame_isReplayed() throws SQLException {
    violate();

    assertIsReplayed();
  }

  @Test
  void errorRaisedByAFetch_isNotReplayedAsIfItHadNotBeen() throws SQLException {
    Savepoint before = connection.setSavepoint();
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(1);
      try (ResultSet rows = statement.executeQuery("select 1 / (2 - id) from entry order by id")) {
        rows.next();
        assertThat(stateOf(rows::next)).isEqualTo("22012");
      }
    }
    connection.rollback(before);

    assertIsRefusedAfter("update entry set id = 5 where id = 2");
  }

  private Statement notice() throws SQLException {
    Statement statement = connection.createStatement();
    statement.execute("do $$begin raise notice '% rows', (select count(*) from entry); end$$");
    return statement;
  }

  @Test
  void warningThatWasRead_isCompared() throws SQLException {
    try (Statement statement = notice()) {
      SQLWarning warning = Objects.requireNonNull(statement.getWarnings());
      assertThat(warning.getMessage()).isEqualTo("2 rows");
      cutAnd("insert into entry values (3)");

      // Of code that the text does not show, the state of the session is not known either: 08006.
      assertThat(stateOf(() -> ask("select 5"))).isIn("40001", "08006");
    }
  }

  @Test
  void warningThatWasReadAndIsTheSame_isReplayed() throws SQLException {
    try (Statement statement = notice()) {
      assertThat((Object) statement.getWarnings()).isNotNull();

      assertIsReplayed();
    }
  }

  @Test
  void warningThatWasNotRead_isNotCompared() throws SQLException {
    try (Statement statement = notice()) {
      statement.clearWarnings();
      assertThat((Object) statement.getWarnings()).isNull();
      cutAnd("insert into entry values (3)");

      assertThat(ask("select 5")).isEqualTo("5");
      assertThat((Object) statement.getWarnings()).isNull();
    }
    connection.commit();
  }

  // ------------------------------------------------------------------------------------- columns

  @Test
  void columnsThatWereAskedFor_areCompared() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select * from shape")) {
      assertThat(rows.getMetaData().getColumnLabel(1)).isEqualTo("a");
      assertThat(rows.next()).isFalse();

      assertIsRefusedAfter("alter table shape rename a to c");
    }
  }

  @Test
  void typeOfAColumnThatWasAskedFor_isCompared() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select * from shape")) {
      assertThat(rows.getMetaData().getColumnTypeName(1)).isEqualTo("int4");

      assertIsRefusedAfter("alter table shape alter a type bigint");
    }
  }

  @Test
  void columnsThatWereExchanged_areRefused_whenARowWasReadByName() throws SQLException {
    direct("insert into shape values (1, 1)");
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select * from shape")) {
      rows.next();
      assertThat(rows.getInt("a")).isEqualTo(1);

      assertIsRefusedAfter(
          "alter table shape rename a to c; alter table shape rename b to a;"
              + " alter table shape rename c to b");
    }
  }

  @Test
  void columnsThatAreTheSame_areReplayed() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select id, id + 1 as more from entry")) {
      assertThat(rows.getMetaData().getColumnTypeName(2)).isEqualTo("int4");
      assertThat(rows.getMetaData().getTableName(1)).isEqualTo("entry");
      assertThat(rows.findColumn("more")).isEqualTo(2);

      assertIsReplayed();
    }
  }

  @Test
  void columnsOfAStatementThatWasNotExecuted_areNotCompared_soItIsRefused() throws SQLException {
    ask("select 1");
    try (PreparedStatement statement = connection.prepareStatement("select * from shape")) {
      assertThat(Objects.requireNonNull(statement.getMetaData()).getColumnCount()).isEqualTo(2);

      assertIsRefusedAfter("alter table shape rename a to c");
    }
  }

  // ----------------------------------------------------------------- a result read by another
  // thread

  private void replayWhile(AtomicBoolean done, CountDownLatch reading) throws Exception {
    reading.await();
    for (int replays = 0; replays < 3; replays++) {
      cutAnd("select 1");
      assertThat(ask("select 5")).isEqualTo("5");
    }
    done.set(true);
  }

  private static void assertIsRow(ResultSet rows, int number) throws SQLException {
    assertThat(rows.getInt(1)).isEqualTo(number);
    assertThat(rows.getString(2)).isNull();
    assertThat(rows.wasNull()).isTrue();
    assertThat(rows.getInt(3)).isEqualTo(-number);
    assertThat(rows.wasNull()).isFalse();
  }

  private static final String SERIES = "select i, null::text, -i from generate_series(1, 100000) i";

  @ParameterizedTest
  @ValueSource(ints = {0, 100})
  void resultReadByOneThread_whileTheCallOfAnotherReplays_givesEachRowOnce(int fetchSize)
      throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch reading = new CountDownLatch(1);
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(fetchSize);
      try (ResultSet rows = statement.executeQuery(SERIES)) {
        BackgroundCall reader =
            BackgroundCall.start(
                () -> {
                  int number = 0;
                  while (rows.next()) {
                    number++;
                    do {
                      assertIsRow(rows, number);
                    } while (number == 50_000 && !done.get());
                    reading.countDown();
                  }
                  assertThat(number).isEqualTo(100_000);
                });

        replayWhile(done, reading);

        assertThat(reader.endsWithin(Duration.ofSeconds(60))).isEmpty();
      }
    }
    connection.commit();
  }

  @Test
  void resultThatScrolls_readByOneThread_whileTheCallOfAnotherReplays_staysOnItsRow()
      throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch reading = new CountDownLatch(1);
    try (Statement statement =
            connection.createStatement(
                ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
        ResultSet rows = statement.executeQuery(SERIES)) {
      BackgroundCall reader =
          BackgroundCall.start(
              () -> {
                for (int number = 1; !done.get(); number = number % 100_000 + 1) {
                  assertThat(rows.absolute(number)).isTrue();
                  assertIsRow(rows, number);
                  assertThat(rows.getRow()).isEqualTo(number);
                  reading.countDown();
                }
              });

      replayWhile(done, reading);

      assertThat(reader.endsWithin(Duration.ofSeconds(60))).isEmpty();
    }
    connection.commit();
  }

  /**
   * The server undoes the transaction, and the connection stays: the former result is still open.
   */
  @Test
  void resultOfATransactionThatIsReplayedOnItsOwnConnection_isReadOn() throws SQLException {
    connection.rollback();
    reconnect("?baton.retryConflicts=2");
    connection.setAutoCommit(false);
    execute("set transaction isolation level repeatable read");
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select id from entry order by id");
        Connection other = cluster.primary().connect()) {
      rows.next();
      ask(other, "update pair set b = 7 returning b");

      execute("update pair set b = b + 1");

      assertThat(rows.getInt(1)).isEqualTo(1);
      assertThat(rows.next()).isTrue();
      assertThat(rows.getInt(1)).isEqualTo(2);
    }
    connection.commit();
  }
}
