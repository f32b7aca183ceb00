package io.baton.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ServerAccountTest {
  static ServerAccount[] waysOfRoot() {
    return new ServerAccount[] {ServerAccount.NAMESPACE, ServerAccount.NOBODY};
  }

  @ParameterizedTest
  @MethodSource("waysOfRoot")
  void root_runsServersInEachWay(ServerAccount account) throws Exception {
    assumeTrue(ServerAccount.isRoot() && account.isPossible(), "only root needs these ways");
    ClusterSpecification specification = ClusterSpecification.standard().withStandbys(1);
    BinaryArchive archive =
        Platform.current()
            .flatMap(platform -> BinaryArchive.find(specification.version(), platform))
            .orElseThrow();
    try (PostgresCluster cluster =
        PostgresCluster.start(specification, new EmbeddedEngine(specification, archive, account))) {
      Path data = cluster.primary().dataFolder().orElseThrow();
      assertThat(Files.getAttribute(data, "unix:uid")).isEqualTo(account.owner().orElse(0));

      changeRoles(cluster);
    }
  }

  private static void changeRoles(PostgresCluster cluster) throws SQLException {
    PostgresNode crashed = cluster.primary();
    cluster.failover();
    cluster.rebuild(crashed);
    cluster.switchover();
    assertThat(cluster.primary()).isSameAs(crashed);
    assertThat(Sql.query(cluster.primary(), "SELECT 1")).isEqualTo("1");
  }
}
