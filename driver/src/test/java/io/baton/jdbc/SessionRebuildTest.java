package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/**
 * Runs made-up scripts on a plain connection and on one of Baton's whose backend is terminated over
 * and over: in the end the server must say the same of both sessions.
 */
class SessionRebuildTest {

  private static final int SCRIPTS = Integer.getInteger("baton.test.scripts", 40);
  private static final int STEPS = 40;

  @Nested
  @PostgresTest(version = PostgresVersion.V18)
  class OnTheNewest extends Scripts {}

  @Nested
  @PostgresTest(version = PostgresVersion.V14)
  class OnTheOldest extends Scripts {}

  abstract static class Scripts {

    @BeforeEach
    void definitions(PostgresCluster cluster) throws SQLException {
      try (Connection connection = plain(cluster);
          Statement statement = connection.createStatement()) {
        statement.execute(
            """
            do $$ begin
              if not exists (select from pg_roles where rolname = 'worker') then
                create role worker; create role "Odd Role";
              end if;
            end $$;
            create schema if not exists s1;
            create or replace function remember(v text) returns text language plpgsql as
              $$ begin perform set_config('app.hidden', v, false); return v; end $$;
            """);
      }
    }

    @Test
    void session_rebuiltAgainAndAgain_equalsOneThatWasNeverMoved(PostgresCluster cluster)
        throws SQLException {
      for (int seed = 0; seed < SCRIPTS; seed++) {
        List<String> script = new ArrayList<>();
        try (Connection plain = plain(cluster);
            Connection baton = baton(cluster);
            Connection admin = plain(cluster)) {
          Random random = new Random(seed);
          Steps onPlain = new Steps(plain, 0);
          Steps onBaton = new Steps(baton, 100);
          for (int step = 0; step < STEPS; step++) {
            int choice = random.nextInt(Steps.KINDS);
            int detail = random.nextInt(1000);
            boolean idle = onPlain.isIdle();
            if (idle && random.nextInt(6) == 0) {
              script.add("-- the backend is terminated");
              terminate(admin, baton);
              // A write would rightly end as 08007: whether it took place cannot be known.
              assertThat(onBaton.execute("select 1"))
                  .as("seed %s: %s", seed, script)
                  .isEqualTo("select 1");
            }
            String expected = onPlain.run(choice, detail);
            String actual = onBaton.run(choice, detail);
            script.add(expected);
            assertThat(actual).as("seed %s: %s", seed, script).isEqualTo(expected);
          }
          onPlain.finish();
          onBaton.finish();
          terminate(admin, baton);
          assertThat(state(baton, 100)).as("seed %s: %s", seed, script).isEqualTo(state(plain, 0));
        }
      }
    }
  }

