package io.baton.routing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a source of endpoints said at one moment.
 *
 * @param endpoints the endpoints there are, without repetitions
 * @param lease who may be written to; null if the source does not say, and then what the servers
 *     say decides alone
 */
public record EndpointListing(List<ListedEndpoint> endpoints, @Nullable WriterLease lease) {

  /** Makes a listing of a copy. */
  public EndpointListing {
    endpoints = List.copyOf(endpoints);
  }

  /** A listing of endpoints of which nothing more is said. */
  public static EndpointListing of(List<Endpoint> endpoints) {
    return new EndpointListing(
        endpoints.stream().distinct().map(ListedEndpoint::of).toList(), null);
  }
}
