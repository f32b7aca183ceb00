package io.baton.jdbc;

import static io.baton.jdbc.ReplicatedClusters.ask;
import static io.baton.jdbc.ReplicatedClusters.superuser;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.BatonConnection;
import io.baton.BatonCutover;
import io.baton.BatonDataSource;
import io.baton.CutoverResult;
import io.baton.testkit.LogicalReplication;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.PostgresVersion;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The database has another name over there, and the application's role as well. */
@Tag("campaign")
class CutoverLoginTest {

  private static final String TABLES =
      """
      create table account (id int primary key, balance bigint not null);
      create table operation (id text primary key, worker int, number int);
      create table entry (id bigint generated always as identity primary key, what text)
      """;

  private final PostgresCluster old =
      PostgresCluster.builder()
          .version(PostgresVersion.of(15))
          .setting("wal_level", "logical")
          .start();
  private final PostgresCluster successor =
      PostgresCluster.builder().database("orders new").user("app18").start();

  CutoverLoginTest() throws SQLException {
    for (PostgresCluster cluster : List.of(old, successor)) {
      try (Connection direct = cluster.primary().connect()) {
        Sql.execute(direct, TABLES);
      }
    }
    try (Connection direct = old.primary().connect()) {
      Sql.execute(direct, "insert into account select i, 1000 from generate_series(1, 20) i");
    }
    LogicalReplication.start(old, successor);
  }

  @AfterEach
  void close() {
    old.close();
    successor.close();
  }

  private String url() {
    return old.jdbcUrl("jdbc:baton:postgresql:")
        + "?baton.cutoverPause=20s&baton.successorDatabase=orders%20new&baton.successorUser=app18"
        + "&baton.successor="
        + successor.hosts();
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(url(), old.user(), old.password());
  }

  @Test
  void sessions_goOnInTheOtherDatabase_asTheOtherUser() throws Exception {
    try (Connection first = connect();
        Connection second = connect();
        Connection named = connect();
        Connection held = connect()) {
      NotedTransfers transfers = NotedTransfers.begin(List.of(first, second));
      Sql.execute(held, "set application_name = 'held'; create temp table kept as select 7 as n");
      Sql.execute(held, "listen news; prepare p as select count(*) from account");
      assertThat(held.getCatalog()).isEqualTo(old.database());
      held.setAutoCommit(false);
      Sql.execute(held, "insert into entry (what) values ('open')");
      held.commit();

      named.setAutoCommit(false);
      assertThat(Sql.ask(named, "select current_user")).isEqualTo(old.user());
      Sql.execute(named, "insert into entry (what) values ('by name')");

      CutoverResult result =
          BatonCutover.to(successor.hosts())
              .joinTime(Duration.ofMillis(1500))
              .drainTime(Duration.ofSeconds(1))
              .pause(Duration.ofSeconds(10))
              .run(superuser(old), superuser(successor), stage -> {});

      assertThat(result.reason()).isEmpty();
      int opened = transfers.done();
      Awaitility.await()
          .until(() -> !transfers.errors().isEmpty() || transfers.done() > opened + 20);
      transfers.end();
      assertThat(transfers.errors()).isEmpty();
      assertThat(ask(successor, "select count(*)::text from operation"))
          .isEqualTo(String.valueOf(transfers.done()));
      assertThatThrownBy(() -> Sql.execute(named, "insert into entry (what) values ('again')"))
          .as("it would read another name")
          .extracting(failure -> ((SQLException) failure).getSQLState())
          .isEqualTo("40001");
      named.rollback();
      assertThat(ask(successor, "select count(*)::text from entry where what = 'by name'"))
          .isEqualTo("0");
      held.setAutoCommit(true);
      assertThat(Sql.ask(held, "select current_user || ' ' || current_database()"))
          .isEqualTo("app18 orders new");
      assertThat(held.getCatalog()).isEqualTo("orders new");
      assertThat(Sql.ask(held, "select n::text from kept")).isEqualTo("7");
      assertThat(Sql.ask(held, "execute p")).isEqualTo("20");
      assertThat(Sql.ask(held, "show application_name")).isEqualTo("held");
      assertThat(Sql.ask(held, "select pg_listening_channels()")).isEqualTo("news");
    }
    crashOfTheSuccessor_isAFailoverThere();
  }

  private void crashOfTheSuccessor_isAFailoverThere() throws Exception {
    try (Connection later = connect()) {
      later.setAutoCommit(false);
      try (Statement statement = later.createStatement()) {
        statement.executeUpdate("insert into entry (what) values ('replayed')");
        PostgresNode primary = successor.primary();
        primary.crash();
        primary.start();
        statement.executeUpdate("insert into entry (what) values ('replayed')");
        later.commit();
      }
      assertThat(Sql.ask(later, "select count(*)::text from entry where what = 'replayed'"))
          .isEqualTo("2");
      later.setAutoCommit(true);
      Sql.execute(later, "set app.tenant = 'blue'");
      String written = later.unwrap(BatonConnection.class).snapshot();
      BatonDataSource source = new BatonDataSource();
      source.setURL(url());
      source.setUser(old.user());
      source.setPassword(old.password());
      try (Connection restored = source.restore(written)) {
        assertThat(Sql.ask(restored, "select current_user || current_setting('app.tenant')"))
            .isEqualTo("app18blue");
      }
    }
  }
}
