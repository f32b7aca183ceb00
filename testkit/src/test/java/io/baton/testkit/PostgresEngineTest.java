package io.baton.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PostgresEngineTest {
  private static final String PROPERTY = "baton.testkit.engine";

  @AfterEach
  void clearProperty() {
    System.clearProperty(PROPERTY);
  }

  @Test
  void engine_isAutoUnlessThePropertySaysMore() {
    assertThat(PostgresEngine.preferred()).isEqualTo(PostgresEngine.AUTO);

    System.setProperty(PROPERTY, "embedded");

    assertThat(PostgresEngine.preferred()).isEqualTo(PostgresEngine.EMBEDDED);
  }

  @Test
  void engine_misspelt_isRefusedWithWhatIsPossible() {
    System.setProperty(PROPERTY, "podman");

    assertThatThrownBy(PostgresCluster::builder)
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("embedded, docker or auto")
        .hasMessageContaining("podman");
  }

  @Test
  void docker_thatDoesNotAnswer_isAClearError() {
    assumeFalse(ContainerEngine.isPossible(), "a Docker engine answers");
    PostgresCluster.Builder builder = PostgresCluster.builder().engine(PostgresEngine.DOCKER);

    assertThatThrownBy(builder::start)
        .isInstanceOf(ClusterException.class)
        .hasMessage("No Docker engine answers.");
  }

  @Test
  void docker_thatAnswers_runsAClusterLikeAnyOther() throws SQLException {
    assumeTrue(ContainerEngine.isPossible(), "no Docker engine answers");
    try (PostgresCluster cluster =
        PostgresCluster.builder().engine(PostgresEngine.DOCKER).standbys(1).synchronous().start()) {
      PostgresNode old = cluster.primary();
      Sql.execute(old, "CREATE TABLE kept (n int)");
      old.freeze();
      old.thaw();

      PostgresNode promoted = cluster.failover();
      cluster.rebuild(old);
      Sql.execute(promoted, "INSERT INTO kept VALUES (1)");

      assertThat(cluster.switchover()).isSameAs(old);
      assertThat(Sql.query(old, "SELECT n FROM kept")).isEqualTo("1");
    }
  }
}
