package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A role that may have one connection: the application has it, and nothing of Baton's. */
@PostgresTest(standbys = 1)
class ScarceConnectionsTest {

  private final PostgresCluster cluster;

  ScarceConnectionsTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void single() throws SQLException {
    administer(
        """
        do $$ begin
          if not exists (select from pg_roles where rolname = 'single') then
            create role single login password 'secret' connection limit 1;
          end if;
        end $$;
        grant all on schema public to single;
        create table if not exists kept (n int);
        truncate kept;
        grant all on kept to public;
        """);
    cluster.awaitReplication();
  }

  @AfterEach
  void noSessionIsLeft() throws SQLException {
    administer(
        "select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = 'single'");
  }

  private void administer(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connectAsSuperuser();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  private Connection connect() throws SQLException {
    return connect("single", "baton.heartbeat=200ms");
  }

  private Connection connect(String user, String option) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + "?" + option,
        user,
        user.equals("single") ? "secret" : cluster.password());
  }

  private static String ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getString(1);
    }
  }

  @Test
  void application_hasTheOneConnection_againAndAgain() throws SQLException {
    for (int i = 0; i < 5; i++) {
      try (Connection connection = connect()) {
        assertThat(ask(connection, "select current_user")).isEqualTo("single");
      }
      awaitNoSession(); // A server process ends a while after its client has closed.
    }
  }

  private void awaitNoSession() throws SQLException {
    try (Connection direct = cluster.primary().connectAsSuperuser()) {
      await()
          .pollInterval(Duration.ofMillis(5))
          .until(
              () ->
                  ask(direct, "select count(*) from pg_stat_activity where usename = 'single'")
                      .equals("0"));
    }
  }

  @Test
  @Tag("campaign")
  void secondConnection_isRefusedInTheServersWords_atOnce() throws SQLException {
    try (Connection connection = connect()) {
      assertThat(ask(connection, "select 1")).isEqualTo("1");
      long start = System.nanoTime();

      SQLException refused = catchThrowableOfType(SQLException.class, this::connect);

      assertThat(refused.getSQLState()).isEqualTo("53300");
      assertThat(refused.getMessage()).contains("too many connections for role \"single\"");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void transaction_throughACrash_hasTheOneConnectionOfTheNewPrimary() throws SQLException {
    try (Connection connection = connect()) {
      throughACrash(connection);
    }
  }

  /** Monitors that keep no connection either, as they are not to. */
  @Test
  void transaction_throughACrash_ofAServerThatIsNotWatched_goesOn() throws SQLException {
    try (Connection connection = connect(cluster.user(), "baton.heartbeat=0")) {
      throughACrash(connection);
    }
  }

  private void throughACrash(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("insert into kept values (1)");

      cluster.primary().crash();
      cluster.promoteStandby();
      statement.execute("insert into kept values (2)");
      connection.commit();

      assertThat(ask(connection, "select sum(n) from kept")).isEqualTo("3");
    }
  }

  @Test
  void sessionOnAServerThatHangs_whoseMonitorIsKeptOut_goesOnAtTheNewPrimary() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("insert into kept values (1)");
      PostgresNode hung = cluster.primary();

      hung.freeze();
      cluster.promoteStandby();
      long start = System.nanoTime();
      assertThat(ask(connection, "select sum(n) from kept")).isEqualTo("1");

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }
  }
}
