package io.baton.engine;

import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.BatonUrl;
import io.baton.routing.Cluster;
import io.baton.routing.select.EndpointGroup;
import io.baton.routing.select.Needs;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Topology;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the servers must have that the sessions of one URL read from ({@code baton.needs}), and what
 * those lack that do not.
 *
 * <p>Thread-safe.
 */
final class ReaderNeeds {

  /** How long a server that has just been found may take to tell what it has. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

  private final Cluster cluster;
  private final Needs always;
  private final List<EndpointGroup> groups;

  ReaderNeeds(BatonUrl url, Cluster cluster) {
    this.cluster = cluster;
    this.always = url.option(BatonOption.NEEDS);
    this.groups = url.option(BatonOption.GROUPS);
  }

  /** For people; null if any server will do. */
  @Nullable String description() {
    return always.isEmpty() ? null : "on a server with " + always;
  }

  /**
   * Whether a server is known to have what is needed.
   *
   * @param more what the statement needs besides
   */
  boolean areMetBy(EndpointState server, Needs more) {
    if (always.isEmpty() && more.isEmpty()) {
      return true;
    }
    Set<String> names = groups(server.endpoint());
    return always.areMetBy(server, names) && more.areMetBy(server, names);
  }

  private Set<String> groups(Endpoint endpoint) {
    Set<String> names = new HashSet<>(2);
    for (EndpointGroup group : groups) {
      if (group.contains(endpoint)) {
        names.add(group.name());
      }
    }
    return names;
  }

  /** What a read needs that needs more itself. */
  Needs with(Needs more) {
    return always.and(more);
  }

  /**
   * Waits a moment if a server that answers has not told yet what it has.
   *
   * @return whether all have told it now, and one had not
   */
  boolean awaitTold(Needs all) {
    long untold = untold(cluster.topology(), all);
    if (untold == 0 || !cluster.topology().hasWriter()) {
      return false;
    }
    try {
      return cluster
          .awaitTopology(topology -> untold(topology, all) == 0, LONGEST_WAIT)
          .isPresent();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static long untold(Topology topology, Needs all) {
    return topology.endpoints().stream().filter(all::awaits).count();
  }

  /**
   * Refuses a server that a statement asks for.
   *
   * @throws SQLException 55000 if it is not known to have what the statement needs besides
   */
  void mustBeMetByNamed(Endpoint endpoint, Needs needed) throws SQLException {
    awaitTold(needed);
    EndpointState server = cluster.topology().state(endpoint).orElse(null);
    String lack = server == null ? null : needed.lacking(server, groups(endpoint));
    if (lack != null) {
      throw new NeedsUnmet(
          "The statement's hint needs "
              + needed
              + ", and "
              + endpoint
              + ", where it is to run, "
              + lack);
    }
  }

  /**
   * Refuses a server that is to answer a read since no reader could.
   *
   * @throws SQLException 55000 if it is not known to have what is needed: what each server lacks
   */
  void mustBeMetBy(Endpoint endpoint, Needs all) throws SQLException {
    if (all.isEmpty()) {
      return;
    }
    Topology topology = cluster.topology();
    Set<String> names = groups(endpoint);
    if (topology.state(endpoint).filter(server -> all.areMetBy(server, names)).isPresent()) {
      return;
    }
    List<String> reasons = new ArrayList<>();
    for (EndpointState server : topology.endpoints()) {
      String lack = all.lacking(server, groups(server.endpoint()));
      String reason =
          lack != null
              ? lack
              : server.isUsable()
                  ? "would do, and is behind, or did not let the session in"
                  : "would do, and is not there";
      reasons.add(server.endpoint() + " " + reason);
    }
    throw new NeedsUnmet(
        "No server can answer a read that needs " + all + ": " + String.join("; ", reasons));
  }

  /**
   * What the servers lack that are to take the place of these.
   *
   * @return null if one of them has what is needed
   */
  @Nullable String lackOfAll(List<Endpoint> servers) {
    if (always.isEmpty()) {
      return null;
    }
    List<String> reasons = new ArrayList<>();
    for (Endpoint endpoint : servers) {
      EndpointState server = cluster.topology().state(endpoint).orElse(null);
      String lack =
          server == null ? "is not known" : always.lacking(server, groups(server.endpoint()));
      if (lack == null) {
        return null;
      }
      reasons.add(endpoint + " " + lack);
    }
    return "its reads need " + always + ": " + String.join("; ", reasons);
  }
}
