package io.baton.routing.monitor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.Observation;
import io.baton.routing.topology.TopologyState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The monitors of a cluster's endpoints: for each endpoint that there is now, one that looks again
 * and again, and one that probes on demand.
 *
 * <p>Safe for use by many threads.
 */
public final class EndpointMonitors {

  /** What monitors one endpoint. */
  private record Entry(EndpointMonitor monitor, OnDemandProbe onDemand, OnDemandProbe secondLook) {

    void stop() {
      monitor.stop();
      onDemand.stop();
      secondLook.stop();
    }
  }

  private final ClusterSettings settings;
  private final SharedConnector connector;
  private final MonitoredCluster cluster;
  private final Environment environment;
  private final ReentrantLock membership = new ReentrantLock();

  /** Changed under {@link #membership} only. */
  private final Map<Endpoint, Entry> entries = new ConcurrentHashMap<>();

  @GuardedBy("membership")
  private boolean stopped;

  /** Monitors these endpoints, once it is started. */
  public EndpointMonitors(
      Collection<Endpoint> endpoints,
      ClusterSettings settings,
      SharedConnector connector,
      MonitoredCluster cluster,
      Environment environment) {
    this.settings = settings;
    this.connector = connector;
    this.cluster = cluster;
    this.environment = environment;
    for (Endpoint endpoint : endpoints) {
      entries.put(endpoint, entry(endpoint));
    }
  }

  private Entry entry(Endpoint endpoint) {
    Probe probe = new Probe(endpoint, settings, environment.nanoTime());
    ServerAtAddress server = new ServerAtAddress();
    LoginChecks loginChecks =
        new LoginChecks(endpoint, environment.random(), settings.topologyRefresh());
    OnDemandProbe secondLook =
        onDemand(
            "look",
            endpoint,
            probe,
            found -> {
              loginChecks.found(found);
              lookedAgain(endpoint, server, found);
            });
    EndpointMonitor monitor =
        new EndpointMonitor(
            endpoint,
            settings,
            probe,
            connector,
            server,
            secondLook::request,
            loginChecks,
            cluster,
            environment);
    return new Entry(
        monitor,
        onDemand("probe", endpoint, probe, found -> probed(endpoint, server, found)),
        secondLook);
  }

  private OnDemandProbe onDemand(
      String purpose, Endpoint endpoint, Probe probe, Consumer<Observation> outcome) {
    return new OnDemandProbe(
        "baton-" + purpose + " " + endpoint,
        probe,
        new AbortableConnection(connector),
        environment.threads(),
        cluster::nextSequence,
        outcome);
  }

  /** If a probe on demand fails, or finds another server, the monitor has to look as well. */
  private void probed(Endpoint endpoint, ServerAtAddress server, Observation found) {
    if (found instanceof Observation.Answered answered) {
      answered(endpoint, server, answered, true);
    } else {
      cluster.observe(endpoint, found);
      check(endpoint);
    }
  }

  /** A second look is for another server; of the known one its monitor knows more. */
  private void lookedAgain(Endpoint endpoint, ServerAtAddress server, Observation found) {
    if (found instanceof Observation.Answered answered) {
      answered(endpoint, server, answered, false);
    }
  }

  private void answered(
      Endpoint endpoint,
      ServerAtAddress server,
      Observation.Answered answered,
      boolean alsoIfKnown) {
    switch (server.judge(answered.sequence(), answered.status())) {
      case KNOWN -> {
        if (alsoIfKnown) {
          cluster.observe(endpoint, answered);
        }
      }
      case NEW -> {
        // That there is another server is news, whatever was found out while it answered.
        cluster.observe(
            endpoint, new Observation.Answered(cluster.nextSequence(), answered.status(), false));
        check(endpoint);
      }
      case FORMER -> check(endpoint);
    }
  }

  /** Starts the monitors that have not been started, side by side. */
  public void start() {
    entries.values().forEach(entry -> entry.monitor().start());
  }

  /** Starts the monitor of an endpoint, if there is one and it has not been started. */
  public void start(Endpoint endpoint) {
    Entry entry = entries.get(endpoint);
    if (entry != null) {
      entry.monitor().start();
    }
  }

  /** Whether a monitor that was started has not found anything out yet. */
  public boolean areInFirstLook() {
    return entries.values().stream().anyMatch(entry -> entry.monitor().isInFirstLook());
  }

  /** Stops the monitors and probes, whose threads end at once; no endpoint is added any more. */
  public void stop() {
    membership.lock();
    try {
      stopped = true;
    } finally {
      membership.unlock();
    }
    entries.values().forEach(Entry::stop);
  }

  /**
   * Monitors other endpoints from now on.
   *
   * @param listing takes them over into the topology; no other thread can change them meanwhile,
   *     and those that are new are not monitored yet
   * @return what that changed; nothing if this is stopped
   */
  public Optional<TopologyState.Change> replace(
      Set<Endpoint> endpoints, Supplier<Optional<TopologyState.Change>> listing) {
    List<Entry> superfluous = new ArrayList<>();
    Optional<TopologyState.Change> change;
    membership.lock();
    try {
      if (stopped) {
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
    superfluous.forEach(Entry::stop);
    return change;
  }

  /** Lets all monitors look at once. */
  public void wake() {
    entries.values().forEach(entry -> entry.monitor().wake());
  }

  /** Lets the monitor of an endpoint, if there is one, look within a slice of its wait. */
  public void check(Endpoint endpoint) {
    Entry entry = entries.get(endpoint);
    if (entry != null) {
      entry.monitor().check();
    }
  }

  /** The server process that the monitor of an endpoint talks to; empty if to none. */
  public OptionalInt watcher(Endpoint endpoint) {
    Entry entry = entries.get(endpoint);
    return entry == null ? OptionalInt.empty() : entry.monitor().watcher();
  }

  /** Probes an endpoint, if it is monitored, on a connection of its own. */
  public void probe(Endpoint endpoint) {
    Entry entry = entries.get(endpoint);
    if (entry != null) {
      entry.onDemand().request();
    }
  }

  /**
   * Has the monitor of an endpoint give up its connection: {@link EndpointMonitor#yieldConnection}.
   *
   * @return whether there was one, or connections were scarce before
   */
  public boolean yieldConnection(Endpoint endpoint) {
    Entry entry = entries.get(endpoint);
    return entry != null && entry.monitor().yieldConnection();
  }

  /** Probes all endpoints. */
  public void probe() {
    entries.values().forEach(entry -> entry.onDemand().request());
  }
}
