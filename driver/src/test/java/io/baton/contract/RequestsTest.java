package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request leaves behind is removed where that is asked for, and only that. */
@PostgresTest
class RequestsTest {

  private static final String STATE =
      """
      select (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid())
        || ' ' || (select count(*) from pg_class where relnamespace = pg_my_temp_schema())
        || ' ' || (select count(*) from pg_listening_channels())
        || ' ' || (select count(*) from pg_prepared_statements where from_sql)
        || ' ' || (select count(*) from pg_cursors where is_holdable)
        || ' ' || current_setting('search_path')
        || ' ' || coalesce(current_setting('app.tenant', true), '')
        || ' ' || current_user
      """;

  private final PostgresCluster cluster;

  RequestsTest(PostgresCluster cluster) throws SQLException {
    this.cluster = cluster;
    try (Connection direct = cluster.primary().connectAsSuperuser()) {
      execute(
          direct,
          "do $$ begin create role boss; exception when duplicate_object then null; end $$",
          "grant boss to " + cluster.user());
    }
  }

  private Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + options, cluster.user(), cluster.password());
  }

  private static void execute(Connection connection, String... texts) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : texts) {
        statement.execute(sql);
      }
    }
  }

  /** Leaves something of each kind behind. */
  private static void use(Connection connection) throws SQLException {
    execute(
        connection,
        "set search_path = pg_catalog",
        "select set_config('app.tenant', 'seven', false)",
        "select pg_advisory_lock(7), pg_advisory_lock(7), pg_advisory_lock_shared(8)",
        "create temp table \"Own\" (id serial)",
        "create temp view seen as select 1 as one",
        "listen \"News\"",
        "prepare \"One\" as select 1",
        "declare kept cursor with hold for select 1");
    connection.setAutoCommit(false);
    execute(connection, "set role boss");
  }

  @Test
  void leftovers_areRemoved_fromASessionThatHadNothing() throws SQLException {
    try (Connection connection = connect("?baton.requestEnd=reset")) {
      String before = ContractFixture.ask(connection, STATE);
      for (int i = 0; i < 2; i++) {
        connection.beginRequest();
        use(connection);
        connection.endRequest();

        assertThat(connection.getAutoCommit()).isFalse();
        connection.setAutoCommit(true);
        assertThat(ContractFixture.ask(connection, STATE)).isEqualTo(before);
      }
    }
  }

  @Test
  void leftovers_areRemoved_andWhatWasThereBeforeStays() throws SQLException {
    try (Connection connection = connect("?baton.requestEnd=reset")) {
      execute(
          connection,
          "set search_path = public",
          "select set_config('app.tenant', 'one', false)",
          "select pg_advisory_lock(1), pg_advisory_lock(7)",
          "create temp table before (id int)",
          "listen before",
          "prepare before as select 1",
          "declare before cursor with hold for select 1");
      String before = ContractFixture.ask(connection, STATE);

      connection.beginRequest();
      connection.beginRequest(); // As JDBC says: without effect.
      use(connection);
      connection.endRequest();
      connection.endRequest();

      connection.setAutoCommit(true);
      assertThat(ContractFixture.ask(connection, STATE)).isEqualTo(before);
      assertThat(ContractFixture.ask(connection, "select pg_advisory_unlock(7)")).isEqualTo("t");
      assertThat(ContractFixture.ask(connection, "select pg_advisory_unlock(7)")).isEqualTo("f");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "?baton.requestEnd=report"})
  void leftovers_areOnlyReported_whereNothingElseIsSaid(String options) throws SQLException {
    try (Connection connection = connect(options)) {
      connection.beginRequest();
      use(connection);
      connection.commit();
      String before = ContractFixture.ask(connection, STATE);
      connection.endRequest();

      assertThat(ContractFixture.ask(connection, STATE)).isEqualTo(before);
      connection.rollback();
    }
  }
}
