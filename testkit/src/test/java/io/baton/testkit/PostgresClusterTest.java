package io.baton.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PostgresClusterTest {
  @ParameterizedTest
  @EnumSource
  void primary_crashed_isFollowedByAStandby(PostgresVersion version) throws SQLException {
    try (PostgresCluster cluster =
        PostgresCluster.builder().version(version).standbys(2).synchronous().start()) {
      execute(cluster.primary(), "CREATE TABLE kept (n int)");

      PostgresNode promoted = cluster.failover();

      assertThat(cluster.primary()).isSameAs(promoted).isNotSameAs(cluster.node(0));
      execute(promoted, "INSERT INTO kept VALUES (1)");
    }
  }

  private static void execute(PostgresNode node, String sql) throws SQLException {
    try (Connection connection = node.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
