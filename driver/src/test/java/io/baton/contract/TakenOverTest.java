package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A session goes on with what it took over when it began: a role and settings that were altered
 * since, or that another server has, are not those of a session that moves.
 */
class TakenOverTest extends ContractFixture {

  private final TimeZone zone = TimeZone.getDefault();

  TakenOverTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void roles() throws SQLException {
    superuser(
        """
        do $$ begin
          if not exists (select from pg_roles where rolname = 'vaulty') then
            create role vaulty login password 'v'; create role owner_role;
            create role plain login password 'v';
          end if;
        end $$;
        grant owner_role to vaulty;
        alter role vaulty reset all;
        alter role vaulty set role = 'owner_role';
        alter role plain reset all;
        create schema if not exists one; create schema if not exists two;
        create table if not exists one.t (id int); create table if not exists two.t (id int);
        truncate one.t, two.t;
        grant all on schema one, two, public to public;
        grant all on one.t, two.t to public;
        """);
  }

  @AfterEach
  void defaultZone() {
    TimeZone.setDefault(zone);
  }

  @Test
  void defaultRole_isKept() throws SQLException {
    as("vaulty", "");
    assertThat(ask("select current_user")).isEqualTo("owner_role");
    kill();
    assertThat(ask("select current_user")).isEqualTo("owner_role");
    execute("create temp table t (a int)");
    kill();
    assertThat(ask("select current_user from (select count(*) from t) t")).isEqualTo("owner_role");
  }

  @Test
  void defaultRole_thatWasGivenUp_staysGivenUp() throws SQLException {
    as("vaulty", "");
    execute("set role none");
    kill();
    assertThat(ask("select current_user")).isEqualTo("vaulty");
    execute("reset role");
    kill();
    assertThat(ask("select current_user")).isEqualTo("owner_role");
    execute("discard all");
    String plain = ask("select current_user");
    kill();
    assertThat(ask("select current_user")).isEqualTo(plain);
  }

  @Test
  void defaultRole_ofTheUrl_isKept() throws SQLException {
    superuser("grant owner_role to plain");
    as("plain", "?options=-c%20role=owner_role");
    execute("create temp table t (a int)");
    kill();
    assertThat(ask("select current_user")).isEqualTo("owner_role");
  }

  @Test
  void defaultRole_thatWasAltered_isThatOfTheBeginning() throws SQLException {
    as("vaulty", "");
    execute("listen something");
    superuser("alter role vaulty reset role");
    kill();
    assertThat(ask("select current_user")).isEqualTo("owner_role");
  }

  @Test
  void openTransaction_isReplayedUnderTheSearchPathOfItsBeginning() throws SQLException {
    superuser("alter role plain set search_path = one");
    as("plain", "");
    connection.setAutoCommit(false);
    execute("insert into t values (1)");
    superuser("alter role plain set search_path = two");
    cluster.failover();
    execute("insert into t values (2)");
    connection.commit();
    assertThat(asOwner("select count(*) from one.t")).isEqualTo("2");
    assertThat(asOwner("select count(*) from two.t")).isEqualTo("0");
  }

  @Test
  void settings_thatWereAltered_areThoseOfTheBeginning() throws SQLException {
    superuser("alter role plain set search_path = one");
    superuser("alter role plain set app.tenant = '1'");
    superuser("alter role plain set work_mem = '5MB'");
    as("plain", "");
    execute("set application_name = 'kept'");
    superuser("alter role plain set search_path = two");
    superuser("alter role plain set app.tenant = '2'");
    superuser("alter role plain reset work_mem");
    superuser("alter role plain set datestyle = 'German'");
    kill();
    assertThat(ask("show search_path")).isEqualTo("one");
    assertThat(ask("show app.tenant")).isEqualTo("1");
    assertThat(ask("show work_mem")).isEqualTo("5MB");
    assertThat(ask("show datestyle")).startsWith("ISO");
    assertThat(ask("show application_name")).isEqualTo("kept");
    execute("reset search_path");
    assertThat(ask("show search_path")).isEqualTo("one");
    execute("reset all");
    assertThat(ask("show work_mem")).isEqualTo("5MB");
  }

  /** Of those that a session may set, with another value than they have. */
  private static final String OTHER_VALUES =
      """
      select name, case vartype when 'bool' then case setting when 'on' then 'off' else 'on' end
          when 'enum' then (select v from unnest(enumvals) v where v <> setting limit 1)
          when 'integer' then case when setting = min_val
              then (min_val::int8 + 1)::text else min_val end
          when 'real' then case when setting = min_val then max_val else min_val end
        end
      from pg_settings
      where context = 'user' and vartype <> 'string'
        and name !~ '^(transaction_|default_transaction_read_only|exit_on_error|client_encoding)'
        and name !~ '(timeout|interval)$'
      """;

