package io.baton.routing;

import io.baton.routing.topology.Endpoint;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What makes two applications' clusters the same one: which servers are asked, and as whom. The
 * order of the servers makes no difference, and neither does the password: it may change, and be
 * another one for each connection, while the servers and what a user may ask them stay the same.
 *
 * @param endpoints the endpoints of the URL; their order is kept for people, and not compared
 * @param properties what else tells one way to connect from another (user, database, TLS options);
 *     compared, never shown
 */
public record ClusterKey(Set<Endpoint> endpoints, Map<String, String> properties) {

  /** Makes a key of copies of its parts. */
  public ClusterKey {
    endpoints = Collections.unmodifiableSet(new LinkedHashSet<>(endpoints));
    properties = Map.copyOf(properties);
  }

  /** Makes a key of these endpoints, whatever their order. */
  public ClusterKey(Collection<Endpoint> endpoints, Map<String, String> properties) {
    this(new LinkedHashSet<>(endpoints), properties);
  }

  /** The endpoints only, since properties may hold secrets. */
  @Override
  public String toString() {
    return endpoints.toString();
  }
}
