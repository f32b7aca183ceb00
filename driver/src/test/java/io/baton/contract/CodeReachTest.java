package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Code that leaves the session alone costs no question; no call waits for the catalogue. */
@Tag("campaign")
class CodeReachTest extends ContractFixture {

  private static final String SETS =
      " returns int language plpgsql as"
          + " 'begin perform set_config(''app.reach'', ''x'', false); return 1; end'";
  private static final String HARMLESS =
      " returns int language plpgsql as 'begin perform 1; return 1; end'";

  CodeReachTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void code() throws SQLException {
    execute("drop table if exists audited, setting, audit");
    execute("create table audit (id int)");
    execute("create table audited (id int)");
    execute("create table setting (id int)");
    execute("insert into audited values (1)");
    execute("insert into setting values (1)");
    execute("create or replace function harmless()" + HARMLESS);
    execute("create or replace function sets()" + SETS);
    execute("create or replace function calls() returns int language sql as 'select sets()'");
    execute(
        "create or replace function audits() returns trigger language plpgsql as"
            + " 'begin perform 1; insert into audit values (new.id); return new; end'");
    execute(
        "create or replace function triggers() returns trigger language plpgsql as"
            + " 'begin perform calls(); return new; end'");
    execute(
        "create trigger audits before update on audited for each row execute function audits()");
    execute(
        "create trigger triggers before update on setting for each row"
            + " execute function triggers()");
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> trips("select harmless()") < trips("select sets()"));
  }

  /** How many round trips a statement takes; others of the monitor's may fall between. */
  private long trips(String sql) throws SQLException {
    long fewest = Long.MAX_VALUE;
    for (int i = 0; i < 6; i++) {
      long before = cluster.primary().proxy().roundTrips();
      execute(sql);
      fewest = Math.min(fewest, cluster.primary().proxy().roundTrips() - before);
    }
    return fewest;
  }

  private static void signal(String signal, String process) {
    try {
      Process kill = new ProcessBuilder("kill", signal, process).start();
      assertThat(kill.waitFor()).isZero();
    } catch (IOException | InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  @Test
  void codeThatLeavesTheSessionAlone_costsNoQuestion() throws SQLException {
    long plain = trips("update audit set id = 1");

    assertThat(trips("update audited set id = 1")).isEqualTo(plain);
    assertThat(trips("select calls()")).isGreaterThan(trips("select harmless()"));
    assertThat(trips("update setting set id = 1")).isGreaterThan(plain);
  }

  @Test
  void definitionOfTable_leavesWhatIsKnown() throws SQLException {
    long plain = trips("select harmless()");
    long fewest = Long.MAX_VALUE;
    for (int i = 0; i < 6; i++) {
      execute("alter table audit add column c" + i + " int default 7");
      long before = cluster.primary().proxy().roundTrips();
      execute("select harmless()");
      fewest = Math.min(fewest, cluster.primary().proxy().roundTrips() - before);
    }
    assertThat(fewest).isEqualTo(plain);
  }

  @Test
  void functionThatAnotherClientReplaced_isNoticed() throws SQLException {
    long plain = trips("select harmless()");
    direct("create or replace function harmless()" + SETS);

    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> trips("select harmless()") > plain);
  }

  @Test
  void catalogueThatIsNotRead_keepsNoCallWaiting() throws SQLException {
    direct(
        "do $$ begin for i in 1..2000 loop"
            + " execute format('create table if not exists %I (id int primary key)', 'many' || i);"
            + " execute format('create or replace function %I() returns int language plpgsql"
            + " as ''begin return 1; end''', 'many' || i);"
            + " if i % 200 = 0 then commit; end if; end loop; end $$");
    String reader =
        ask(
            "select pid from pg_stat_activity where application_name = 'Baton monitor'"
                + " and (query like '%hashtextextended%' or query like '%recursive volatile%')");
    signal("-STOP", reader);
    try {
      execute("create or replace function harmless()" + HARMLESS);
      long longest = 0;
      for (int i = 0; i < 100; i++) {
        long start = System.nanoTime();
        execute("select harmless()");
        execute("insert into entry values (" + i + ")");
        longest = Math.max(longest, System.nanoTime() - start);
      }
      try (Connection another = connect("")) {
        assertThat(ask(another, "select harmless()")).isEqualTo("1");
      }
      assertThat(Duration.ofNanos(longest)).isLessThan(AT_ONCE);
      assertThat(trips("select harmless()")).isEqualTo(trips("select sets()"));
    } finally {
      signal("-CONT", reader);
    }
    Awaitility.await().until(() -> trips("select harmless()") < trips("select sets()"));
  }
}
