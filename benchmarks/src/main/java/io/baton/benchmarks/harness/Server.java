package io.baton.benchmarks.harness;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Where the contestants connect to: the nodes in the order in which a URL names them. */
public record Server(List<Node> nodes, String database, String user, String password) {

  /** A host and port. */
  public record Node(String host, int port) {
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /** All nodes of a cluster, as clients reach them: through the proxies. */
  public static Server behindProxies(PostgresCluster cluster) {
    return of(cluster, node -> new Node(node.host(), node.port()));
  }

  /** All nodes of a cluster, past the proxies, which cost time. */
  public static Server direct(PostgresCluster cluster) {
    return of(cluster, node -> new Node(node.directHost(), node.directPort()));
  }

  private static Server of(PostgresCluster cluster, Function<PostgresNode, Node> address) {
    return new Server(
        cluster.nodes().stream().map(address).collect(Collectors.toUnmodifiableList()),
        cluster.database(),
        cluster.user(),
        cluster.password());
  }

  /**
   * The same with that node first, for whoever names one node only: it stands for the address of
   * the writer that clouds give.
   */
  public Server withFirst(PostgresNode first) {
    List<Node> sorted =
        nodes.stream()
            .sorted(Comparator.comparing(node -> !isAt(first, node)))
            .collect(Collectors.toUnmodifiableList());
    return new Server(sorted, database, user, password);
  }

  private static boolean isAt(PostgresNode node, Node place) {
    return place.equals(new Node(node.host(), node.port()))
        || place.equals(new Node(node.directHost(), node.directPort()));
  }

  /** The nodes as a URL has them. */
  public String hosts() {
    return nodes.stream().map(Node::toString).collect(Collectors.joining(","));
  }

  /** Writes all of it where {@link #from} finds it. */
  public void into(Properties properties) {
    properties.setProperty("hosts", hosts());
    properties.setProperty("database", database);
    properties.setProperty("user", user);
    properties.setProperty("password", password);
  }

  public static Server from(Properties properties) {
    return new Server(
        List.of(properties.getProperty("hosts").split(",", -1)).stream()
            .map(Server::node)
            .collect(Collectors.toUnmodifiableList()),
        properties.getProperty("database"),
        properties.getProperty("user"),
        properties.getProperty("password"));
  }

  private static Node node(String text) {
    int colon = text.lastIndexOf(':');
    return new Node(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }

  @Override
  public String toString() {
    return hosts() + "/" + database;
  }
}
