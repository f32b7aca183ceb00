package io.baton.routing.topology;

import java.util.List;

/**
 * That another cluster is to take the place of this one, or has.
 *
 * @param identifier the system identifier of the successor
 * @param endpoints its servers
 * @param opened whether it has taken its place
 */
public record Succession(long identifier, List<Endpoint> endpoints, boolean opened) {

  /** Makes a succession of copies. */
  public Succession {
    endpoints = List.copyOf(endpoints);
  }

  /** What is to be said of a server that is of the other of both clusters, for people. */
  String account() {
    return opened
        ? "the cluster was cut over to " + endpoints + ", and this server was left"
        : "of the successor of this cluster: the cut over to " + endpoints + " has not opened yet";
  }

  /** Whether a server is expected although it is not of the cluster that is used now. */
  boolean expects(Endpoint endpoint, ServerStatus status) {
    return opened
        ? !endpoints.contains(endpoint)
        : status.systemIdentifier() == identifier && endpoints.contains(endpoint);
  }
}
