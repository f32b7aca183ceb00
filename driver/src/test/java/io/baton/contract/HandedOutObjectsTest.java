package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.postgresql.fastpath.Fastpath;
import org.postgresql.fastpath.FastpathArg;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.jdbc.PgStatement;

/**
 * Objects of pgjdbc in the hands of an application that uses nothing else: the next one that it
 * asks for is of a connection that works.
 */
class HandedOutObjectsTest extends ContractFixture {

  HandedOutObjectsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  private CopyManager manager() throws SQLException {
    return connection.unwrap(PGConnection.class).getCopyAPI();
  }

  private long copy(int id) throws SQLException {
    return copy(manager(), id);
  }

  private static long copy(CopyManager manager, int id) throws SQLException {
    try {
      return manager.copyIn("copy entry from stdin", new StringReader(id + "\n"));
    } catch (IOException unexpected) {
      throw new AssertionError(unexpected);
    }
  }

  private void cut(boolean isTold) {
    if (isTold) {
      cluster.primary().terminateBackends();
    } else {
      cutAll();
      restore();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void copy_afterOneThatWasCutOff_isMadeOnAConnectionThatWorks(boolean isTold) throws SQLException {
    copy(1);
    CopyManager before = manager();
    cut(isTold);
    assertThat(stateOf(() -> copy(before, 2))).isIn("08006", "57P01");

    assertThat(copy(3)).isEqualTo(1);
    assertThat(rows()).isEqualTo("1 3");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void copy_thatBeginsATransaction_afterOneThatWasCutOff_isMadeOnAConnectionThatWorks(
      boolean isTold) throws SQLException {
    connection.setAutoCommit(false);
    copy(1);
    connection.commit();
    CopyManager before = manager();
    cut(isTold);
    assertThat(stateOf(() -> copy(before, 2))).isIn("08006", "57P01");
    connection.rollback();

    assertThat(copy(3)).isEqualTo(1);
    connection.commit();
    assertThat(rows()).isEqualTo("1 3");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void copy_afterALossBetweenTwo_isMadeOnAConnectionThatWorks(boolean isTold) throws SQLException {
    copy(1);
    cut(isTold);

    assertThat(copy(2)).isEqualTo(1);
    assertThat(rows()).isEqualTo("1 2");
  }

  @Test
  void copy_inATransactionThatWasCutOff_isToldOfItsLoss() throws SQLException {
    connection.setAutoCommit(false);
    copy(1);
    CopyManager before = manager();
    cut(false);
    assertThat(stateOf(() -> copy(before, 2))).isEqualTo("08006");

    assertThat(stateOf(() -> copy(3))).isEqualTo("40001");
    assertThat(stateOf(() -> copy(4))).isEqualTo("25P02");
    connection.rollback();
    copy(5);
    connection.commit();
    assertThat(rows()).isEqualTo("5");
  }

  @Test
  void copy_afterALostTransaction_isRefusedUntilTheRollback() throws SQLException {
    reconnect("?baton.replay=session");
    connection.setAutoCommit(false);
    insert(1);
    cut(false);
    assertThat(stateOf(() -> insert(2))).isEqualTo("40001");

    assertThat(stateOf(() -> copy(3))).isEqualTo("25P02");
    connection.rollback();
    copy(4);
    connection.commit();
    assertThat(rows()).isEqualTo("4");
  }

  @Test
  void objects_areHandedOutInAFailedTransaction() throws SQLException {
    connection.setAutoCommit(false);
    copy(1);
    assertThat(stateOf(() -> ask("select 1/0"))).isEqualTo("22012");

    BaseConnection driver = connection.unwrap(BaseConnection.class);
    assertThat(driver.getTransactionState()).isEqualTo(TransactionState.FAILED);
    assertThat(manager()).isNotNull();
    assertThat(stateOf(() -> copy(2))).isEqualTo("25P02");
    connection.rollback();
    copy(3);
    connection.commit();
    assertThat(rows()).isEqualTo("3");
  }

  @Test
  void objects_areHandedOutAfterStatementsWereDeallocated() throws SQLException {
    reconnect("?prepareThreshold=1");
    connection.unwrap(PgConnection.class).setFlushCacheOnDeallocate(false);
    connection.setAutoCommit(false);
    copy(1);
    copy(2);
    insert(3);
    execute("deallocate all");

    copy(4);
    connection.commit();
    assertThat(rows()).isEqualTo("1 2 3 4");
  }

  /** What is handed out, and a call on it that needs a server. */
  enum HandedOut {
    CONNECTION {
      @Override
      void use(PGConnection connection) throws SQLException {
        PgConnection own = ((Connection) connection).unwrap(PgConnection.class);
        try (Statement statement = own.createStatement();
            ResultSet rows = statement.executeQuery("select 1")) {
          assertThat(rows.next()).isTrue();
        }
      }
    },
    STATEMENT {
      @Override
      void use(PGConnection connection) throws SQLException {
        try (Statement statement = ((Connection) connection).createStatement();
            ResultSet rows = statement.unwrap(PgStatement.class).executeQuery("select 1")) {
          assertThat(rows.next()).isTrue();
        }
      }
    },
    FASTPATH {
      @Override
      @SuppressWarnings("deprecation")
      void use(PGConnection connection) throws SQLException {
        Fastpath fastpath = connection.getFastpathAPI();
        fastpath.addFunction("now", 1299);
        fastpath.getData("now", new FastpathArg[0]);
      }
    },
    REPLICATION {
      @Override
      void use(PGConnection connection) throws SQLException {
        connection
            .getReplicationAPI()
            .createReplicationSlot()
            .logical()
            .withSlotName("handed_out")
            .withOutputPlugin("no_such_plugin")
            .make();
      }
    },
    LARGE_OBJECTS {
      @Override
      void use(PGConnection connection) throws SQLException {
        connection.getLargeObjectAPI().createLO();
      }
    };

    abstract void use(PGConnection connection) throws SQLException;
  }

  private static String endOf(HandedOut object, PGConnection connection) {
    try {
      object.use(connection);
      return "";
    } catch (SQLException failure) {
      return String.valueOf(failure.getSQLState());
    }
  }

  @ParameterizedTest
  @EnumSource
  void object_ofALostConnection_isFollowedByOneOfAConnectionThatWorks(HandedOut object)
      throws SQLException {
    reconnect("?prepareThreshold=1");
    PGConnection own = connection.unwrap(PGConnection.class);
    String before = endOf(object, own);
    assertThat(before).doesNotStartWith("08");
    cut(false);
    endOf(object, own);

    assertThat(endOf(object, own)).isEqualTo(before);
  }

  /** A session that reads wherever it is goes on where it is. */
  @Test
  void copy_ofASessionForReaders_afterOneThatWasCutOff_isMadeOnAConnectionThatWorks()
      throws SQLException {
    reconnect("?baton.target=reader");
    StringWriter out = new StringWriter();
    copyOut(manager(), out);
    CopyManager before = manager();
    cut(false);
    assertThat(stateOf(() -> copyOut(before, out))).isEqualTo("08006");

    copyOut(manager(), out);
    assertThat(out.toString()).isEqualTo("t\nt\n");
  }

  private static void copyOut(CopyManager manager, StringWriter out) throws SQLException {
    try {
      manager.copyOut("copy (select pg_is_in_recovery()) to stdout", out);
    } catch (IOException unexpected) {
      throw new AssertionError(unexpected);
    }
  }
}
