package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/**
 * Reads on a standby that has replayed nothing since show what was written where no statement shows
 * it; and what a read leaves on a standby does not keep the session from writing.
 */
@PostgresTest(standbys = 1)
class UnseenWritesTest extends ContractFixture {

  private static final String COUNT = "select coalesce(sum(id), 0) from entry";

  UnseenWritesTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void begin() throws SQLException {
    direct("insert into entry values (1)");
    direct("create table if not exists parent (id int)");
    direct("drop table if exists child");
    direct("create unlogged table child () inherits (parent)");
    direct("create sequence if not exists drawn");
    direct(
        "create or replace function run_text(text) returns bigint stable language plpgsql as"
            + " $$ declare n bigint; begin execute $1 into n; return n; end $$");
    cluster.awaitReplication();
    awaitReaders(connection, 1);
    onStandby("select pg_wal_replay_pause()");
  }

  @AfterEach
  void resume() throws SQLException {
    onStandby("select pg_wal_replay_resume()");
  }

  private void onStandby(String sql) throws SQLException {
    PostgresNode standby = cluster.standbys().get(0);
    try (Connection direct = standby.connectAsSuperuser();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  private String read(Connection by) throws SQLException {
    by.setReadOnly(true);
    try {
      return ask(by, COUNT);
    } finally {
      by.setReadOnly(false);
    }
  }

  @Test
  void rowChangedThroughItsResult_isRead() throws SQLException {
    try (Connection other = connect("")) {
      assertThat(read(other)).isEqualTo("1");
      try (Statement statement =
              connection.createStatement(
                  ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
          ResultSet rows = statement.executeQuery("select id from entry")) {
        rows.next();
        rows.updateInt(1, 5);
        rows.updateRow();
        assertThat(read(other)).isEqualTo("5");
        rows.moveToInsertRow();
        rows.updateInt(1, 7);
        rows.insertRow();
      }
      assertThat(read(connection)).isEqualTo("12");
      assertThat(read(other)).isEqualTo("12");
    }
  }

  @Test
  void rowToBeChangedThroughItsResult_isReadWhereItCanBe() throws SQLException {
    reconnect("?baton.reads=auto");
    try (Statement statement =
            connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_UPDATABLE);
        ResultSet rows = statement.executeQuery("select id from entry")) {
      rows.next();
      rows.updateInt(1, 5);
      rows.updateRow();
    }
    assertThat(rows()).isEqualTo("5");
  }

  @Test
  void rowsThatWereCopied_areReadByOthers_alsoOnceTheConnectionIsClosed() throws Exception {
    try (Connection other = connect("")) {
      assertThat(read(other)).isEqualTo("1");
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("copy entry from stdin", new StringReader("2\n"));
      assertThat(read(other)).isEqualTo("3");
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("copy entry from stdin", new StringReader("3\n"));
      connection.close();
      assertThat(read(other)).isEqualTo("6");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "eventual"})
  void writesOfSessionsThatReadInAnotherWay_areRead(String consistency) throws SQLException {
    try (Connection other = connect("?baton.consistency=" + consistency)) {
      assertThat(read(connection)).isEqualTo("1");
      try (Statement statement = other.createStatement()) {
        statement.execute("insert into entry values (2)");
      }
      assertThat(read(connection)).isEqualTo("3");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"select setseed(0.5)", "select run_text('select 1')"})
  void stateThatAReadLeaves_doesNotKeepTheSessionFromWriting(String read) throws SQLException {
    connection.setReadOnly(true);
    ask(read);
    connection.setReadOnly(false);
    insert(2);
    assertThat(rows()).isEqualTo("1 2");
  }

  @Test
  void stateInATransactionOfReads_losesNoSession() throws SQLException {
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    ask("select setseed(0.5)");
    connection.commit();
    ask("select 1");
    ask("select last_value from drawn");
    connection.commit();
  }

  @Test
  void whatOnlyTheWriterHas_isReadThere() throws SQLException {
    execute("select nextval('drawn')");
    connection.setReadOnly(true);
    assertThat(ask("select last_value is not null from pg_sequences where sequencename = 'drawn'"))
        .isEqualTo("t");
    connection.setAutoCommit(false);
    assertThat(ask("select count(*) from parent")).as("it has an unlogged child").isEqualTo("0");
    connection.commit();
  }
}
