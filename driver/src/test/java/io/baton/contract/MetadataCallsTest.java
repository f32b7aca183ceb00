package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.ArmedFault;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls without a text of SQL for which the PostgreSQL driver asks the server. */
class MetadataCallsTest extends ContractFixture {

  /** They end the connection, or hand it out. */
  private static final Set<String> NOT_CALLED = Set.of("close", "getConnection");

  MetadataCallsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  // ------------------------------------------------------------------- where a transaction begins

  private static Stream<Method> withoutArguments(Class<?> type) {
    return Arrays.stream(type.getMethods())
        .filter(method -> method.getParameterCount() == 0)
        .filter(method -> !NOT_CALLED.contains(method.getName()))
        .sorted(Comparator.comparing(Method::getName));
  }

  /** The connection stands on a standby and reads; from the next transaction on it may write. */
  private void switchToWriting() throws SQLException {
    reconnect("?baton.consistency=eventual");
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    ask("select 1");
    connection.commit();
    connection.setReadOnly(false);
  }

  private void assertWritesAfter(Method method, boolean ofMetaData, List<String> wrong)
      throws SQLException {
    switchToWriting();
    try {
      method.invoke(ofMetaData ? connection.getMetaData() : connection);
    } catch (ReflectiveOperationException refused) {
      // What the driver does not implement asks nothing either.
    }
    try {
      insert(1);
      if (!"false".equals(ask("select pg_is_in_recovery()::text"))) {
        wrong.add(method.getName() + " goes on at a standby");
      }
      connection.rollback();
    } catch (SQLException refused) {
      wrong.add(method.getName() + ": " + refused.getMessage());
    }
  }

  /** The driver's own question would begin it on the server, and in the mode, of the one before. */
  @Test
  void firstCallAfterASwitchToWriting_leavesTheTransactionToTheWriter() throws SQLException {
    awaitReaders(connection, 2);
    List<String> wrong = new ArrayList<>();
    List<Method> ofConnection = withoutArguments(Connection.class).toList();
    List<Method> ofMetaData = withoutArguments(DatabaseMetaData.class).toList();
    assertThat(ofConnection).hasSizeGreaterThan(20);
    assertThat(ofMetaData).hasSizeGreaterThan(130);

    for (Method method : ofConnection) {
      assertWritesAfter(method, false, wrong);
    }
    for (Method method : ofMetaData) {
      assertWritesAfter(method, true, wrong);
    }

    assertThat(wrong).isEmpty();
  }

  @Test
  void columnsOfAResultOfBefore_askedAfterASwitchToWriting_beginNothing() throws SQLException {
    awaitReaders(connection, 2);
    reconnect("?baton.consistency=eventual");
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select id from entry")) {
      connection.commit();
      connection.setReadOnly(false);
      assertThat(rows.getMetaData().isAutoIncrement(1)).isFalse();
      insert(1);
    }
    connection.commit();

