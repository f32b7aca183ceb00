package io.baton;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** The clusters that an application can ask for. */
@PostgresTest(standbys = 1)
class ClustersTest {

  private final PostgresCluster cluster;

  ClustersTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  private String url(int first, int second) {
    return "jdbc:baton:postgresql://"
        + at(cluster.node(first))
        + ","
        + at(cluster.node(second))
        + "/"
        + cluster.database();
  }

  private static String at(PostgresNode node) {
    return node.host() + ":" + node.port();
  }

  private Connection connect(String url) throws SQLException {
    return DriverManager.getConnection(url, cluster.user(), cluster.password());
  }

  @Test
  void cluster_ofAUrlWithItsHostsInAnotherOrder_isTheSame() throws SQLException {
    try (Connection one = connect(url(0, 1));
        Connection other = connect(url(1, 0))) {
      assertThat(Clusters.all()) // Another test's may be closed a moment later.
          .filteredOn(each -> each.endpoints().contains(at(cluster.node(0))))
          .hasSize(1);
      assertThat(Clusters.of(url(1, 0))).isPresent();
      assertThat(Clusters.of(url(0, 1))).isPresent();
      assertThat(Clusters.of(one).endpoints()).isEqualTo(Clusters.of(other).endpoints());
      assertThat(Clusters.of(url(1, 0)).orElseThrow().endpoints())
          .as("the order of the one that was first")
          .containsExactly(at(cluster.node(0)), at(cluster.node(1)));
    }
    assertThat(Clusters.of(url(0, 1))).isEmpty();
  }
}
