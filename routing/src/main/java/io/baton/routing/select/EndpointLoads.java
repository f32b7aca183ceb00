package io.baton.routing.select;

import io.baton.routing.topology.Endpoint;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** What this JVM's sessions know of the endpoints of one cluster. Thread-safe. */
public final class EndpointLoads {

  private final Map<Endpoint, EndpointLoad> loads = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;

  /**
   * Makes one that knows no endpoint.
   *
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  public EndpointLoads(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Of one endpoint; of a new one, judged by its peers, if it is asked for the first time. */
  public EndpointLoad of(Endpoint endpoint) {
    EndpointLoad known = loads.get(endpoint);
    if (known != null) {
      return known;
    }
    double[] peers = loads.values().stream().mapToDouble(l -> l.reliability().score()).toArray();
    Reliability reliability = Reliability.ofNewcomer(endpoint, peers, nanoTime);
    return loads.computeIfAbsent(endpoint, first -> new EndpointLoad(reliability, nanoTime));
  }
}
