package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.OutcomeUnknownException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.ArmedFault;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rows that are changed through a result do to the session what the statement would do that changes
 * them: their table has triggers, rules, defaults and policies.
 */
class ChangedRowsTest extends ContractFixture {

  ChangedRowsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void code() throws SQLException {
    execute(
        "drop table if exists setting, locking, making, quiet;"
            + "create or replace function rows_set() returns trigger language plpgsql as"
            + " 'begin perform set_config(''app.rows'', ''new'', false);"
            + " return coalesce(new, old); end';"
            + "create or replace function rows_lock() returns trigger language plpgsql as"
            + " 'begin perform pg_advisory_lock(4711); return coalesce(new, old); end';"
            + "create or replace function rows_make() returns trigger language plpgsql as"
            + " 'begin create temp table made (id int); return coalesce(new, old); end';"
            + "create table setting (id int primary key, n int);"
            + "create table locking (id int primary key, n int);"
            + "create table making (id int primary key, n int);"
            + "create table quiet (id int primary key, n int);"
            + "insert into quiet values (1, 1), (2, 2);"
            + "insert into setting values (1, 1), (2, 2); insert into locking values (1, 1), (2, 2);"
            + "insert into making values (1, 1), (2, 2);"
            + "create or replace trigger fire before insert or update or delete on setting"
            + " for each row execute function rows_set();"
            + "create or replace trigger fire before insert or update or delete on locking"
            + " for each row execute function rows_lock();"
            + "create or replace trigger fire before insert or update or delete on making"
            + " for each row execute function rows_make()");
    execute("set app.rows = 'old'");
  }

  /** How a row is changed. */
  enum Way {
    INSERT {
      @Override
      void on(ResultSet rows) throws SQLException {
        rows.moveToInsertRow();
        rows.updateInt(1, 3);
        rows.insertRow();
      }
    },
    UPDATE {
      @Override
      void on(ResultSet rows) throws SQLException {
        rows.next();
        rows.updateInt(rows.getMetaData().getColumnCount(), 5);
        rows.updateRow();
      }
    },
    DELETE {
      @Override
      void on(ResultSet rows) throws SQLException {
        rows.next();
        rows.deleteRow();
      }
    };

    abstract void on(ResultSet rows) throws SQLException;
  }

  private void change(Way way, String query) throws SQLException {
    try (Statement statement =
            connection.createStatement(
                ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
        ResultSet rows = statement.executeQuery(query)) {
      way.on(rows);
    }
  }

  private String setting() throws SQLException {
    return ask("select current_setting('app.rows')");
  }

  @ParameterizedTest
  @EnumSource
  void setting_ofATrigger_isKept(Way way) throws SQLException {
    change(way, "select * from setting");
    cluster.primary().terminateBackends();

    assertThat(setting()).isEqualTo("new");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT id, n FROM only setting",
        "select n, id from public.setting order by id",
        "select * from setting where id in (select id from quiet)",
        "select setting.* from setting join quiet using (id)",
        "select * from setting where {d '2020-02-02'} < current_date",
      })
  void setting_ofATrigger_isKept_howeverTheTableIsNamed(String query) throws SQLException {
    change(Way.DELETE, query);
    cluster.primary().terminateBackends();

    assertThat(setting()).isEqualTo("new");
  }

  /** The driver looks for the table behind what it makes of the escape. */
  @Test
  void session_isLost_ifItIsNotKnownWhichTableIsMeant() throws SQLException {
    change(Way.DELETE, "select * from {oj setting left outer join quiet using (id)}");
    cluster.primary().terminateBackends();

    assertThat(stateOf(() -> ask("select 1"))).isEqualTo("08006");
    assertThat(connection.isClosed()).isTrue();
  }

