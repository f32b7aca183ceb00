package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonLedger;
import io.baton.OutcomeUnknownException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a COMMIT that was cut off is told by, while its backend may still be at work. */
@Tag("campaign")
class CommitEvidenceTest extends ContractFixture {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** The server has all of it, and acts on it. */
  private static final FaultPoint COMMIT_SENT =
      FaultPoint.after(Frontend.EXECUTE).ofStatement("commit"::equalsIgnoreCase);

  CommitEvidenceTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  /** A row may be in the table twice, and a COMMIT of a row of the table slow takes a while. */
  @BeforeEach
  void tables() throws SQLException {
    superuser(
        """
        set lock_timeout = '30s';
        do $$begin
          if not exists (select from pg_roles where rolname = 'tenant') then
            create role tenant; grant tenant to %s; grant all on schema public to tenant;
          end if;
        end$$;
        drop table if exists work, slow;
        create table work (id int);
        create table slow (id int primary key);
        grant all on work, slow to public;
        create or replace function dawdle() returns trigger language plpgsql as
          $$declare slept text; begin slept := pg_sleep(1.5); return null; end$$;
        create constraint trigger dawdle after insert on slow
          deferrable initially deferred for each row execute function dawdle()\
        """
            .formatted(cluster.user()));
    try (Connection direct = cluster.primary().connectAsSuperuser()) {
      BatonLedger.create(direct);
    }
    cluster.awaitReplication();
  }

  @AfterEach
  void thaw() {
    cluster.standbys().forEach(standby -> standby.thaw());
  }

