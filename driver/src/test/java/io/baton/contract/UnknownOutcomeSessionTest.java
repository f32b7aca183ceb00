package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.OutcomeUnknownException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A session ends with 08007 if the work may have changed it: an application that finds the work
 * done must not go on in a session without what the work has set.
 */
class UnknownOutcomeSessionTest extends ContractFixture {

  UnknownOutcomeSessionTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void code() throws SQLException {
    direct(
        "create or replace function doubt_set() returns text language plpgsql as"
            + " 'begin return set_config(''app.doubt'', ''new'', false); end';"
            + "create or replace function doubt_local() returns text language plpgsql as"
            + " 'begin return set_config(''app.doubt'', ''new'', true); end';"
            + "create or replace function doubt_fire() returns trigger language plpgsql as"
            + " 'begin perform doubt_set(); return new; end';"
            + "create or replace function doubt_note() returns trigger language plpgsql as"
            + " 'begin insert into noted values (new.id); return new; end';"
            + "create or replace procedure doubt_call() language plpgsql as"
            + " 'begin insert into entry values (1); commit; perform doubt_set(); end';"
            + "create or replace procedure doubt_call_plain() language plpgsql as"
            + " 'begin insert into entry values (1); commit; insert into entry values (2); end';"
            + "create table if not exists fired (id int); create table if not exists noted (id int);"
            + "create table if not exists noting (id int);"
            + "create or replace trigger fire before insert on fired for each row"
            + " execute function doubt_fire();"
            + "create or replace trigger note before insert on noting for each row"
            + " execute function doubt_note()");
  }

  /** The answer to the last part of a text is lost, and the server has done all of it. */
  private SQLException cutOff(String sql) {
    String marked = sql + " /* cut off */";
    FaultPoint answered =
        FaultPoint.before(Backend.COMMAND_COMPLETE)
            .ofStatement(statement -> statement.contains("/* cut off */"));
    cluster.primary().proxy().cutOn(answered);
    try {
      return failure(() -> execute(marked));
    } finally {
      cluster.primary().proxy().disarm();
    }
  }

  private static void assertUnknown(SQLException end) {
    assertThat((Throwable) end).isInstanceOf(OutcomeUnknownException.class);
    assertThat(end.getSQLState()).isEqualTo("08007");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "insert into fired values (1)",
        "insert into entry values (1); select doubt_set()",
        "insert into entry select 1 where doubt_set() is not null",
        "call doubt_call()",
        "do $$ begin insert into entry values (1); perform doubt_set(); end $$",
        "do $$ begin insert into entry values (1); set app.doubt = 'new'; end $$",
        "insert into entry values (1); set app.doubt = 'new'",
        "set app.doubt = 'new'; insert into entry values (1); commit",
        "begin; set app.doubt = 'new'; insert into entry values (1); commit",
        "insert into entry values (1); prepare doubt as select 1",
        "insert into entry values (1); create temp table doubtful (id int)",
        "insert into entry select 1 where pg_try_advisory_lock(4711)",
      })
  void session_thatTheWorkMayHaveChanged_isLostWithIt(String sql) throws SQLException {
    execute("set app.doubt = 'old'");

    SQLException end = cutOff(sql);

    assertUnknown(end);
    assertThat((Throwable) end).hasMessageContaining("the connection is closed");
    assertThat(connection.isClosed()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "insert into entry values (1)",
        "insert into noting values (1)",
        "call doubt_call_plain()",
        "do $$ begin insert into entry values (1); end $$",
        "begin; set local app.doubt = 'new'; insert into entry values (1); commit",
        "insert into entry select 1 where doubt_local() is not null",
        "insert into entry values (1); commit; insert into entry values (2)",
        "create table if not exists doubtless (id int); drop table doubtless; select 1",
        "truncate noted",
      })
  void session_thatTheWorkLeavesAlone_goesOn(String sql) throws SQLException {
    execute("set app.doubt = 'old'");

    SQLException end = cutOff(sql);

    assertUnknown(end);
    assertThat((Throwable) end).hasMessageNotContaining("closed");
    assertThat(ask("select current_setting('app.doubt')")).isEqualTo("old");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "insert into entry select id from doubtful | false",
        "delete from entry using doubtful where doubtful.id = entry.id | false",
        "with w as (select id from doubtful) update entry set id = 5 from w | false",
        "insert into doubtful select id from doubtful | true",
        "with w as (insert into doubtful values (1) returning id) delete from entry | true",
        "delete from entry; insert into doubtful values (1) | true",
      })
  void session_withAnEmptyTemporaryTable_isLostIfTheWorkMayHaveFilledIt(String sql, boolean isLost)
      throws SQLException {
    execute("create temp table doubtful (id int)");

    assertUnknown(cutOff(sql));
    assertThat(connection.isClosed()).isEqualTo(isLost);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select doubt_set() | true",
        "set app.doubt = 'new' | true",
        "insert into fired values (1) | true",
        "set local app.doubt = 'new' | false",
        "select doubt_local() | false",
        "insert into noting values (1) | false",
      })
  void sessionOfATransaction_whoseCommitIsUnknown(String sql, boolean isLost) throws SQLException {
    reconnect("?baton.commitOutcome=none");
    execute("set app.doubt = 'old'");
    connection.setAutoCommit(false);
    execute(sql);
    insert(1);
    cluster.primary().proxy().cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT"));
    SQLException end = failure(connection::commit);
    cluster.primary().proxy().disarm();

    assertUnknown(end);
    assertThat(connection.isClosed()).isEqualTo(isLost);
    if (!isLost) {
      connection.rollback();
      assertThat(ask("select current_setting('app.doubt')")).isEqualTo("old");
      connection.rollback();
    }
  }
}