  @Test
  void everySetting_isThatOfTheBeginning() throws SQLException {
    superuser("alter role plain set timezone_abbreviations = 'India'");
    superuser("alter role plain set application_name = 'altered'");
    try (Connection direct = superuserConnection();
        Statement alter = direct.createStatement();
        Statement statement = direct.createStatement();
        ResultSet rows = statement.executeQuery(OTHER_VALUES)) {
      while (rows.next()) {
        try {
          alter.execute(
              "alter role plain set " + rows.getString(1) + " = '" + rows.getString(2) + "'");
        } catch (SQLException refused) {
          assertThat(refused.getSQLState()).isIn("22023", "55P02", "0A000"); // Of this build.
        }
      }
    }
    as("plain", "?ApplicationName=me");
    execute("set app.x = '1'");
    String began = settings();
    assertThat(began).contains("timezone_abbreviations India", "application_name me");

    superuser("alter role plain reset all");
    kill();
    assertThat(settings()).isEqualTo(began);
    as("plain", "?ApplicationName=me");
    execute("set app.x = '1'");
    began = settings();
    superuser("alter role plain set timezone_abbreviations = 'India'");
    superuser("alter role plain set application_name = 'altered'");
    kill();
    assertThat(settings()).isEqualTo(began);
  }

  private String settings() throws SQLException {
    return ask(
        "select string_agg(name || ' ' || setting, E'\\n' order by name) from pg_settings"
            + " where context = 'user' and name !~ '^(log_|default_text_search_config$)'");
  }

  @Test
  void reader_hasWhatTheSessionBeganWith() throws SQLException {
    superuser("alter role plain set search_path = one");
    superuser("insert into one.t values (1)");
    as("plain", "");
    execute("listen something");
    execute("unlisten *");
    superuser("alter role plain set search_path = two");
    cluster.awaitReplication();
    connection.setReadOnly(true);
    assertThat(ask("select pg_is_in_recovery() || ' ' || count(*) from t")).isEqualTo("true 1");
  }

  @Test
  void timeZone_isThatOfTheBeginning() throws SQLException {
    TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));
    as("plain", "");
    execute("listen something");
    TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
    kill();
    assertThat(ask("show timezone")).isEqualTo("Asia/Tokyo");
  }

  @Test
  void statementTimeout_doesNotEndTheRebuild() throws SQLException {
    as("plain", "");
    for (int i = 0; i < 200; i++) {
      execute("create temp table many" + i + " (a int primary key, b text unique)");
    }
    superuser("alter role plain set statement_timeout = '20ms'");
    kill();
    assertThat(ask("select count(*) from many199")).isEqualTo("0");
    assertThat(ask("show statement_timeout")).isEqualTo("0");
  }

  @Test
  void limits_ofTheBeginning_holdAfterTheRebuild() throws SQLException {
    superuser("alter role plain set statement_timeout = '7s'");
    as("plain", "");
    execute("set lock_timeout = '3s'");
    kill();
    assertThat(ask("show statement_timeout")).isEqualTo("7s");
    assertThat(ask("show lock_timeout")).isEqualTo("3s");
    execute("reset lock_timeout");
    kill();
    assertThat(ask("show lock_timeout")).isEqualTo("0");
  }

  @Test
  void reset_leadsToTheBeginning_ofTheRoleAndOfLimitsOfTime() throws SQLException {
    as("plain", "");
    execute("set app.x = '1'");
    superuser("alter role plain set role = 'owner_role'; grant owner_role to plain");
    superuser("alter role plain set statement_timeout = '77s'");
    kill();
    execute("reset role");
    assertThat(ask("select current_user")).isEqualTo("plain");
    execute("reset all");
    assertThat(ask("show statement_timeout")).isEqualTo("0");
    execute("reset statement_timeout");
    assertThat(ask("show statement_timeout")).isEqualTo("0");
  }

  @Test
  void limitOfTime_thatIsSetLater_holdsForReads() throws SQLException {
    connection.setReadOnly(true);
    ask("select 1");
    connection.setReadOnly(false);
    execute("set statement_timeout = '77s'");
    connection.setReadOnly(true);
    assertThat(ask("show statement_timeout")).isEqualTo("77s");
    execute("reset statement_timeout");
    connection.setReadOnly(false);
    assertThat(ask("show statement_timeout")).isEqualTo("0");
  }

  @Test
  void settings_thatOnlySuperusersSet_orRead_costNoSession() throws SQLException {
    as("plain", "");
    execute("set app.x = '1'");
    superuser("alter role plain set log_min_duration_statement = 1000");
    superuser("alter role plain set session_preload_libraries = 'auto_explain'");
    superuser("alter role plain set app.y = 'later'");
    kill();
    assertThat(ask("select current_setting('app.x')")).isEqualTo("1");
  }

  private void as(String role, String options) throws SQLException {
    connection.close();
    connection =
        DriverManager.getConnection(cluster.jdbcUrl("jdbc:baton:postgresql:") + options, role, "v");
  }

  private void kill() throws SQLException {
    superuser("select pg_terminate_backend(" + ask("select pg_backend_pid()") + ", 10000)");
  }

  private String asOwner(String question) throws SQLException {
    try (Connection direct = superuserConnection()) {
      return ask(direct, question);
    }
  }

  private Connection superuserConnection() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + cluster.primary().directPort() + "/" + cluster.database(),
        cluster.superuser(),
        cluster.superuserPassword());
  }

  private void superuser(String sql) throws SQLException {
    try (Connection direct = superuserConnection();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }
}
