package io.baton.jdbc;

import static io.baton.jdbc.ReplicatedClusters.superuser;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonCutover;
import io.baton.CutoverFinding;
import io.baton.RehearsalResult;
import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.postgresql.PGConnection;

/** What a rehearsal finds in which a running application takes part, of two clusters. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("campaign")
class ApplicationRehearsalTest {

  private final ReplicatedClusters clusters =
      ReplicatedClusters.start(
          "create table account (id int primary key, balance bigint not null)",
          "insert into account select i, 1000 from generate_series(1, 20) i");

  ApplicationRehearsalTest() throws SQLException {
    onSide(clusters.successor());
    onSide(clusters.old());
  }

  private static void onSide(PostgresCluster cluster) throws SQLException {
    try (Connection owner = superuser(cluster).getConnection()) {
      BatonCutover.create(owner);
    }
  }

  private void onOldSide(String sql) throws SQLException {
    try (Connection owner = superuser(clusters.old()).getConnection()) {
      Sql.execute(owner, sql);
    }
  }

  @AfterEach
  void end() throws SQLException {
    for (Connection connection : clusters.opened()) {
      connection.close();
    }
    clusters.opened().clear();
  }

  @AfterAll
  void close() throws SQLException {
    clusters.close();
  }

  private RehearsalResult rehearse() throws SQLException {
    return rehearse(Duration.ofSeconds(15));
  }

  private RehearsalResult rehearse(Duration prepareTime) throws SQLException {
    return BatonCutover.to(clusters.successor().hosts())
        .joinTime(Duration.ofSeconds(4))
        .prepareTime(prepareTime)
        .rehearseWithApplications(superuser(clusters.old()), superuser(clusters.successor()));
  }

  @Test
  void sessionsOfEachKind_areRebuiltThere_andStayAsTheyWere() throws SQLException {
    Connection temporary = clusters.connect();
    Sql.execute(temporary, "create temp table basket (what text); insert into basket values ('a')");
    Connection locks = clusters.connect();
    Sql.execute(locks, "select pg_advisory_lock(7)");
    Connection prepared = clusters.connect();
    Sql.execute(prepared, "prepare one(int) as select balance from account where id = $1");
    for (int tenant = 0; tenant < 5; tenant++) {
      Sql.execute(clusters.connect(), "set app.tenant = 't" + tenant + "'; listen news");
    }
    Connection open = clusters.connect();
    open.setAutoCommit(false);
    Sql.execute(open, "update account set balance = balance + 1 where id = 1");
    int before = locks.unwrap(PGConnection.class).getBackendPID();

    RehearsalResult result = rehearse();

    assertThat(result.findings()).noneMatch(CutoverFinding::obstacle);
    assertThat(result.isGo()).isTrue();
    assertThat(result.applications()).singleElement().asString().contains("9 sessions of 5 kinds");
    assertThat(result.findings()).noneMatch(found -> found.what().contains("do not take part"));
    open.rollback();
    assertThat(Sql.ask(prepared, "execute one(2)")).isEqualTo("1000");
    assertThat(Sql.ask(temporary, "select what from basket")).isEqualTo("a");
    assertThat(Sql.ask(locks, "select pg_backend_pid()::text")).isEqualTo(String.valueOf(before));
    assertThat(ReplicatedClusters.ask(clusters.old(), "select stage from baton.cutover"))
        .isEqualTo("taken back");
    String sessionsOverThere =
        "select count(*)::text from pg_stat_activity where usename = '%s'"
            .formatted(clusters.old().user());
    Awaitility.await()
        .until(() -> ReplicatedClusters.ask(clusters.successor(), sessionsOverThere).equals("0"));
  }

  @Test
  void session_thatCannotBeRebuilt_isNamed_andOthersAreTriedAllTheSame() throws SQLException {
    onOldSide("create role boss; grant boss to " + clusters.old().user());
    Sql.execute(clusters.connect(), "set role boss");
    Sql.execute(clusters.connect(), "set app.tenant = 'x'");
    try (PreparedStatement made = clusters.connect().prepareStatement("select 1")) {
      made.executeQuery();
    }
    clusters.connect().unwrap(PGConnection.class).getCopyAPI();

    RehearsalResult result = rehearse();

    assertThat(result.isGo()).isFalse();
    assertThat(result.findings())
        .anyMatch(
            found ->
                found.obstacle()
                    && found.what().contains("role boss")
                    && found.what().contains("does not exist"))
        .anyMatch(found -> found.what().contains("holds an object of the PostgreSQL driver"));
    assertThat(result.applications()).singleElement().asString().contains("4 sessions");
    onOldSide("drop role boss");
  }

  @Test
  void successor_thatApplicationsDoNotReach_isNamed() throws SQLException {
    clusters.connect();

    RehearsalResult result =
        BatonCutover.to("127.0.0.1:1")
            .joinTime(Duration.ofSeconds(4))
            .prepareTime(Duration.ofSeconds(3))
            .rehearseWithApplications(superuser(clusters.old()), superuser(clusters.successor()));

    assertThat(result.findings())
        .anyMatch(found -> found.obstacle() && found.what().contains("does not reach 127.0.0.1:1"));
  }

  @Test
  void tablesOfAnEarlierVersion_areBroughtUpToDate() throws SQLException {
    onOldSide(
        """
        delete from baton.cutover;
        alter table baton.cutover drop column sampling, drop constraint cutover_stage_check,
          add constraint cutover_stage_check
            check (stage in ('announced', 'gated', 'fenced', 'opened', 'taken back'))\
        """);
    clusters.connect();

    assertThat(rehearse().isGo()).isTrue();
  }

  @Test
  void programThatDies_leavesNothing_sinceTheApplicationsTakeItBack() throws SQLException {
    Connection session = clusters.connect();
    onOldSide(
        """
        insert into baton.cutover (id, stage, successor, identifier, expires, sampling)
          values ('00000000-0000-0000-0000-000000000007', 'rehearsed', '%s', 1,
            clock_timestamp() + interval '1 s', 1);
        notify baton, 'cutover'\
        """
            .formatted(clusters.successor().hosts()));

    Awaitility.await()
        .until(
            () ->
                ReplicatedClusters.ask(
                        clusters.old(), "select stage from baton.cutover where sampling = 1")
                    .equals("taken back"));
    Sql.execute(session, "update account set balance = balance where id = 1");
  }

  @Test
  void programThatHangs_isNamed_andARehearsalAndACutOverExcludeEachOther() throws Exception {
    clusters.connect();
    CompletableFuture<RehearsalResult> result = begunRehearsal();
    try (Connection ofTheProgram = ReplicatedClusters.superuser(clusters.old()).getConnection()) {
      Sql.ask(
          ofTheProgram,
          "select baton.cutover_report(id, gen_random_uuid(), 'rehearsed', false, 'I hang', '{}')"
              + " from baton.cutover where stage = 'rehearsed'");

      assertThat(rehearse(Duration.ofSeconds(3)).findings())
          .anyMatch(found -> found.obstacle() && found.what().contains("is under way"));
      assertThat(result.join().findings())
          .anyMatch(
              found ->
                  found.obstacle()
                      && found.what().contains("did not answer in time, and said last: I hang"));
    }
  }

  @Test
  void programThatEnds_isNoObstacle() throws Exception {
    clusters.connect();
    CompletableFuture<RehearsalResult> result = begunRehearsal();
    onOldSide(
        "select baton.cutover_report(id, gen_random_uuid(), 'rehearsed', false, 'I go', '{}')"
            + " from baton.cutover where stage = 'rehearsed'");

    assertThat(result.join().findings())
        .anyMatch(found -> !found.obstacle() && found.what().contains("said last: I go"));
  }

  private CompletableFuture<RehearsalResult> begunRehearsal() {
    CompletableFuture<RehearsalResult> result =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return rehearse(Duration.ofSeconds(3));
              } catch (SQLException failure) {
                throw new CompletionException(failure);
              }
            });
    String present = "select count(*)::text from baton.cutover where stage = 'rehearsed'";
    Awaitility.await().until(() -> ReplicatedClusters.ask(clusters.old(), present).equals("1"));
    return result;
  }
}
