package io.baton.jdbc;

import static io.baton.jdbc.ReplicatedClusters.superuser;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonCutover;
import io.baton.CutoverFinding;
import io.baton.RehearsalResult;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.postgresql.PGConnection;

/** What a rehearsal finds in which a running application takes part, of two clusters. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApplicationRehearsalTest {

  private final ReplicatedClusters clusters =
      ReplicatedClusters.start(
          "create table account (id int primary key, balance bigint not null)",
          "insert into account select i, 1000 from generate_series(1, 20) i");

  ApplicationRehearsalTest() throws SQLException {}

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
    return BatonCutover.to(clusters.successor().hosts())
        .joinTime(Duration.ofMillis(1500))
        .prepareTime(Duration.ofSeconds(15))
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
            .joinTime(Duration.ofMillis(1500))
            .prepareTime(Duration.ofSeconds(3))
            .rehearseWithApplications(superuser(clusters.old()), superuser(clusters.successor()));

    assertThat(result.findings())
        .anyMatch(found -> found.obstacle() && found.what().contains("does not reach 127.0.0.1:1"));
  }
}
