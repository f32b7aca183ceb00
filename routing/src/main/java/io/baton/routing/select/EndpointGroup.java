package io.baton.routing.select;

import io.baton.routing.topology.Endpoint;
import java.util.List;

/**
 * A named set of endpoints, to which the reads of some sessions are restricted. Immutable.
 *
 * @param name what rules call it
 * @param endpoints the endpoints, be they of the cluster at the moment or not; at least one
 */
public record EndpointGroup(String name, List<Endpoint> endpoints) {

  /**
   * Makes a group of a copy.
   *
   * @throws IllegalArgumentException if it is empty
   */
  public EndpointGroup {
    endpoints = List.copyOf(endpoints);
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("the group " + name + " has no endpoint");
    }
  }

  /** Whether an endpoint is of this group; allocates nothing. */
  public boolean contains(Endpoint endpoint) {
    for (int i = 0; i < endpoints.size(); i++) {
      if (endpoints.get(i).equals(endpoint)) {
        return true;
      }
    }
    return false;
  }
}
