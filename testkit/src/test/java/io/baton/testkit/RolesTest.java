package io.baton.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes of roles, the same on the oldest and the newest version: see its subclasses. */
abstract class RolesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @BeforeAll
  static void createTable(PostgresCluster cluster) throws SQLException {
    Sql.execute(cluster.primary(), "CREATE TABLE kept (n int)");
  }

  @BeforeEach
  void emptyTable(PostgresCluster cluster) throws SQLException {
    Sql.execute(cluster.primary(), "TRUNCATE kept");
  }

  @Test
  void cluster_started_isOfTheVersionAskedForAndStreams(PostgresCluster cluster)
      throws SQLException {
    PostgresNode primary = cluster.primary();
    assertThat(Sql.query(primary, "SHOW server_version"))
        .startsWith(cluster.version().major() + ".");
    assertThat(cluster.standbys()).hasSize(2).noneMatch(PostgresNode::isPrimary);

    Sql.execute(primary, "INSERT INTO kept VALUES (1)");
    cluster.awaitReplication();

    for (PostgresNode standby : cluster.standbys()) {
      assertThat(Sql.query(standby, "SELECT count(*) FROM kept")).isEqualTo("1");
    }
  }

  @Test
  void applicationRole_isNotASuperuser(PostgresCluster cluster) throws SQLException {
    assertThat(Sql.query(cluster.primary(), "SELECT current_user")).isEqualTo(cluster.user());
    assertThat(Sql.query(cluster.primary(), "SHOW is_superuser")).isEqualTo("off");
    assertThatThrownBy(
            () -> cluster.primary().connect(cluster.database(), cluster.user(), "not this one"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
  }

  @Test
  void failover_promotesAStandbyThatHasEveryCommit(PostgresCluster cluster) throws SQLException {
    PostgresNode old = cluster.primary();
    for (int n = 0; n < 20; n++) {
      Sql.execute(old, "INSERT INTO kept VALUES (" + n + ")");
    }

    PostgresNode promoted = cluster.failover();

    assertThat(old.isRunning()).isFalse();
    assertThat(promoted.isPrimary()).isTrue();
    assertThat(cluster.primary()).isSameAs(promoted).isNotSameAs(old);
    assertThat(Sql.query(promoted, "SELECT count(*) FROM kept")).isEqualTo("20");
    assertThat(cluster.standbys()).hasSize(2).contains(old);
  }

  @Test
  void failover_leavesTheNewPrimarySynchronous(PostgresCluster cluster) throws SQLException {
    PostgresNode promoted = cluster.failover();
    Sql.execute(promoted, "INSERT INTO kept VALUES (1)");
    PostgresNode remaining =
        cluster.standbys().stream().filter(PostgresNode::isRunning).findFirst().orElseThrow();

    assertThat(Sql.query(promoted, "SHOW synchronous_standby_names")).isNotEmpty();
    remaining.stop();

    // No standby is left to confirm: a commit waits until it is cancelled, and reports that.
    try (Connection connection = promoted.connect();
        Statement statement = connection.createStatement()) {
      CompletableFuture<Integer> insert =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return statement.executeUpdate("INSERT INTO kept VALUES (2)");
                } catch (SQLException e) {
                  throw new CompletionException(e);
                }
              });
      await()
          .until(
              () ->
                  Sql.query(
                          promoted,
                          "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                      .equals("1"));
      statement.cancel();
      assertThat(insert).succeedsWithin(PATIENCE).isEqualTo(1);
      assertThat(statement.getWarnings().getSQLState()).isEqualTo("01000");
    }
  }

  @Test
  void rebuild_makesTheCrashedPrimaryAStandby(PostgresCluster cluster) throws SQLException {
    PostgresNode old = cluster.primary();
    PostgresNode promoted = cluster.failover();
    Sql.execute(promoted, "INSERT INTO kept VALUES (7)");

    cluster.rebuild(old);
    cluster.awaitReplication();

    assertThat(old.isRunning()).isTrue();
    assertThat(old.isPrimary()).isFalse();
    assertThat(Sql.query(old, "SELECT n FROM kept")).isEqualTo("7");
  }

  @Test
  void switchover_exchangesRolesAndLosesNothing(PostgresCluster cluster) throws SQLException {
    PostgresNode old = cluster.primary();
    Sql.execute(old, "INSERT INTO kept VALUES (1)");

    PostgresNode promoted = cluster.switchover();
    Sql.execute(promoted, "INSERT INTO kept VALUES (2)");
    cluster.awaitReplication();

    assertThat(cluster.primary()).isSameAs(promoted).isNotSameAs(old);
    for (PostgresNode node : cluster.nodes()) {
      assertThat(node.isRunning()).isTrue();
      assertThat(Sql.query(node, "SELECT sum(n) FROM kept")).isEqualTo("3");
    }
  }

  @Test
  void promoteStandby_whileThePrimaryIsFrozen_givesANewPrimary(PostgresCluster cluster)
      throws SQLException {
    PostgresNode old = cluster.primary();
    old.freeze();

    PostgresNode promoted = cluster.promoteStandby();
    Sql.execute(promoted, "INSERT INTO kept VALUES (1)");
    old.thaw();

    assertThat(old.isPrimary()).isTrue();
    assertThat(cluster.primary()).isSameAs(promoted);
  }

  @Test
  void addStandby_streamsWhatIsThereAndWhatComes(PostgresCluster cluster) throws SQLException {
    Sql.execute(cluster.primary(), "INSERT INTO kept VALUES (1)");
    String hosts = cluster.hosts();

    PostgresNode added = cluster.addStandby();
    Sql.execute(cluster.primary(), "INSERT INTO kept VALUES (2)");
    cluster.awaitReplication();

    assertThat(Sql.query(added, "SELECT sum(n) FROM kept")).isEqualTo("3");
    assertThat(cluster.hosts()).isEqualTo(hosts + "," + added.host() + ":" + added.port());
  }

  @Test
  void pausedReplay_letsAStandbyFallBehind(PostgresCluster cluster) throws SQLException {
    PostgresNode standby = cluster.standbys().get(0);
    standby.pauseReplay();
    Sql.execute(cluster.primary(), "INSERT INTO kept VALUES (1)");
    assertThat(Sql.query(standby, "SELECT count(*) FROM kept")).isEqualTo("0");

    standby.resumeReplay();
    cluster.awaitReplication();

    assertThat(Sql.query(standby, "SELECT count(*) FROM kept")).isEqualTo("1");
  }

  @Test
  void repair_afterEverythingWentWrong_givesWhatWasSpecified(PostgresCluster cluster)
      throws SQLException {
    Sql.execute(cluster.primary(), "INSERT INTO kept VALUES (1)");
    cluster.addStandby();
    PostgresNode promoted = cluster.failover();
    cluster.standbys().stream().filter(PostgresNode::isRunning).findAny().orElseThrow().freeze();
    promoted.proxy().halfOpen();
    promoted.crash();
    assertThat(cluster.isDisturbed()).isTrue();

    cluster.repair();

    assertThat(cluster.isDisturbed()).isFalse();
    assertThat(cluster.nodes()).hasSize(3).allMatch(PostgresNode::isRunning);
    assertThat(cluster.standbys()).hasSize(2).noneMatch(PostgresNode::isPrimary);
    cluster.awaitReplication();
    for (PostgresNode node : cluster.nodes()) {
      assertThat(Sql.query(node, "SELECT count(*) FROM kept")).isEqualTo("1");
    }
  }

  @Test
  void resetDatabase_leavesNothingThatWasMade(PostgresCluster cluster) throws SQLException {
    try (Connection connection = cluster.primary().connectAsSuperuser()) {
      for (String sql :
          List.of(
              "CREATE ROLE made_here",
              "CREATE DATABASE made_here OWNER made_here",
              "SELECT pg_create_physical_replication_slot('made_here')")) {
        Sql.execute(connection, sql);
      }
    }

    cluster.resetDatabase();

    assertThat(
            Sql.query(
                cluster.primary(),
                "SELECT (SELECT count(*) FROM pg_database WHERE datname = 'made_here')"
                    + " + (SELECT count(*) FROM pg_roles WHERE rolname = 'made_here')"
                    + " + (SELECT count(*) FROM pg_replication_slots)"
                    + " + (SELECT count(*) FROM pg_tables WHERE tablename = 'kept')"))
        .isEqualTo("0");
    Sql.execute(cluster.primary(), "CREATE TABLE kept (n int)");
  }
}
