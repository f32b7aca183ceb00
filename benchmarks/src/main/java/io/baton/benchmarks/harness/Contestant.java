package io.baton.benchmarks.harness;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A driver with its options that takes part in a benchmark. Immutable.
 *
 * @param name what it is called on the command line and in the results
 * @param label what it is called in plots
 * @param prefix the beginning of its URLs, up to the slashes
 * @param reach how many of a cluster's nodes its URLs name
 * @param options what it is told; values may contain {@code {host-pattern}}
 */
public record Contestant(
    String name, String label, String prefix, Reach reach, Map<String, String> options) {

  /** How many nodes a URL names. */
  public enum Reach {
    ALL_NODES,
    FIRST_NODE
  }

  public Contestant {
    options = Map.copyOf(options);
  }

  /** The class of its driver. */
  public String driverClass() {
    return isAws()
        ? "software.amazon.jdbc.Driver"
        : prefix.equals(Contestants.BATON_PREFIX)
            ? "io.baton.BatonDriver"
            : "org.postgresql.Driver";
  }

  /** Whether it is the AWS wrapper, which wants to be set up in a pool in a way of its own. */
  public boolean isAws() {
    return prefix.equals(Contestants.AWS_PREFIX);
  }

  /** The URL for that server, without user and password. */
  public String url(Server server) {
    String hosts = reach == Reach.ALL_NODES ? server.hosts() : server.nodes().get(0).toString();
    String query =
        new TreeMap<>(options)
            .entrySet().stream()
                .map(option -> option.getKey() + "=" + value(option.getValue(), server))
                .collect(Collectors.joining("&"));
    return prefix + "//" + hosts + "/" + server.database() + (query.isEmpty() ? "" : "?" + query);
  }

  private static String value(String value, Server server) {
    return value.replace("{host-pattern}", AuroraEmulation.hostPattern(server.nodes().get(0)));
  }

  /** Opens a connection. */
  public Connection connect(Server server) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", server.user());
    properties.setProperty("password", server.password());
    return DriverManager.getConnection(url(server), properties);
  }

  @Override
  public String toString() {
    return name;
  }
}
