package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** What an application sees in rare ways of use is what it would see with pgjdbc. */
@PostgresTest
class RareWaysTest extends ContractFixture {

  RareWaysTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @Test
  void rowsOfATransactionThatIsOver_areGone_andTheSessionGoesOn() throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(2);
      ResultSet rows = statement.executeQuery("select generate_series(1, 10)");
      rows.next();
      rows.next();
      connection.commit();
      cluster.primary().terminateBackends();

      SQLException failure = catchThrowableOfType(SQLException.class, rows::next);

      assertThat(failure.getSQLState()).as("as the server says of a cursor").isEqualTo("34000");
    }
    insert(1);
    connection.commit();
    assertThat(rows()).isEqualTo("1");
  }

  @Test
  void columnsOfAResult_thatWereNotAskedForInTime_areGone_andTheSessionGoesOn()
      throws SQLException {
    direct("insert into entry values (1)");
    try (Statement statement = connection.createStatement()) {
      ResultSet rows = statement.executeQuery("select id from entry");
      ResultSetMetaData columns = rows.getMetaData();
      cluster.primary().terminateBackends();

      for (int times = 1; times <= 2; times++) {
        SQLException gone =
            catchThrowableOfType(SQLException.class, () -> columns.isAutoIncrement(1));
        assertThat(gone.getSQLState()).isEqualTo("34000");
      }
      assertThat(columns.getColumnLabel(1)).isEqualTo("id");
      assertThat(rows.next()).isTrue();
    }
    assertThat(ask("select count(*) from entry")).isEqualTo("1");
  }

  @Test
  void resultOfALostConnection_isClosedByTheNextCallOfItsStatement() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      ResultSet before = statement.executeQuery("select generate_series(1, 2)");
      assertThat(before.next()).isTrue();
      cluster.primary().terminateBackends();
      assertThat(ask("select 1")).isEqualTo("1");
      assertThat(before.next()).as("it is held in memory").isTrue();

      assertThat(statement.execute("select 2")).isTrue();

      assertThat(before.isClosed()).isTrue();
      assertThat(statement.getResultSet().next()).isTrue();
    }
  }

  @Test
  void updatedRow_thatIsCutOff_cannotTakeEffectLater() throws SQLException {
    direct("insert into entry values (1)");
    try (Statement statement =
            connection.createStatement(
                ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
        ResultSet rows = statement.executeQuery("select id from entry")) {
      rows.next();
      rows.updateInt(1, 2);
      cluster.primary().proxy().cutOn(FaultPoint.before(Frontend.EXECUTE).ofStatement("update"));

      SQLException failure = catchThrowableOfType(SQLException.class, rows::updateRow);

      assertThat(failure.getSQLState()).isEqualTo("08007");
      assertThat(failure.getMessage()).contains("its backend is gone");
    }
  }

  @Test
  void updatedRow_aheadOfWhichTheConnectionIsLost_isCertainlyNotWritten() throws SQLException {
    direct("insert into entry values (1)");
    try (Statement statement =
            connection.createStatement(
                ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
        ResultSet rows = statement.executeQuery("select id from entry")) {
      rows.next();
      rows.updateInt(1, 2);
      cluster
          .primary()
          .proxy()
          .cutOn(FaultPoint.before(Frontend.EXECUTE).ofStatement("system_identifier"));

      SQLException failure = catchThrowableOfType(SQLException.class, rows::updateRow);

      assertThat(failure.getSQLState()).isEqualTo("34000");
    }
    assertThat(rows()).isEqualTo("1");
    insert(3);
    assertThat(rows()).isEqualTo("1 3");
  }

  @Test
  void keys_areReturned_whereAllResultsAreAskedForInBinary() throws SQLException {
    reconnect("?prepareThreshold=-1");
    connection.setAutoCommit(false);
    execute("create temp table keyed (id int generated always as identity, v text)");
    connection.commit();
    for (int id = 1; id <= 2; id++) {
      try (PreparedStatement insert =
          connection.prepareStatement("insert into keyed(v) values (?)", new String[] {"id"})) {
        insert.setString(1, "v");
        insert.executeUpdate();
        ResultSet keys = insert.getGeneratedKeys();
        keys.next();
        assertThat(keys.getInt(1)).isEqualTo(id);
      }
      connection.commit();
    }
  }

  @Test
  void textThatTheServerCannotRead_leavesTheSessionAsItWas() throws SQLException {
    for (String text : new String[] {"selec 1", "select no_such_function(1)", "set no such"}) {
      assertThatThrownBy(() -> execute(text)).isInstanceOf(SQLException.class);
    }
    connection.setAutoCommit(false);
    insert(1);
    cluster.primary().terminateBackends();
    insert(2);
    connection.commit();
    assertThat(rows()).isEqualTo("1 2");
  }

  @Test
  void transactionThatATextHasBegun_isOpenWhateverTheMode_andEndsByTheDriver() throws SQLException {
    execute("begin");
    insert(1);
    connection.setAutoCommit(true);
    assertThat(rows()).isEmpty();
    execute("rollback");

    execute("begin");
    connection.setAutoCommit(false);
    insert(2);
    cluster.primary().proxy().resetConnections();
    insert(3);
    connection.commit();
    assertThat(rows()).isEqualTo("2 3");
    insert(4);
    connection.rollback();
    connection.setAutoCommit(true);
    assertThat(rows()).isEqualTo("2 3");
  }
}
