package io.baton.routing.topology;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a source of endpoints said at one moment.
 *
 * @param endpoints the endpoints there are, without repetitions
 * @param lease who may be written to; null if the source does not say, and then what the servers
 *     say decides alone
 * @param lags how far behind readers are, where the source says it; empty where the servers do
 * @param planned the exchange of the writer that the source announces; null if it announces none
 */
public record EndpointListing(
    List<ListedEndpoint> endpoints,
    @Nullable WriterLease lease,
    Map<Endpoint, Duration> lags,
    @Nullable ScheduledSwitchover planned) {

  /** Makes a listing of copies. */
  public EndpointListing {
    endpoints = List.copyOf(endpoints);
    lags = Map.copyOf(lags);
  }

  /** A listing that leaves it to the servers to say how far behind they are. */
  public EndpointListing(List<ListedEndpoint> endpoints, @Nullable WriterLease lease) {
    this(endpoints, lease, Map.of());
  }

  /** A listing that announces no exchange of the writer. */
  public EndpointListing(
      List<ListedEndpoint> endpoints, @Nullable WriterLease lease, Map<Endpoint, Duration> lags) {
    this(endpoints, lease, lags, null);
  }

  /** A listing of endpoints of which nothing more is said. */
  public static EndpointListing of(List<Endpoint> endpoints) {
    return new EndpointListing(
        endpoints.stream().distinct().map(ListedEndpoint::of).toList(), null);
  }

  /** The same of other endpoints. */
  public EndpointListing withEndpoints(List<ListedEndpoint> otherEndpoints) {
    return new EndpointListing(otherEndpoints, lease, lags, planned);
  }
}
