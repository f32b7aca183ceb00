package io.baton;

import io.baton.jdbc.options.BatonUrl;
import io.baton.routing.Cluster;
import io.baton.routing.ClusterRegistry;
import io.baton.routing.topology.Endpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The clusters that connections and data sources of this JVM are using.
 *
 * <p>Thread-safe.
 */
public final class Clusters {

  private Clusters() {}

  /**
   * Returns all clusters in use; a cluster is dropped when its last connection and its last data
   * source are closed.
   */
  public static List<BatonCluster> all() {
    Map<Set<Endpoint>, List<Cluster>> byNamed =
        ClusterRegistry.shared().clusters().stream()
            .collect(
                Collectors.groupingBy(
                    cluster -> Set.copyOf(cluster.settings().endpoints()),
                    LinkedHashMap::new,
                    Collectors.toList()));
    return byNamed.values().stream().map(BatonCluster::new).toList();
  }

  /**
   * Returns the cluster of a URL.
   *
   * @param url a URL that starts with {@code jdbc:baton:postgresql:}; only its endpoints matter,
   *     and not their order
   * @return the cluster; empty if no connection and no data source uses it now
   * @throws SQLException 22023 if the URL is malformed
   */
  public static Optional<BatonCluster> of(String url) throws SQLException {
    Set<Endpoint> endpoints = Set.copyOf(BatonUrl.parse(url, new Properties()).endpoints());
    return all().stream()
        .filter(cluster -> Set.copyOf(cluster.named()).equals(endpoints))
        .findFirst();
  }

  /**
   * Returns the cluster of a connection.
   *
   * @param connection a connection of Baton, or a pool's wrapper of one
   * @throws SQLException if it is not a connection of Baton, or is closed
   */
  public static BatonCluster of(Connection connection) throws SQLException {
    String endpoint = connection.unwrap(BatonConnection.class).currentEndpoint();
    return all().stream()
        .filter(cluster -> cluster.endpoints().contains(endpoint))
        .findFirst()
        .orElseThrow(() -> new SQLException("This connection has been closed.", "08003"));
  }
}