    assertThat(rows()).isEqualTo("1");
  }

  // ----------------------------------------------------------------------------- as the driver's

  @Test
  void metaData_isTheSameForAsLongAsTheConnectionLives() throws SQLException {
    DatabaseMetaData metaData = connection.getMetaData();
    cluster.primary().terminateBackends();
    ask("select 1");

    assertThat(connection.getMetaData()).isSameAs(metaData);
    assertThat(metaData.getDatabaseProductName()).isEqualTo("PostgreSQL");
  }

  @Test
  void statementOfRowsOfTheCatalogue_isOfTheConnection_andClosesThem() throws SQLException {
    ResultSet tables = connection.getMetaData().getTables(null, null, "entry", null);
    Statement statement = tables.getStatement();

    assertThat(statement.getConnection()).isSameAs(connection);
    assertThat(statement.isCloseOnCompletion()).isTrue();
    assertThat(statement.getResultSet()).isSameAs(tables);
    statement.close();
    assertThat(tables.isClosed()).isTrue();
  }

  @Test
  void statementOfRowsOfTheCatalogue_afterAReplay_closesThem() throws SQLException {
    connection.setAutoCommit(false);
    ResultSet tables = connection.getMetaData().getTables(null, null, "%", null);
    Statement statement = tables.getStatement();
    tables.next();
    cluster.primary().terminateBackends();
    insert(1);
    assertThat(tables.next()).isTrue();
    statement.close();

    assertThat(tables.isClosed()).isTrue();
    assertThat(statement.isClosed()).isTrue();
    connection.commit();
  }

  @Test
  void rowsOfTheCatalogue_thatAreClosed_closeTheirStatement() throws SQLException {
    ResultSet types = connection.getMetaData().getTableTypes();
    Statement statement = types.getStatement();
    types.close();

    assertThat(statement.isClosed()).isTrue();
  }

  // ---------------------------------------------------------------------------- what becomes of it

  /** A call, and a part of the text by which the driver asks. */
  enum Asking {
    CATALOG("current_catalog") {
      @Override
      Object of(Connection connection) throws SQLException {
        return connection.getCatalog();
      }
    },
    SCHEMA("current_schema") {
      @Override
      Object of(Connection connection) throws SQLException {
        return connection.getSchema();
      }
    },
    KEYWORDS("pg_get_keywords") {
      @Override
      Object of(Connection connection) throws SQLException {
        return connection.getMetaData().getSQLKeywords();
      }
    },
    NAME_LENGTH("typlen") {
      @Override
      Object of(Connection connection) throws SQLException {
        return connection.getMetaData().getMaxColumnNameLength();
      }
    },
    ISOLATION("default_transaction_isolation") {
      @Override
      Object of(Connection connection) throws SQLException {
        return connection.getMetaData().getDefaultTransactionIsolation();
      }
    },
    TABLES("relkind") {
      @Override
      Object of(Connection connection) throws SQLException {
        return columnOf(connection.getMetaData().getTables(null, null, "entry", null), 3);
      }
    },
    COLUMNS("attname") {
      @Override
      Object of(Connection connection) throws SQLException {
        return columnOf(connection.getMetaData().getColumns(null, null, "entry", null), 4);
      }
    },
    KEYS("conkey") {
      @Override
      Object of(Connection connection) throws SQLException {
        return columnOf(connection.getMetaData().getPrimaryKeys(null, null, "entry"), 4);
      }
    };

    private final String asked;

    Asking(String asked) {
      this.asked = asked;
    }

    abstract Object of(Connection connection) throws SQLException;

    private static List<String> columnOf(ResultSet result, int column) throws SQLException {
      List<String> values = new ArrayList<>();
      try (result) {
        while (result.next()) {
          values.add(result.getString(column));
        }
      }
      return values;
    }
  }

  private ArmedFault cutOff(Asking asking, Message message) {
    return cluster
        .primary()
        .proxy()
        .on(
            FaultPoint.before(message).ofStatement(sql -> sql.contains(asking.asked)),
            cluster.primary()::terminateBackends);
  }

  @ParameterizedTest
  @EnumSource
  void firstCallOfATransaction_thatIsCutOff_isMadeAgain(Asking asking) throws SQLException {
    Object told = asking.of(connection);
    reconnect("");
    ask("select 1");
    connection.setAutoCommit(false);
    ArmedFault fault = cutOff(asking, Frontend.EXECUTE);

    assertThat(asking.of(connection)).isEqualTo(told);
    assertThat(fault.hasFired()).isTrue();
    insert(1);
    connection.commit();

    assertThat(rows()).isEqualTo("1");
  }

  @ParameterizedTest
  @EnumSource
  void firstCallOfATransaction_leavesItsReplay(Asking asking) throws SQLException {
    connection.setAutoCommit(false);
    asking.of(connection);
    insert(1);
    cluster.primary().terminateBackends();
    insert(2);
    connection.commit();

    assertThat(rows()).isEqualTo("1 2");
  }

  @ParameterizedTest
  @EnumSource
  void callInsideOfATransaction_thatIsCutOff_isReplayed(Asking asking) throws SQLException {
    Object told = asking.of(connection);
    reconnect("");
    connection.setAutoCommit(false);
    insert(1);
    ArmedFault fault = cutOff(asking, Backend.COMMAND_COMPLETE);

    assertThat(asking.of(connection)).isEqualTo(told);
    assertThat(fault.hasFired()).isTrue();
    connection.commit();

    assertThat(rows()).isEqualTo("1");
  }

  /** One that swallowed it would leave the application with a 25P02 of which it knows no reason. */
  @ParameterizedTest
  @EnumSource
  void callInsideOfATransactionThatIsLost_saysSo(Asking asking) throws SQLException {
    reconnect("?baton.replay=session");
    connection.setAutoCommit(false);
    insert(1);
    ArmedFault fault = cutOff(asking, Frontend.EXECUTE);

    assertThat(stateOf(() -> asking.of(connection))).isEqualTo("40001");
    assertThat(fault.hasFired()).isTrue();
    connection.rollback();
  }

  @ParameterizedTest
  @EnumSource
  void callOutsideOfATransaction_thatIsCutOff_isMadeAgain(Asking asking) throws SQLException {
    Object told = asking.of(connection);
    reconnect("?baton.autocommitWrites=protect");
    ArmedFault fault = cutOff(asking, Backend.COMMAND_COMPLETE);

    assertThat(asking.of(connection)).isEqualTo(told);
    assertThat(fault.hasFired()).isTrue();
  }

  /** As often as has the driver ask for values in the binary format of their types. */
  @Test
  void rowsOfTheCatalogue_thatAreTheSame_areReadOnAfterAReplay() throws SQLException {
    connection.setAutoCommit(false);
    for (int time = 0; time < 8; time++) {
      connection.getMetaData().getPrimaryKeys(null, null, "entry").close();
    }
    try (ResultSet keys = connection.getMetaData().getPrimaryKeys(null, null, "entry")) {
      assertThat(keys.next()).isTrue();
      cluster.primary().terminateBackends();
      insert(1);
      assertThat(keys.getString("COLUMN_NAME")).isEqualTo("id");
      assertThat(keys.getShort("KEY_SEQ")).isEqualTo((short) 1);
      assertThat(keys.next()).isFalse();
    }
    connection.commit();

    assertThat(rows()).isEqualTo("1");
  }

  @Test
  void rowsOfTheCatalogue_thatAreOthers_areRefused() throws SQLException {
    direct("drop table if exists passing; create table passing (id int)");
    connection.setAutoCommit(false);
    connection.getMetaData().getTables(null, null, "passing", null).close();
    cutAll();
    direct("drop table passing");
    restore();

    assertThat(stateOf(() -> insert(1))).isEqualTo("40001");
    connection.rollback();
  }
}
