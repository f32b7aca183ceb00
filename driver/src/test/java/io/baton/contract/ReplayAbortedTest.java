package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a replay leaves behind that was cut off itself, or for which nothing could be replayed. */
class ReplayAbortedTest extends ContractFixture {

  ReplayAbortedTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "?baton.failoverTimeout=1s");
  }

  /** A transaction whose replay is cut off in its second statement, and that finds no server. */
  private void abortAReplay(PreparedStatement insert) throws SQLException {
    connection.setAutoCommit(false);
    for (int id = 1; id <= 3; id++) {
      insert.setInt(1, id);
      insert.executeUpdate();
    }
    cluster.primary().proxy().resetConnections();
    cluster
        .primary()
        .proxy()
        .cutOn(
            FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("INSERT 0 1").occurrence(2),
            this::cutAll);
    assertThat(stateOf(() -> ask("select count(*) from entry"))).isEqualTo("08001");
    restore();
    connection.rollback();
  }

  @Test
  void parameters_ofATransactionAfterAnAbortedReplay_areThoseThatWereBound() throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement("insert into entry values (?)")) {
      abortAReplay(insert);
      insert.setInt(1, 10);
      insert.executeUpdate();
      insert.setInt(1, 11);
      cluster.primary().proxy().resetConnections();
      assertThat(ask("select count(*) from entry")).isEqualTo("1");

      insert.executeUpdate();
    }
    connection.commit();
    assertThat(rows()).isEqualTo("10 11");
  }

  @Test
  void batch_ofATransactionAfterAnAbortedReplay_isTheOneThatWasCollected() throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement("insert into entry values (?)")) {
      abortAReplay(insert);
      insert.setInt(1, 10);
      insert.executeUpdate();
      for (int id = 11; id <= 13; id++) {
        insert.setInt(1, id);
        insert.addBatch();
      }
      cluster.primary().proxy().resetConnections();
      assertThat(ask("select count(*) from entry")).isEqualTo("1");

      assertThat(insert.executeBatch()).hasSize(3);
    }
    connection.commit();
    assertThat(rows()).isEqualTo("10 11 12 13");
  }

  @Test
  void limits_ofAStatementAfterAnAbortedReplay_areThoseThatWereSet() throws SQLException {
    direct("insert into entry select i from pg_catalog.generate_series(101, 120) i");
    try (PreparedStatement insert = connection.prepareStatement("insert into entry values (?)");
        PreparedStatement read =
            connection.prepareStatement("select id from entry where id > 100 order by id")) {
      read.setMaxRows(3);
      connection.setAutoCommit(false);
      read.executeQuery().close();
      abortAReplay(insert);
      read.executeQuery().close();
      read.setMaxRows(7);
      cluster.primary().proxy().resetConnections();
      assertThat(ask("select count(*) from entry")).isEqualTo("20");

      int rows = 0;
      try (ResultSet some = read.executeQuery()) {
        while (some.next()) {
          rows++;
        }
      }
      assertThat(rows).isEqualTo(7);
      assertThat(read.getMaxRows()).isEqualTo(7);
    }
    connection.rollback();
  }

  /** The error came with a fetch of a cursor, which is no call of a statement. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void transaction_thatFailedInAFetch_isNotCommittedAfterItsConnectionIsLost(boolean first)
      throws SQLException {
    connection.setAutoCommit(false);
    if (!first) {
      insert(1);
    }
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(2);
      ResultSet rows =
          statement.executeQuery("select 1 / (5 - i) from pg_catalog.generate_series(1, 9) i");
      assertThat(
              stateOf(
                  () -> {
                    while (rows.next()) {
                      assertThat(rows.getInt(1)).isNotNegative();
                    }
                  }))
          .isEqualTo("22012");
    }
    cluster.primary().proxy().resetConnections();

    assertThat(stateOf(() -> insert(3))).isIn("25P02", "40001");
    assertThat(stateOf(() -> insert(4))).isEqualTo("25P02");
    try {
      connection.commit();
    } catch (SQLException refused) {
      assertThat(refused.getSQLState()).isEqualTo("25P02");
    }

    assertThat(rows()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"getBlob", "getClob"})
  void largeObject_thatIsNull_doesNotEndTheReplay(String getter) throws SQLException {
    direct("create table if not exists document (id int primary key, content oid)");
    direct("truncate document");
    direct("insert into document values (1, null)");
    connection.setAutoCommit(false);
    insert(1);
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select content from document")) {
      assertThat(rows.next()).isTrue();
      Object content = getter.equals("getBlob") ? rows.getBlob(1) : rows.getClob("content");
      assertThat(content).isNull();
    }
    assertThat(connection.unwrap(BatonConnection.class).protection().losses()).isEmpty();
    cluster.primary().proxy().resetConnections();

    insert(2);
    connection.commit();

    assertThat(rows()).isEqualTo("1 2");
  }
}
