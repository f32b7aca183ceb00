package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static io.baton.jdbc.Topologies.awaitReaders;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonConnection;
import io.baton.BatonException;
import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.TransactionLostException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Read-only transactions that began on a standby, and come to a statement that only the writer
 * answers as it is meant: they are replayed there.
 */
@PostgresTest(standbys = 1)
class ReaderToWriterTest {

  private final PostgresCluster cluster;
  private Connection connection;

  ReaderToWriterTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void begin() throws SQLException {
    connect("baton.consistency=eventual");
    execute(connection, "drop table if exists entry; create table entry (id int)");
    execute(connection, "insert into entry values (1), (2)");
    cluster.awaitReplication();
    awaitReaders(connection, 1);
    beginOnStandby("select count(*) from entry");
  }

  private void connect(String option) throws SQLException {
    connection =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:") + "?" + option,
            cluster.user(),
            cluster.password());
  }

  private void beginOnStandby(String sql) throws SQLException {
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    // Until the catalogue was read, nothing is known of what may have been done before.
    Awaitility.await()
        .until(
            () -> {
              ask(connection, sql);
              boolean there = !isOnWriter();
              if (!there) {
                connection.rollback();
              }
              return there;
            });
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private boolean isOnWriter() throws SQLException {
    String writer = cluster.primary().host() + ":" + cluster.primary().port();
    return connection.unwrap(BatonConnection.class).currentEndpoint().equals(writer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select pg_advisory_lock(7)",
        "select pg_try_advisory_lock(7)",
        "select pg_advisory_xact_lock(7)",
        "listen news",
        "notify news",
        "select pg_current_wal_lsn()",
        "select txid_current()",
        "select count(*) from pg_stat_activity",
      })
  void statementForTheWriter_isAnsweredThere_andTheTransactionGoesOn(String sql)
      throws SQLException {
    execute(connection, sql);

    assertThat(isOnWriter()).isTrue();
    assertThat(ask(connection, "select count(*) from entry")).isEqualTo("2");
    SQLException refused =
        catchThrowableOfType(
            SQLException.class, () -> execute(connection, "insert into entry values (3)"));
    assertThat(refused.getSQLState()).as("it is read-only still").isEqualTo("25006");
    connection.rollback();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select last_value from counter",
        "select count(*) from scratch",
        "select * from seen",
        "select * from elsewhere"
      })
  void relation_thatOnlyTheWriterHasAsItIsMeant_isReadThere(String sql) throws SQLException {
    connection.rollback();
    try (Connection superuser = cluster.primary().connectAsSuperuser()) {
      execute(
          superuser,
          """
          drop foreign data wrapper if exists nobody cascade;
          create foreign data wrapper nobody;
          create server nowhere foreign data wrapper nobody;
          create foreign table elsewhere (id int) server nowhere;
          drop sequence if exists counter cascade;
          create sequence counter;
          create view seen as select last_value from counter;
          drop table if exists scratch;
          create unlogged table scratch (id int);
          grant select on all tables in schema public to public;
          grant select on sequence counter to public;
          """);
    }
    connection.setAutoCommit(true);
    connection.setReadOnly(false);
    execute(connection, "create or replace view of_ours as select 1"); // So it is read anew now.
    connection.setReadOnly(true);
    cluster.awaitReplication();
    Awaitility.await("the catalogue with the new relations")
        .untilAsserted(() -> assertThat(routeOf(sql)).startsWith("writer"));
    assertThat(routeOf("select count(*) from entry")).startsWith("reader");

    beginOnStandby("select count(*) from entry");
    try {
      ask(connection, sql);
    } catch (SQLException withoutHandler) {
      assertThat(withoutHandler.getMessage()).contains("has no handler");
    }
    assertThat(isOnWriter()).as("in a transaction, too").isTrue();
    connection.rollback();
  }

  private String routeOf(String sql) throws SQLException {
    return connection.unwrap(BatonConnection.class).explainRoute(sql);
  }

  @Test
  void question_aboutTheTransactionItself_isAnsweredWhereItIs() throws SQLException {
    assertThat(connection.getTransactionIsolation())
        .isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
    assertThat(ask(connection, "show transaction_read_only")).isEqualTo("on");

    assertThat(isOnWriter()).isFalse();
    connection.rollback();
  }

  @Test
  void lock_isHeldWhereOthersAskForIt_andTheStandbyIsNoLessTrusted() throws SQLException {
    execute(connection, "select pg_advisory_lock(7)");

    try (Connection other = cluster.primary().connect()) {
      assertThat(ask(other, "select pg_try_advisory_lock(7)")).isEqualTo("f");
    }
    connection.commit();
    assertThat(Clusters.of(connection).topology()).allMatch(EndpointStatus::isUsable);
    assertThat(Clusters.of(connection).failovers().failovers()).isZero();
    assertThat(ask(connection, "select pg_advisory_unlock(7)")).isEqualTo("t");
    connection.commit();
    ask(connection, "select count(*) from entry");
    assertThat(isOnWriter()).as("without the lock, reads go to the standby").isFalse();
    connection.rollback();
  }

  @Test
  void transaction_thatSawWhatTheWriterDoesNotShow_isLostInTruth() throws SQLException {
    cluster.standbys().get(0).pauseReplay();
    try {
      try (Connection writer = cluster.primary().connect()) {
        execute(writer, "insert into entry values (4)");
      }
      SQLException lost =
          catchThrowableOfType(
              SQLException.class, () -> execute(connection, "select pg_advisory_lock(7)"));

      assertThat((Throwable) lost)
          .isInstanceOf(TransactionLostException.class)
          .hasMessageContaining("to the writer, which alone answers")
          .hasMessageNotContaining("was lost");
      assertThat(((BatonException) lost).outcome()).isEqualTo(BatonException.Outcome.NOT_COMMITTED);
      connection.rollback();
      try (Connection other = cluster.primary().connect()) {
        assertThat(ask(other, "select pg_try_advisory_lock(7)")).isEqualTo("t");
      }
    } finally {
      cluster.standbys().get(0).resumeReplay();
    }
  }

  @Test
  void transaction_thatCannotBeReplayed_staysWhereItIs() throws SQLException {
    connection.rollback();
    connection.unwrap(BatonConnection.class).disableReplay();
    beginOnStandby("select count(*) from entry");

    SQLException refused =
        catchThrowableOfType(SQLException.class, () -> execute(connection, "listen news"));

    assertThat(refused.getSQLState()).as("the standby's own word").isEqualTo("25006");
    connection.rollback();
  }
}