  private void superuser(String sql) throws SQLException {
    try (Connection direct = superuser();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  private Connection superuser() throws SQLException {
    return cluster
        .primary()
        .connect(cluster.database(), cluster.superuser(), cluster.superuserPassword());
  }

  private String work() throws SQLException {
    try (Connection direct = superuser()) {
      return ask(direct, "select count(*) from work");
    }
  }

  private void awaitCommitting() {
    await("state = 'active' and query ilike 'commit%'");
  }

  private void await(String condition) {
    Awaitility.await()
        .until(
            () -> {
              try (Connection direct = superuser()) {
                return ask(
                        direct,
                        "select count(*) from pg_stat_activity where usename = '"
                            + cluster.user()
                            + "' and "
                            + condition)
                    .equals("1");
              }
            });
  }

  /** The row of slow keeps the COMMIT busy for a second and a half. */
  private void insertWithSlowCommit() throws SQLException {
    execute("insert into work values (1)");
    execute("insert into slow values (1)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"xid", "ledger"})
  void commit_ofARoleThatIsShownNothing_isNotDoneTwice_whileItStillRuns(String mode)
      throws SQLException {
    reconnect("?baton.commitOutcome=" + mode);
    execute("set role tenant");
    connection.setAutoCommit(false);
    insertWithSlowCommit();
    cluster.primary().proxy().cutOn(COMMIT_SENT, this::awaitCommitting);

    connection.commit();

    assertThat(work()).isEqualTo("1");
  }

  /** The role of the session from its beginning is one that is shown nothing, either. */
  @ParameterizedTest
  @ValueSource(strings = {"xid", "ledger"})
  void commit_ofARoleByDefault_isNotDoneTwice_whileItStillRuns(String mode) throws SQLException {
    superuser("alter role " + cluster.user() + " set role tenant");
    try {
      reconnect("?baton.commitOutcome=" + mode);
      connection.setAutoCommit(false);
      insertWithSlowCommit();
      cluster.primary().proxy().cutOn(COMMIT_SENT, this::awaitCommitting);

      connection.commit();

      assertThat(work()).isEqualTo("1");
    } finally {
      superuser("alter role " + cluster.user() + " reset role");
    }
  }

  /** A COMMIT that is cut off while it waits for standbys that do not answer. */
  private BackgroundCall commitWithoutStandbys(String mode) throws SQLException {
    reconnect("?baton.commitOutcome=" + mode);
    connection.setAutoCommit(false);
    execute("insert into work values (1)");
    cluster.standbys().forEach(standby -> standby.freeze());
    cluster.primary().proxy().cutOn(COMMIT_SENT, this::awaitCommitting);
    return BackgroundCall.start(connection::commit);
  }

  @ParameterizedTest
  @ValueSource(strings = {"xid", "ledger"})
  void commit_thatAwaitsItsStandby_isWaitedFor(String mode) throws Exception {
    BackgroundCall commit = commitWithoutStandbys(mode);
    commit.awaitWaiting();
    assertThat(work()).as("it is not made visible by us").isEqualTo("0");
    cluster.standbys().forEach(standby -> standby.thaw());

    assertThat(commit.endsWithin(PATIENCE)).isEmpty();
    assertThat(work()).isEqualTo("1");
  }

  /** An administrator ends its wait: then the server shows it, though no standby has it. */
  @ParameterizedTest
  @ValueSource(strings = {"xid", "ledger"})
  void commit_thatIsVisibleAndNotReplicated_isNotSaidToBeDone(String mode) throws Exception {
    BackgroundCall commit = commitWithoutStandbys(mode);
    await("wait_event = 'SyncRep'");
    superuser(
        "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");
    Awaitility.await().until(() -> work().equals("1"));
    commit.awaitWaiting();
    cluster.standbys().forEach(standby -> standby.thaw());

    assertThat(commit.endsWithin(PATIENCE)).isEmpty();
    assertThat(work()).isEqualTo("1");
  }

  @Test
  void commit_whoseStandbysStayAway_isUnknown() throws Exception {
    reconnect("?baton.failoverTimeout=4s");
    connection.setAutoCommit(false);
    execute("insert into work values (1)");
    cluster.standbys().forEach(standby -> standby.freeze());
    cluster.primary().proxy().cutOn(COMMIT_SENT, this::awaitCommitting);

    BackgroundCall commit = BackgroundCall.start(connection::commit);

    assertThat(commit.endsWithin(PATIENCE)).get().isInstanceOf(OutcomeUnknownException.class);
  }

  /** A session that asked for less is not made to wait. */
  @Test
  void commit_thatDoesNotAskForStandbys_isSettledWithoutThem() throws SQLException {
    execute("set synchronous_commit = local");
    connection.setAutoCommit(false);
    execute("insert into work values (1)");
    cluster.standbys().forEach(standby -> standby.freeze());
    cluster.primary().proxy().cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT"));

    connection.commit();

    assertThat(work()).isEqualTo("1");
  }

  /** What is asked for is refused; the session goes on in its own role. */
  @Test
  void role_isGivenBack_whenTheServerDoesNotAnswer() throws SQLException {
    superuser("alter role " + cluster.user() + " set role tenant");
    superuser("revoke execute on function pg_xact_status(xid8) from public");
    try {
      reconnect("");
      connection.setAutoCommit(false);
      execute("insert into work values (1)");
      cluster.primary().proxy().cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT"));

      assertThat((Throwable) failure(() -> connection.commit()))
          .isInstanceOf(OutcomeUnknownException.class)
          .hasMessageContaining("would not say");

      connection.rollback();
      assertThat(ask("select current_user")).isEqualTo("tenant");
    } finally {
      superuser("grant execute on function pg_xact_status(xid8) to public");
      superuser("alter role " + cluster.user() + " reset role");
    }
  }

  /** The session has only read before, by a statement that could not write. */
  @Test
  void rowThatAResultInserts_isOverOnceItsEndIsSaidToBeUnknown() throws SQLException {
    reconnect("");
    FaultPoint sent =
        FaultPoint.after(Frontend.EXECUTE)
            .ofStatement(sql -> sql.startsWith("INSERT") && sql.contains("slow"));
    try (Statement statement =
            connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_UPDATABLE);
        ResultSet rows = statement.executeQuery("select id from slow")) {
      rows.moveToInsertRow();
      rows.updateInt(1, 1);
      cluster.primary().proxy().cutOn(sent);

      assertThat((Throwable) failure(rows::insertRow))
          .isInstanceOf(OutcomeUnknownException.class)
          .hasMessageContaining("its backend is gone");
    }
  }

  @Test
  void writeOutsideOfATransaction_isOverOnceItsEndIsSaidToBeUnknown() throws SQLException {
    FaultPoint sent = FaultPoint.after(Frontend.EXECUTE).ofStatement("insert into slow");
    cluster.primary().proxy().cutOn(sent);

    SQLException unknown = failure(() -> execute("insert into slow values (1)"));

    assertThat((Throwable) unknown).isInstanceOf(OutcomeUnknownException.class);
    assertThat((Throwable) unknown).hasMessageContaining("its backend is gone");
    try (Connection direct = superuser()) {
      assertThat(
              ask(
                  direct,
                  "select count(*) from pg_stat_activity where state = 'active'"
                      + " and query like 'insert into slow%'"))
          .isEqualTo("0");
    }
  }
}
