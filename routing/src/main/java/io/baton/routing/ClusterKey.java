package io.baton.routing;

import io.baton.routing.topology.Endpoint;
import java.util.List;
import java.util.Map;

/**
 * What makes two applications' clusters the same one: who is asked, and as whom.
 *
 * @param endpoints the endpoints of the URL
 * @param properties what else tells one way to connect from another (user, database, TLS options, a
 *     fingerprint of the password); compared, never shown
 */
public record ClusterKey(List<Endpoint> endpoints, Map<String, String> properties) {

  /** Makes a key of copies of its parts. */
  public ClusterKey {
    endpoints = List.copyOf(endpoints);
    properties = Map.copyOf(properties);
  }

  /** The endpoints only, since properties may hold secrets. */
  @Override
  public String toString() {
    return endpoints.toString();
  }
}
