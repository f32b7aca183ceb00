package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.baton.BatonException;
import io.baton.BatonException.Outcome;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.PostgresVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** What a server that stays up ended on purpose stays ended; and no call crashes it twice. */
@Tag("campaign")
class AdministratorTest extends ContractFixture {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Reads, proved by its text, and does not end. */
  private static final String RUNAWAY =
      "with recursive n(i) as (select 1::int8 union all select i + 1 from n)"
          + " select count(*) as runaway from n";

  private final PostgresNode primary;

  AdministratorTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "?baton.failoverTimeout=20s");
    this.primary = cluster.primary();
  }

  /** A function that ends its own backend as a fault in it would: it crashes, and takes all. */
  @BeforeEach
  void crash() throws SQLException {
    asSuperuser(
        "create or replace function crash() returns int language plpgsql security definer as $$"
            + " begin"
            + " execute format('copy (select 1) to program ''kill -SEGV %s''', pg_backend_pid());"
            + " perform pg_sleep(30); return 1; end $$");
  }

  private void asSuperuser(String sql) throws SQLException {
    try (Connection superuser = primary.connectAsSuperuser();
        Statement statement = superuser.createStatement()) {
      statement.execute(sql);
    }
  }

  private long crashes() {
    return primary.log().lines().filter(line -> line.contains("by signal")).count();
  }

  /** Ends each other backend that appears in {@code pg_stat_activity} so, until the call ends. */
  private Set<Integer> endEach(String condition, String ending, BackgroundCall call)
      throws InterruptedException {
    Set<Integer> ended = new HashSet<>();
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(
            () -> {
              if (call.hasEnded()) {
                return true;
              }
              try (Connection superuser = primary.connectAsSuperuser();
                  Statement statement = superuser.createStatement();
                  ResultSet rows =
                      statement.executeQuery(
                          "select pid from pg_stat_activity where pid <> pg_backend_pid() and "
                              + condition)) {
                while (rows.next()) {
                  int pid = rows.getInt(1);
                  if (ended.add(pid)) {
                    asSuperuser(ending.formatted(pid));
                  }
                }
              }
              return false;
            });
    return ended;
  }

  private void awaitEndOfBackend(String pid) {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> {
              try (Connection direct = primary.connect()) {
                return ask(direct, "select count(*) from pg_stat_activity where pid = " + pid)
                    .equals("0");
              }
            });
  }

  private void assertLost(SQLException failure, String text) {
    assertThat(failure.getSQLState()).isEqualTo("40001");
    assertThat(((BatonException) failure).outcome()).isEqualTo(Outcome.NOT_COMMITTED);
    assertThat(failure.getMessage()).contains(text);
    assertThat(failure.getCause()).hasMessageContaining(text);
  }

  private void assertRefusedUntilRolledBack() throws SQLException {
    assertThat(stateOf(() -> insert(3))).isEqualTo("25P02");
    connection.rollback();
    insert(4);
    connection.commit();
    assertThat(rows()).isEqualTo("4");
  }

  // ------------------------------------------------------------------- backends ended on purpose

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void runawayQuery_terminatedEachTimeItAppears_isEndedByTheSecond(boolean inTransaction)
      throws Exception {
    connection.setAutoCommit(!inTransaction);
    if (inTransaction) {
      insert(1);
    }
    BackgroundCall call = BackgroundCall.start(() -> ask(RUNAWAY));

    Set<Integer> ended =
        endEach(
            "state = 'active' and query like '%runaway%'", "select pg_terminate_backend(%d)", call);

    SQLException failure = call.failsWithin(PATIENCE);
    assertThat(ended).hasSize(2);
    if (inTransaction) {
      assertLost(failure, "terminating connection due to administrator command");
      assertRefusedUntilRolledBack();
    } else {
      assertThat(failure.getSQLState()).isEqualTo("57P01");
      assertThat(ask("select 1")).isEqualTo("1");
    }
  }

  @Test
  void query_terminatedOnce_isRunAgain() throws Exception {
    direct("create sequence if not exists run");
    direct("alter sequence run restart");
    connection.setAutoCommit(false);
    insert(1);
    // A sequence is not rolled back, so it counts the runs.
    BackgroundCall call =
        BackgroundCall.start(
            () ->
                execute(
                    "do $$ begin if nextval('run') = 1 then perform pg_sleep(30); end if; end $$"));

    assertThat(endEach("wait_event = 'PgSleep'", "select pg_terminate_backend(%d)", call))
        .hasSize(1);

    assertThat(call.endsWithin(PATIENCE)).isEmpty();
    connection.commit();
    assertThat(rows()).isEqualTo("1");
  }

  // ------------------------------------------------------------------------ timeouts of the server

  @Test
  void transactionTimeout_isSurfacedAtOnce_withTheServersText() throws Exception {
    assumeTrue(cluster.version().isAtLeast(PostgresVersion.V17));
    execute("set transaction_timeout = '1s'");
    connection.setAutoCommit(false);
    insert(1);

    SQLException failure =
        BackgroundCall.start(() -> ask("select pg_sleep(30)")).failsWithin(Duration.ofSeconds(4));

    assertLost(failure, "terminating connection due to transaction timeout");
    assertRefusedUntilRolledBack();
    assertThat(ask("show transaction_timeout")).isEqualTo("1s");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void transactionTimeout_ofARead_isSurfacedAtOnce(boolean first) throws Exception {
    assumeTrue(cluster.version().isAtLeast(PostgresVersion.V17));
    execute("set transaction_timeout = '1s'");
    connection.setAutoCommit(!first);

    SQLException failure =
        BackgroundCall.start(() -> ask(RUNAWAY)).failsWithin(Duration.ofSeconds(4));

    assertLost(failure, "terminating connection due to transaction timeout");
    if (first) {
      connection.rollback();
    }
    assertThat(ask("select 1")).isEqualTo("1");
  }

  private void idleInTransaction() throws SQLException {
    execute("set idle_in_transaction_session_timeout = '100ms'");
    connection.setAutoCommit(false);
    insert(9); // From now on, it is known what is to be noted ahead of a COMMIT.
    connection.commit();
    execute("delete from entry");
    connection.commit();
    insert(1);
    String pid = ask("select pg_backend_pid()");
    awaitEndOfBackend(pid);
  }

  @Test
  void idleInTransactionTimeout_isSurfaced_withTheServersText() throws SQLException {
    idleInTransaction();

    SQLException failure = failure(() -> insert(2));

    assertLost(failure, "terminating connection due to idle-in-transaction timeout");
    assertThat(stateOf(() -> insert(3))).isEqualTo("25P02");
    connection.rollback();
    assertThat(rows()).isEmpty();
  }

  @Test
  void idleInTransactionTimeout_endsACommit_whichIsNotInDoubt() throws SQLException {
    idleInTransaction();

    SQLException failure = failure(connection::commit);

    assertLost(failure, "terminating connection due to idle-in-transaction timeout");
    assertThat(stateOf(connection::commit)).isEqualTo("25P02");
    connection.rollback();
    assertThat(rows()).isEmpty();
  }

  @Test
  void idleInTransactionTimeout_letsARollbackReturn() throws SQLException {
    idleInTransaction();

    connection.rollback();

    assertThat(rows()).isEmpty();
    assertThat(ask("select 1")).isEqualTo("1");
  }

  @Test
  void idleSessionTimeout_isNotNoticed_alsoByAWrite() throws SQLException {
    execute("set idle_session_timeout = '100ms'");
    for (int id = 1; id <= 3; id++) {
      awaitEndOfBackend(ask("select pg_backend_pid()"));
      insert(id);
    }

    assertThat(rows()).isEqualTo("1 2 3");
  }

  private void endAndAwait(String pid) throws SQLException {
    asSuperuser("select pg_terminate_backend(%s, 10000)".formatted(pid));
    awaitEndOfBackend(pid);
  }

  /** What the server said last has arrived, unless the machine takes a second for a millisecond. */
  private static void letItArrive() {
    Awaitility.await().pollDelay(Duration.ofMillis(200)).until(() -> true);
  }

  @Test
  void backendThatWasEndedWhileIdle_isNotNoticed_alsoByAWrite() throws SQLException {
    for (int id = 1; id <= 3; id++) {
      endAndAwait(ask("select pg_backend_pid()"));
      letItArrive();
      insert(id);
    }

    assertThat(rows()).isEqualTo("1 2 3");
  }

  @Test
  void writeWhileNotificationsWait_isMadeOnce_andTheyAreHeard() throws SQLException {
    execute("listen told");
    asUser("notify told, 'one'");
    letItArrive();

    insert(1);

    assertThat(connection.unwrap(PGConnection.class).getNotifications()).hasSize(1);
    assertThat(rows()).isEqualTo("1");
  }

  private void asUser(String sql) throws SQLException {
    try (Connection direct = primary.connect();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  // --------------------------------------------------------------------------------- crashes

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void callThatCrashesItsBackend_inATransaction_crashesTheServerOnce(boolean first)
      throws SQLException {
    long before = crashes();
    connection.setAutoCommit(false);
    if (!first) {
      insert(1);
    }

    SQLException failure = failure(() -> ask("select crash()"));

    assertThat(failure.getSQLState()).isEqualTo("40001");
    assertThat(crashes() - before).isEqualTo(1);
    assertRefusedUntilRolledBack();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&baton.autocommitWrites=protect"})
  void callThatCrashesItsBackend_outsideOfATransaction_crashesTheServerOnce(String option)
      throws SQLException {
    reconnect("?baton.failoverTimeout=20s" + option);
    long before = crashes();

    SQLException failure = failure(() -> ask("select crash()"));

    assertThat(failure.getSQLState()).isIn("08006", "08007", "40001");
    assertThat(crashes() - before).isEqualTo(1);
    if (connection.isClosed()) {
      // It is lost where the function may have changed it, and nobody knows how it ended.
      assertThat(failure.getSQLState()).isEqualTo("08007");
      reconnect("?baton.failoverTimeout=20s" + option);
    }
    assertThat(ask("select 1")).isEqualTo("1");
  }

  @Test
  void readThatCrashesItsBackend_outsideOfATransaction_endsWithTheDriversError() throws Exception {
    long before = crashes();
    BackgroundCall call = BackgroundCall.start(() -> ask(RUNAWAY));

    endEach(
        "state = 'active' and query like '%runaway%'",
        "copy (select 1) to program 'kill -SEGV %d'", call);

    assertThat(call.failsWithin(PATIENCE).getSQLState()).isEqualTo("08006");
    assertThat(crashes() - before).isEqualTo(1);
    assertThat(ask("select 1")).isEqualTo("1");
  }

  @Test
  void commitThatCrashesItsBackend_crashesTheServerOnce() throws SQLException {
    asSuperuser(
        "create or replace function crash_at_commit() returns trigger language plpgsql as"
            + " $$ begin perform crash(); return null; end $$");
    direct(
        "create constraint trigger crashing after insert on entry deferrable initially deferred"
            + " for each row when (new.id = 13) execute function crash_at_commit()");
    try {
      long before = crashes();
      connection.setAutoCommit(false);
      insert(13);

      SQLException failure = failure(connection::commit);

      assertThat(failure.getSQLState()).isEqualTo("40001");
      assertThat(crashes() - before).isEqualTo(1);
      connection.rollback();
      assertThat(rows()).isEmpty();
    } finally {
      direct("drop trigger crashing on entry");
    }
  }

  /** What else the function did to the session is not known then: the session may be lost. */
  @Test
  void fetchThatCrashesItsBackend_crashesTheServerOnce() throws SQLException {
    long before = crashes();
    connection.setAutoCommit(false);
    insert(1);
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(3);
      try (ResultSet rows =
          statement.executeQuery(
              "select case when i > 5 then crash() end from generate_series(1, 9) i")) {
        SQLException failure =
            failure(
                () -> {
                  while (rows.next()) {
                    assertThat(rows.getInt(1)).isZero();
                  }
                });
        assertThat(failure.getSQLState()).as("%s", failure).isIn("40001", "08006");
        assertThat(((BatonException) failure).outcome()).isEqualTo(Outcome.NOT_COMMITTED);
      }
    }

    assertThat(crashes() - before).isEqualTo(1);
    assertThat(rows()).isEmpty();
  }

  /** It has no file descriptor left for the next file of its log, and panics: 53000. */
  @Test
  void panicThatIsNotOfTheCall_isReplayed() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")));
    String pid = ask("select pg_backend_pid()");
    connection.setAutoCommit(false);
    insert(1);
    asSuperuser("select pg_switch_wal()");
    asSuperuser("copy (select 1) to program 'prlimit --pid %s --nofile=3'".formatted(pid));

    insert(2);
    connection.commit();

    assertThat(primary.log()).contains("PANIC");
    connection.setAutoCommit(true);
    assertThat(ask("select count(*) from entry")).isEqualTo("2");
  }

  @Test
  void crashOfAnotherSession_isNotNoticed_byOneThatWaits() throws Exception {
    connection.setAutoCommit(false);
    insert(1);
    BackgroundCall call = BackgroundCall.start(() -> ask("select pg_sleep(2)")).awaitWaiting();
    crashInAnotherSession();

    assertThat(call.endsWithin(PATIENCE)).isEqualTo(Optional.empty());
    connection.commit();
    assertThat(rows()).isEqualTo("1");
  }

  @Test
  void crashOfAnotherSession_isNotNoticed_byOneInATransaction() throws Exception {
    connection.setAutoCommit(false);
    insert(1);
    crashInAnotherSession();

    insert(2);
    connection.commit();

    assertThat(rows()).isEqualTo("1 2");
  }

  private void crashInAnotherSession() throws SQLException {
    try (Connection other = primary.connect();
        Statement statement = other.createStatement()) {
      assertThat(stateOf(() -> statement.execute("select crash()"))).startsWith("08");
    }
  }
}
