package io.baton.routing.monitor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.Observation;
import io.baton.routing.topology.TopologyState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The monitors of a cluster's endpoints: for each endpoint that there is now, one that looks again
 * and again, and one that probes on demand.
 *
 * <p>Safe for use by many threads.
 */
public final class EndpointMonitors {

  private static final Duration LONGEST_JOIN = Duration.ofMillis(100);

  /** What monitors one endpoint. */
  private record Entry(EndpointMonitor monitor, OnDemandProbe onDemand) {}

  private final ClusterSettings settings;
  private final Connector connector;
  private final MonitoredCluster cluster;
  private final Environment environment;
  private final ReentrantLock membership = new ReentrantLock();

  /** Changed under {@link #membership} only. */
  private final Map<Endpoint, Entry> entries = new ConcurrentHashMap<>();

  @GuardedBy("membership")
  private boolean closed;

  /** Monitors the endpoints of these settings, once it is started. */
  public EndpointMonitors(
      ClusterSettings settings,
      Connector connector,
      MonitoredCluster cluster,
      Environment environment) {
    this.settings = settings;
    this.connector = connector;
    this.cluster = cluster;
    this.environment = environment;
    for (Endpoint endpoint : settings.endpoints()) {
      entries.put(endpoint, entry(endpoint));
    }
  }

  private Entry entry(Endpoint endpoint) {
    Probe probe = new Probe(endpoint, connector, settings, environment.nanoTime());
    EndpointMonitor monitor =
        new EndpointMonitor(endpoint, settings, probe, connector, cluster, environment);
    return new Entry(
        monitor,
        new OnDemandProbe(
            endpoint,
            probe,
            environment.threads(),
            cluster::nextSequence,
            observation -> probed(endpoint, observation)));
  }

  /** If a probe on demand fails, the monitor has to look as well. */
  private void probed(Endpoint endpoint, Observation observation) {
    cluster.observe(endpoint, observation);
    if (!(observation instanceof Observation.Answered)) {
      check(endpoint);
    }
  }

  /** Starts the monitors, which begin the first round side by side. */
  public void start() {
    entries.values().forEach(entry -> entry.monitor().start());
  }

  /** No endpoint is added from now on. */
  public void close() {
    membership.lock();
    try {
      closed = true;
    } finally {
      membership.unlock();
    }
  }

  /** Stops the monitors. */
  public void stop() {
    entries.values().forEach(entry -> entry.monitor().stop());
    try {
      for (Entry entry : entries.values()) {
        entry.monitor().join(LONGEST_JOIN);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // they end without being waited for
    }
  }

  /**
   * Monitors other endpoints from now on.
   *
   * @param listing takes them over into the topology; no other thread can change them meanwhile,
   *     and those that are new are not monitored yet
   * @return what that changed; nothing if this is closed
   */
  public Optional<TopologyState.Change> replace(
      Set<Endpoint> endpoints, Supplier<Optional<TopologyState.Change>> listing) {
    List<Entry> superfluous = new ArrayList<>();
    Optional<TopologyState.Change> change;
    membership.lock();
    try {
      if (closed) {
        return Optional.empty();
      }
      entries
          .entrySet()
          .removeIf(
              known -> !endpoints.contains(known.getKey()) && superfluous.add(known.getValue()));
      change = listing.get();
      for (Endpoint endpoint : endpoints) {
        if (!entries.containsKey(endpoint)) {
          Entry added = entry(endpoint);
          entries.put(endpoint, added);
          added.monitor().start();
        }
      }
    } finally {
      membership.unlock();
    }
    superfluous.forEach(entry -> entry.monitor().stop());
    return change;
  }

  /** Lets all monitors look at once. */
  public void wake() {
    entries.values().forEach(entry -> entry.monitor().wake());
  }

  /** Lets the monitor of an endpoint, if there is one, look within a slice of its wait. */
  private void check(Endpoint endpoint) {
    Entry entry = entries.get(endpoint);
    if (entry != null) {
      entry.monitor().check();
    }
  }

  /** Probes an endpoint, if it is monitored, on a connection of its own. */
  public void probe(Endpoint endpoint) {
    Entry entry = entries.get(endpoint);
    if (entry != null) {
      entry.onDemand().request();
    }
  }

  /** Probes all endpoints. */
  public void probe() {
    entries.values().forEach(entry -> entry.onDemand().request());
  }
}
