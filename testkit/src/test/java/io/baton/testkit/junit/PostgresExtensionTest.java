package io.baton.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.PostgresVersion;
import io.baton.testkit.Sql;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Runs test classes that use the extension, and looks at which clusters they got. */
class PostgresExtensionTest {
  private static final List<PostgresCluster> SEEN = new ArrayList<>();

  @BeforeEach
  void forget() {
    SEEN.clear();
  }

  @Test
  void class_getsOneClusterAsStated_andItIsClosedAtTheEnd() {
    run(Stated.class).testEvents().assertStatistics(tests -> tests.started(3).succeeded(3));

    assertThat(SEEN).hasSize(4).containsOnly(SEEN.get(0));
    assertThat(SEEN.get(0).nodes()).noneMatch(PostgresNode::isRunning);
  }

  @PostgresTest(version = PostgresVersion.V17, standbys = 1, settings = "work_mem = 7MB")
  static class Stated {
    @BeforeAll
    static void beforeAll(PostgresCluster cluster) {
      SEEN.add(cluster);
    }

    @Test
    void clusterIsAsStated(PostgresCluster cluster) throws SQLException {
      SEEN.add(cluster);
      assertThat(cluster.version()).isEqualTo(PostgresVersion.V17);
      assertThat(cluster.standbys()).hasSize(1);
      assertThat(Sql.query(cluster.primary(), "SHOW work_mem")).isEqualTo("7MB");
    }

    @Test
    void secondTestGetsTheSame(PostgresCluster cluster) {
      SEEN.add(cluster);
    }

    @Nested
    class Inner {
      @Test
      void nestedTestGetsTheSame(PostgresCluster cluster) {
        SEEN.add(cluster);
      }
    }
  }

  @Test
  void cluster_thatATestHasDamaged_isMendedForTheNext() {
    run(Damaging.class).testEvents().assertStatistics(tests -> tests.succeeded(2));

    assertThat(SEEN).hasSize(2).containsOnly(SEEN.get(0));
  }

  @PostgresTest(standbys = 1)
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class Damaging {
    @Test
    @Order(1)
    void damages(PostgresCluster cluster) {
      SEEN.add(cluster);
      cluster.failover().proxy().cut();
    }

    @Test
    @Order(2)
    void isNotDisturbed(PostgresCluster cluster) throws SQLException {
      SEEN.add(cluster);
      assertThat(cluster.isDisturbed()).isFalse();
      assertThat(cluster.nodes()).hasSize(2).allMatch(PostgresNode::isRunning);
      try (Connection superuser = cluster.primary().connectAsSuperuser()) {
        assertThat(Sql.query(superuser, "SELECT string_agg(state, ',') FROM pg_stat_replication"))
            .isEqualTo("streaming");
      }
    }
  }

  @Test
  void cluster_thatCannotBeMended_isReplaced() {
    run(Ruining.class).testEvents().assertStatistics(tests -> tests.succeeded(2));

    assertThat(SEEN).hasSize(2).doesNotHaveDuplicates();
  }

  @PostgresTest
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class Ruining {
    @Test
    @Order(1)
    void ruins(PostgresCluster cluster) {
      SEEN.add(cluster);
      cluster.close();
    }

    @Test
    @Order(2)
    void getsAnother(PostgresCluster cluster) throws SQLException {
      SEEN.add(cluster);
      assertThat(Sql.query(cluster.primary(), "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void classes_thatStateTheSame_shareAClusterWithAnEmptyDatabase() {
    run(CreatesTable.class, CreatesTheSameTable.class)
        .testEvents()
        .assertStatistics(tests -> tests.succeeded(2));

    assertThat(SEEN).hasSize(2).containsOnly(SEEN.get(0));
  }

  @PostgresTest(settings = "work_mem=5MB")
  static class CreatesTable {
    @Test
    void createsTable(PostgresCluster cluster) throws SQLException {
      SEEN.add(cluster);
      Sql.execute(cluster.primary(), "CREATE TABLE mine (n int)");
    }
  }

  @PostgresTest(settings = "work_mem=5MB")
  static class CreatesTheSameTable extends CreatesTable {}

  /** As Surefire does it with several JVMs: one run for each class, in one session for all. */
  @Test
  void runs_ofOneSession_shareACluster_andItIsClosedAtTheEnd() {
    try (LauncherSession session = LauncherFactory.openSession()) {
      runIn(session, CreatesTable.class);
      runIn(session, CreatesTheSameTable.class);
      assertThat(SEEN.get(0).nodes()).allMatch(PostgresNode::isRunning);
    }

    assertThat(SEEN).hasSize(2).containsOnly(SEEN.get(0));
    assertThat(SEEN.get(0).nodes()).noneMatch(PostgresNode::isRunning);
  }

  private static void runIn(LauncherSession session, Class<?> one) {
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    session
        .getLauncher()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(one)).build(), summary);
    assertThat(summary.getSummary().getTestsSucceededCount()).isEqualTo(1);
  }

  @Test
  void method_canStateItsOwn_alsoByAMetaAnnotation() {
    run(WithExceptions.class).testEvents().assertStatistics(tests -> tests.succeeded(2));
  }

  @PostgresTest
  static class WithExceptions {
    @Test
    void usesThatOfTheClass(PostgresCluster cluster) {
      assertThat(cluster.standbys()).isEmpty();
    }

    @Test
    @WithStandby
    void usesItsOwn(PostgresCluster cluster) {
      assertThat(cluster.standbys()).hasSize(1);
    }
  }

  @PostgresTest(standbys = 1)
  @Retention(RetentionPolicy.RUNTIME)
  @interface WithStandby {}

  private static EngineExecutionResults run(Class<?>... classes) {
    EngineTestKit.Builder builder = EngineTestKit.engine("junit-jupiter");
    for (Class<?> one : classes) {
      builder.selectors(selectClass(one));
    }
    return builder.execute();
  }
}
