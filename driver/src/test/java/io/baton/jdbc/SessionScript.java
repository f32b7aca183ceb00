package io.baton.jdbc;

import static java.util.stream.Collectors.joining;

import io.baton.BatonException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * A made-up life of a session, step by step, and what the server says of it. What a step comes to
 * is a text that must be the same on every connection that takes it.
 */
final class SessionScript {

  /** What the script may leave in a session, which not every way to move it can take along. */
  enum Leaves {
    /** Advisory locks, which two backends of one server cannot both have. */
    LOCKS,
    /** Rows in temporary tables, which a crash takes away. */
    ROWS,
    /** Both. */
    LOCKS_AND_ROWS
  }

  static final int KINDS = 52;

  /** What a session has that a crash takes away; no row if there is nothing. */
  private static final String LOST_IN_A_CRASH =
      """
      select relname from pg_class where relnamespace = pg_my_temp_schema()
        and (relkind = 'r' and pg_relation_size(oid) > 0
          or relkind = 'S' and case when has_sequence_privilege(oid, 'SELECT')
            then pg_sequence_last_value(oid) is not null else true end)
      union all select name from pg_cursors where is_holdable
      """;

  private static final String HIDDEN_POSITIONS =
      """
      select relname from pg_class where relnamespace = pg_my_temp_schema()
        and case relkind when 'S' then not has_sequence_privilege(oid, 'SELECT') end
      """;

  /** A prepared statement whose table is gone, which cannot be prepared again: see the guide. */
  private static final String ORPHAN =
      """
      select name from pg_prepared_statements where name = 'filling'
        and not exists (select from pg_class
          where relnamespace = pg_my_temp_schema() and relname = any('TABLES'))
      """;

  private static final String STATE =
      """
      select n || '=' || coalesce(current_setting(n, true), 'unknown') from unnest(array[
        'work_mem', 'statement_timeout', 'lock_timeout', 'timezone', 'datestyle',
        'search_path', 'app.a', 'app.b', 'app.c', 'app.d', 'app.hidden', 'app.by_body', 'default_transaction_isolation',
        'application_name', 'extra_float_digits', 'role', 'client_min_messages']) n
      union all select 'user=' || session_user || ' ' || current_user
      union all select 'prepared ' || name || ' ' || statement
        || parameter_types::text from pg_prepared_statements where from_sql
      union all select 'function ' || proname || ' ' || prosrc from pg_proc
        where pronamespace = pg_my_temp_schema()
      union all select 'type ' || typname from pg_type
        where typnamespace = pg_my_temp_schema() and typtype = 'e'
      union all select 'column ' || relname || ' ' || attname || ' ' || n.nspname || '.' || typname
        from pg_attribute a join pg_class c on c.oid = attrelid join pg_type t on t.oid = atttypid
          join pg_namespace n on n.oid = typnamespace
        where relnamespace = pg_my_temp_schema() and attnum > 0 and not attisdropped
          and n.nspname not like 'pg_temp%'
      union all select 'channel ' || c from pg_listening_channels() c
      union all select 'lock ' || (objid::int - OFFSET) || mode from pg_locks
        where locktype = 'advisory' and pid = pg_backend_pid()
      union all select 'temporary ' || relname || relkind::text from pg_class
        where relnamespace = pg_my_temp_schema()
      """;

  private final Connection connection;
  private final int offset;
  private final Leaves leaves;

  /**
   * A script.
   *
   * @param offset what its advisory locks are numbered from: no two sessions may share them
   */
  SessionScript(Connection connection, int offset, Leaves leaves) {
    this.connection = connection;
    this.offset = offset;
    this.leaves = leaves;
  }

  private boolean leavesRows() {
    return leaves != Leaves.LOCKS;
  }

  private boolean leavesLocks() {
    return leaves != Leaves.ROWS;
  }

  /** Whether no transaction is open; to be asked of a plain connection only. */
  boolean isIdle() throws SQLException {
    return connection.unwrap(BaseConnection.class).getTransactionState() == TransactionState.IDLE;
  }

  /** What the server says of the session, whose role this resets. */
  Set<String> state() throws SQLException {
    Set<String> lines = new TreeSet<>(column(STATE.replace("OFFSET", Integer.toString(offset))));
    execute("reset session authorization");
    execute("reset role");
    for (String table :
        column(
            "select relname from pg_class"
                + " where relnamespace = pg_my_temp_schema() and relkind in ('r', 'S', 'v')")) {
      String value =
          table.startsWith("q") || table.endsWith("_seq") ? "last_value || ' ' || is_called" : "a";
      lines.add(table + rowsOf("select " + value + " from pg_temp.\"" + table + "\" order by 1"));
    }
    return lines;
  }

