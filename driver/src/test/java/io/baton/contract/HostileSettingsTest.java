package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonLedger;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.sql.StatementAnalyzer;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the application has set neither cuts nor changes what Baton asks the server. */
class HostileSettingsTest extends ContractFixture {

  private static final FaultPoint BEFORE_THE_SERVER_COMMITS =
      FaultPoint.before(Frontend.EXECUTE).ofStatement("commit"::equalsIgnoreCase);

  /** A schema with operators of its own, each of which answers no, and functions that mislead. */
  private static final String SCHEMA =
      """
      drop schema if exists evil cascade;
      create schema evil;
      create function evil.no(text, text) returns boolean language sql immutable as 'select false';
      create function evil.no(name, text) returns boolean language sql immutable as 'select false';
      create function evil.no("char", "char") returns boolean language sql immutable
        as 'select false';
      create function evil.no(text, int) returns boolean language sql immutable as 'select false';
      create function evil.no(oid, oid) returns boolean language sql immutable as 'select false';
      create function evil.no(uuid, uuid) returns boolean language sql immutable as 'select false';
      create operator evil.= (leftarg = oid, rightarg = oid, function = evil.no);
      create operator evil.= (leftarg = uuid, rightarg = uuid, function = evil.no);
      create operator evil.= (leftarg = text, rightarg = text, function = evil.no);
      create operator evil.= (leftarg = name, rightarg = text, function = evil.no);
      create operator evil.= (leftarg = "char", rightarg = "char", function = evil.no);
      create operator evil.<> (leftarg = text, rightarg = text, function = evil.no);
      create operator evil.~ (leftarg = text, rightarg = text, function = evil.no);
      create operator evil.~* (leftarg = text, rightarg = text, function = evil.no);
      create function evil.pg_backend_pid() returns int language sql as 'select 1';
      create function evil.current_setting(text) returns text language sql as 'select $1';
      create function evil.set_config(text, text, boolean) returns text language sql as 'select $1';
      create function evil.pg_current_xact_id() returns xid8 language sql as 'select ''3''::xid8'
      """;

  private static final String SETTINGS =
      """
      set search_path = evil, pg_catalog, public;
      set extra_float_digits = -15;
      set intervalstyle = 'sql_standard';
      set datestyle = 'ISO, DMY';
      set bytea_output = 'escape';
      set standard_conforming_strings = off;
      set escape_string_warning = off;
      set quote_all_identifiers = on;
      set transform_null_equals = on;
      set row_security = off;
      set lock_timeout = '1ms';
      set default_transaction_isolation = 'serializable'
      """;

  HostileSettingsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "?baton.failoverTimeout=20s");
  }

  @BeforeEach
  void schema() throws SQLException {
    direct(SCHEMA);
    direct("create table if not exists keyed (id serial primary key, word text)");
    direct("truncate keyed");
  }

  /** From now on it is known which server it is, so that the marker comes with a write. */
  private void firstTransaction() throws SQLException {
    connection.setAutoCommit(false);
    insert(1);
    connection.commit();
  }

  /** Ids of transactions have as many digits that one is an older one when it is cut. */
  private void spendTransactions() throws SQLException {
    direct(
        "do $$ begin for i in 1..1500 loop perform pg_current_xact_id(); commit; end loop; end $$");
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 0", "2, 0, 0", "3, 0, 0", "0, 1, 0", "0, 0, 1", "3, 1, 1"})
  void limitsOfAStatement_doNotCutTheMarkerThatItBringsAlong(
      int maxFieldSize, int maxRows, int fetchSize) throws SQLException {
    spendTransactions();
    firstTransaction();
    try (PreparedStatement insert = connection.prepareStatement("insert into entry values (?)")) {
      insert.setMaxFieldSize(maxFieldSize);
      insert.setMaxRows(maxRows);
      insert.setFetchSize(fetchSize);
      insert.setInt(1, 2);
      assertThat(insert.executeUpdate()).isEqualTo(1);
      cluster.primary().proxy().cutOn(BEFORE_THE_SERVER_COMMITS);

      connection.commit();
    }
    assertThat(rows()).isEqualTo("1 2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&baton.commitOutcome=ledger", "&preferQueryMode=simple"})
  void session_underHostileSettings_isRebuiltReplayedAndSettled(String option) throws SQLException {
    if (option.contains("ledger")) {
      try (Connection direct = cluster.primary().connect()) {
        BatonLedger.create(direct);
      }
    }
    reconnect("?baton.failoverTimeout=20s" + option);
    execute(SETTINGS);
    execute("create temporary table scratch (a int)");
    execute("prepare greeting as select 'hello'");
    ask("select pg_catalog.pg_advisory_lock(42)");
    execute("do $$ begin perform pg_catalog.set_config('app.tenant', 'blue', false); end $$");
    firstTransaction();

    try (PreparedStatement insert =
        connection.prepareStatement("insert into public.keyed (word) values (?)")) {
      insert.setString(1, "a");
      insert.executeUpdate();
      cluster.primary().proxy().resetConnections();
      insert.setString(1, "b");
      insert.executeUpdate();
      cluster.primary().proxy().cutOn(BEFORE_THE_SERVER_COMMITS);
      connection.commit();
    }

    connection.setAutoCommit(true);
    assertThat(ask("select pg_catalog.count(*) from public.keyed")).isEqualTo("2");
    assertThat(ask("select pg_catalog.count(*) from scratch")).isEqualTo("0");
    assertThat(ask("execute greeting")).isEqualTo("hello");
    assertThat(ask("show app.tenant")).isEqualTo("blue");
    assertThat(ask("show search_path")).isEqualTo("evil, pg_catalog, public");
    assertThat(ask("show extra_float_digits")).isEqualTo("-15");
    assertThat(ask("show lock_timeout")).isEqualTo("1ms");
    assertThat(ask("select pg_catalog.pg_advisory_unlock(42)")).isEqualTo("t");
  }

  @Test
  void session_withATimeoutThatNothingMeets_isRebuilt() throws SQLException {
    execute("create temporary table scratch (a int)");
    execute("set statement_timeout = '1ms'");
    cluster.primary().terminateBackends();

    Awaitility.await()
        .until(
            () -> {
              try {
                return ask("show statement_timeout").equals("1ms");
              } catch (SQLException cut) {
                assertThat(cut.getSQLState()).as("%s", cut).isEqualTo("57014");
                return false;
              }
            });
  }

  @Test
  void catalogue_isRead_whateverIsSet() throws SQLException {
    direct("drop function if exists writes()");
    direct("create function writes() returns int language sql volatile as 'select 1'");
    try (Connection plain = cluster.primary().connect();
        Statement statement = plain.createStatement()) {
      statement.execute(SETTINGS);
      statement.execute("set statement_timeout = '5ms'");
      FunctionCatalogue catalogue = new FunctionCatalogue();

      Awaitility.await() // It takes longer than that; but what sets that aside may be cut, too.
          .ignoreExceptionsInstanceOf(SQLException.class)
          .until(
              () -> {
                catalogue.refresh(plain);
                return true;
              });

      StatementAnalyzer analyzer = new StatementAnalyzer();
      assertThat(catalogue.verdict(analyzer.analyze("select writes()")))
          .isEqualTo(ReadVerdict.NOT_A_READ);
      assertThat(catalogue.verdict(analyzer.analyze("select abs(1), keyed.id from keyed")))
          .isEqualTo(ReadVerdict.PROVED);
      Awaitility.await()
          .ignoreExceptionsInstanceOf(SQLException.class)
          .until(
              () ->
                  ask(plain, "show statement_timeout").equals("5ms")
                      && ask(plain, "show search_path").equals("evil, pg_catalog, public"));
    }
  }
}