  private static Connection plain(PostgresCluster cluster) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:postgresql:"), cluster.superuser(), cluster.superuserPassword());
  }

  private static Connection baton(PostgresCluster cluster) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:"),
        cluster.superuser(),
        cluster.superuserPassword());
  }

  private static void terminate(Connection admin, Connection victim) throws SQLException {
    try (PreparedStatement statement =
        admin.prepareStatement("select pg_terminate_backend(?, 5000)")) {
      statement.setInt(1, ((PGConnection) victim).getBackendPID());
      statement.execute();
    }
  }

  /** What the server says of a session. Its advisory locks are those of its own range. */
  private static Set<String> state(Connection connection, int offset) throws SQLException {
    Set<String> lines = new TreeSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                select n || '=' || coalesce(current_setting(n, true), '') from unnest(array[
                  'work_mem', 'statement_timeout', 'lock_timeout', 'timezone', 'datestyle',
                  'search_path', 'app.a', 'app.b', 'app.hidden', 'default_transaction_isolation',
                  'application_name', 'extra_float_digits', 'role', 'client_min_messages']) n
                union all select 'user=' || session_user || ' ' || current_user
                union all select 'prepared ' || name || ' ' || statement
                  from pg_prepared_statements where from_sql
                union all select 'channel ' || c from pg_listening_channels() c
                union all select 'lock ' || (objid::int - OFFSET) || mode from pg_locks
                  where locktype = 'advisory' and pid = pg_backend_pid()
                union all select 'temporary ' || relname || relkind::text from pg_class
                  where relnamespace = pg_my_temp_schema()
                """
                    .replace("OFFSET", Integer.toString(offset)))) {
      while (rows.next()) {
        lines.add(rows.getString(1));
      }
    }
    return lines;
  }

  /** Steps of a script; what a step comes to is a text that must be the same on both sides. */
  private static final class Steps {

    static final int KINDS = 30;

    private final Connection connection;
    private final int offset;

    Steps(Connection connection, int offset) {
      this.connection = connection;
      this.offset = offset;
    }

    boolean isIdle() throws SQLException {
      return connection.unwrap(org.postgresql.core.BaseConnection.class).getTransactionState()
          == org.postgresql.core.TransactionState.IDLE;
    }

    void finish() throws SQLException {
      if (!isIdle()) {
        execute("rollback");
      }
    }

    String run(int kind, int detail) throws SQLException {
      int few = detail % 3;
      return switch (kind) {
        case 0 -> execute("set work_mem = '" + (1 + few) + "MB'");
        case 1 -> execute("set local statement_timeout = " + (60_000 + few));
        case 2 -> execute("set statement_timeout = '" + (70 + few) + "s'");
        case 3 -> execute("reset statement_timeout");
        case 4 -> execute("set time zone " + List.of("'UTC'", "'Asia/Tokyo'", "-3").get(few));
        case 5 ->
            execute("set datestyle = " + List.of("'ISO, DMY'", "'ISO'", "'ISO, YMD'").get(few));
        case 6 -> execute("set search_path = " + List.of("s1, public", "\"$user\"", "''").get(few));
        case 7 -> execute("set app.a = 'it''s \\ " + detail + "'");
        case 8 -> setConfig("app.b", "value " + detail);
        case 9 -> execute("select public.remember('hidden " + few + "')");
        case 10 ->
            execute("do $$ begin perform set_config('app.a', 'done " + few + "', false); end $$");
        case 11 -> execute("begin");
        case 12, 13 -> execute("commit");
        case 14 -> execute("rollback");
        case 15 -> execute("savepoint a" + few);
        case 16 -> execute("rollback to a" + few);
        case 17 -> execute("release a" + few);
        case 18 -> execute("prepare p" + few + " as select " + few);
        case 19 -> execute("deallocate p" + few);
        case 20 -> execute("listen \"Channel " + few + "\"");
        case 21 -> execute("unlisten " + List.of("*", "\"Channel 0\"", "\"Channel 1\"").get(few));
        case 22 -> lock("pg_advisory_lock", 1 + few);
        case 23 -> lock("pg_advisory_unlock", 1 + few);
        case 24 ->
            execute(
                "create temp table t"
                    + few
                    + " (a int) on commit "
                    + List.of("drop", "delete rows", "preserve rows").get(few));
        case 25 -> execute("drop table if exists t" + few);
        case 26 -> execute("set role " + List.of("worker", "none", "\"Odd Role\"").get(few));
        case 27 -> execute(List.of("select 1/0", "set work_mem = 'much'", "reset all").get(few));
        case 28 -> execute(List.of("discard all", "discard temp", "set lock_timeout = 0").get(few));
        default ->
            execute(
                "set session "
                    + List.of(
                            "authorization worker",
                            "authorization default",
                            "characteristics as transaction isolation level repeatable read")
                        .get(few));
      };
    }

    private String setConfig(String name, String value) throws SQLException {
      try (PreparedStatement statement =
          connection.prepareStatement("select set_config(?, ?, false)")) {
        statement.setString(1, name);
        statement.setString(2, value);
        statement.execute();
        return name + " is set to " + value;
      } catch (SQLException failure) {
        return "set_config: " + failure.getSQLState();
      }
    }

    private String lock(String function, int key) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("select pg_catalog." + function + "(" + (key + offset) + ")");
        return function + " " + key;
      } catch (SQLException failure) {
        return function + ": " + failure.getSQLState();
      }
    }

    private String execute(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
        return sql;
      } catch (SQLException failure) {
        return sql + ": " + (failure instanceof BatonException ? failure : failure.getSQLState());
      }
    }
  }
}