  /** A view may belong to a role that must not read what is behind it. */
  private String rowsOf(String query) {
    try {
      return column(query).toString();
    } catch (SQLException failure) {
      return String.valueOf(failure.getSQLState());
    }
  }

  /** Ends the session, and gives its locks back. */
  void close() throws SQLException {
    connection.close();
  }

  /** What the session has that a crash takes away; to be asked of a plain connection only. */
  List<String> lostInCrash() throws SQLException {
    List<String> lost = new ArrayList<>(column(LOST_IN_A_CRASH));
    lost.addAll(orphans("t2"));
    return lost;
  }

  /**
   * Whether there is a sequence whose position its role is not told; to be asked of a plain
   * connection only. Where a transaction has failed nobody can ask.
   */
  boolean hidesPositions() throws SQLException {
    return connection.unwrap(BaseConnection.class).getTransactionState() != TransactionState.FAILED
        && !column(HIDDEN_POSITIONS).isEmpty();
  }

  /**
   * Statements that are prepared for a table that is gone; to be asked of a plain connection only.
   *
   * @param tables what the table may be called
   */
  List<String> orphans(String... tables) throws SQLException {
    String names = Arrays.stream(tables).collect(joining("\",\"", "{\"", "\"}"));
    return column(ORPHAN.replace("TABLES", names));
  }

  private List<String> column(String query) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  String run(int kind, int detail) throws SQLException {
    int few = detail % 3;
    return switch (kind) {
      case 0 -> execute("set work_mem = '" + (1 + few) + "MB'");
      case 1 -> execute("set local statement_timeout = " + (60_000 + few));
      case 2 -> execute("set statement_timeout = '" + (70 + few) + "s'");
      case 3 -> execute("reset statement_timeout");
      case 4 -> execute("set time zone " + List.of("'UTC'", "'Asia/Tokyo'", "-3").get(few));
      case 5 -> execute("set datestyle = " + List.of("'ISO, DMY'", "'ISO'", "'ISO, YMD'").get(few));
      case 6 -> execute("set search_path = " + List.of("s1, public", "s2, public", "''").get(few));
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
      case 22 -> leavesLocks() ? lock("pg_advisory_lock", 1 + few) : execute("select " + few);
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
      case 30 ->
          execute(leavesRows() ? "insert into t" + few + " values (" + detail + ")" : "table t0");
      case 31 -> execute("create temp view v" + few + " as select " + detail + " as a");
      case 32 -> execute("drop view if exists v" + few);
      case 33 ->
          execute(leavesRows() ? "create temp sequence q" + few : "drop sequence if exists q0");
      case 34 -> execute(leavesRows() ? "select nextval('q" + few + "')" : "show timezone");
      case 28 -> execute(List.of("discard all", "discard temp", "set lock_timeout = 0").get(few));
      case 35 -> rows("select public.fill('t" + few + "')", "select public.harmless(1)");
      case 36 -> rows("execute filling(" + detail + ")", "show work_mem");
      case 37 -> execute("prepare filling as insert into t2 values ($1)");
      case 38 -> rows("do $$ begin insert into t" + few + " values (7); end $$", "select 7");
      case 39 -> execute("truncate t" + few);
      case 40 -> execute("alter table t" + few + " rename to \"Odd t\"");
      case 41 -> execute("alter table \"Odd t\" rename to t" + few);
      case 42 ->
          execute(
              "create or replace function pg_temp.f() returns int language sql as 'select "
                  + few
                  + "'");
      case 43 ->
          execute(
              List.of(
                      "create type pg_temp.k as enum ('x')",
                      "drop type if exists pg_temp.k",
                      "drop function if exists pg_temp.f()")
                  .get(few));
      case 44 -> execute("create temp table typed" + few + " (a status)");
      case 45 -> execute("prepare typed" + few + "(status) as select $1");
      case 46 -> execute("set local app.c = '" + few + "'");
      case 47 ->
          execute(
              "select set_config(n, v, false) from (values ('app.c', '1'), ('app.d', '"
                  + few
                  + "')) as t(n, v)");
      case 48 -> execute("select public.set_by_body('by body " + few + "')");
      case 49 -> execute("select public.made()");
      case 50 -> rows("create temp table s" + few + " (a serial)", "create view v2 as table t2");
      case 51 -> rows("insert into s" + few + " default values", "drop table if exists made");
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

  private String rows(String withRows, String without) throws SQLException {
    return execute(leavesRows() ? withRows : without);
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

  String execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      return sql;
    } catch (SQLException failure) {
      return sql + ": " + (failure instanceof BatonException ? failure : failure.getSQLState());
    }
  }
}