  @Test
  void setting_ofATrigger_ofAPreparedQuery_isKept() throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "select * from setting where id = ?",
            ResultSet.TYPE_FORWARD_ONLY,
            ResultSet.CONCUR_UPDATABLE)) {
      query.setInt(1, 2);
      try (ResultSet rows = query.executeQuery()) {
        Way.UPDATE.on(rows);
      }
    }
    cluster.primary().terminateBackends();

    assertThat(setting()).isEqualTo("new");
  }

  @Test
  void setting_ofATrigger_inATransaction_isKeptIfItIsCommitted() throws SQLException {
    connection.setAutoCommit(false);
    change(Way.UPDATE, "select * from setting");
    connection.commit();
    cluster.primary().terminateBackends();

    assertThat(setting()).isEqualTo("new");
  }

  @Test
  void setting_ofATrigger_inATransactionThatIsLost_isWhatItWas() throws SQLException {
    connection.setAutoCommit(false);
    change(Way.UPDATE, "select * from setting");
    cluster.primary().terminateBackends();

    assertThat(stateOf(() -> ask("select 1"))).isEqualTo("40001");
    connection.rollback();
    assertThat(setting()).isEqualTo("old");
  }

  @Test
  void setting_ofATrigger_whoseStatementFails_isWhatItIs() throws SQLException {
    direct("alter table setting add check (n < 4) not valid");
    assertThat(stateOf(() -> change(Way.UPDATE, "select * from setting"))).isEqualTo("23514");
    direct("alter table setting drop constraint setting_n_check");
    String now = setting();
    cluster.primary().terminateBackends();

    assertThat(setting()).isEqualTo(now);
  }

  @Test
  void lock_ofATrigger_isNotLostInSilence() throws SQLException {
    change(Way.UPDATE, "select * from locking");
    cluster.primary().terminateBackends();

    assertThat((Throwable) failure(() -> ask("select 1")))
        .hasMessageContaining("advisory lock 4711");
    assertThat(connection.isClosed()).isTrue();
  }

  @Test
  void temporaryTable_ofATrigger_isThere() throws SQLException {
    change(Way.UPDATE, "select * from making");
    cluster.primary().terminateBackends();

    assertThat(ask("select count(*) from made")).isEqualTo("0");
  }

  /** Makes a change; returns whether the server was asked for the session. */
  private boolean isAskedFor(Way way, int id) throws SQLException {
    direct("truncate entry");
    insert(id);
    ArmedFault asked =
        cluster
            .primary()
            .proxy()
            .on(
                FaultPoint.before(Backend.COMMAND_COMPLETE)
                    .ofStatement(statement -> statement.contains("pg_catalog.pg_settings")),
                () -> {});
    change(way, "select * from entry");
    boolean isAsked = asked.hasFired();
    asked.disarm();
    return isAsked;
  }

  @ParameterizedTest
  @EnumSource
  void tableWithoutCode_costsNothing_andKeepsTheSession(Way way) throws SQLException {
    execute("create temp table mine (id int)");
    // From when on it is known that what was defined has not changed the table.
    Awaitility.await().until(() -> !isAskedFor(Way.DELETE, 7));

    assertThat(isAskedFor(way, 8)).isFalse();
    cluster.primary().terminateBackends();
    assertThat(setting()).isEqualTo("old");
    assertThat(ask("select count(*) from mine")).isEqualTo("0");
  }

  @Test
  void temporaryTable_thatIsFilled_isLost() throws SQLException {
    execute("create temp table mine (id int primary key, n int)");
    change(Way.INSERT, "select * from mine");
    cluster.primary().terminateBackends();

    assertThat((Throwable) failure(() -> ask("select 1"))).hasMessageContaining("mine");
  }

  private SQLException cutOff(String query) {
    FaultPoint answered =
        FaultPoint.before(Backend.COMMAND_COMPLETE)
            .ofStatement(statement -> statement.startsWith("UPDATE"));
    cluster.primary().proxy().cutOn(answered);
    try {
      return failure(() -> change(Way.UPDATE, query));
    } finally {
      cluster.primary().proxy().disarm();
    }
  }

  @Test
  void session_thatAChangeOfUnknownOutcomeMayHaveChanged_isLostWithIt() throws SQLException {
    SQLException end = cutOff("select * from setting");

    assertThat((Throwable) end).isInstanceOf(OutcomeUnknownException.class);
    assertThat(connection.isClosed()).isTrue();
  }

  @Test
  void session_thatAChangeOfUnknownOutcomeLeavesAlone_goesOn() throws SQLException {
    SQLException end = cutOff("select * from quiet");

    assertThat((Throwable) end).isInstanceOf(OutcomeUnknownException.class);
    assertThat(setting()).isEqualTo("old");
  }

  @Test
  void session_ofATransactionOfUnknownOutcome_isLostIfARowMayHaveChangedIt() throws SQLException {
    reconnect("?baton.commitOutcome=none");
    connection.setAutoCommit(false);
    change(Way.UPDATE, "select * from setting");
    cluster.primary().proxy().cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT"));
    SQLException end = failure(connection::commit);
    cluster.primary().proxy().disarm();

    assertThat((Throwable) end).isInstanceOf(OutcomeUnknownException.class);
    assertThat(connection.isClosed()).isTrue();
  }
}
