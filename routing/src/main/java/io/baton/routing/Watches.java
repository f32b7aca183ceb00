package io.baton.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What looks after the endpoints of a cluster: a monitor and a probe on demand for each that there
 * is now.
 *
 * <p>Safe for use by many threads.
 */
final class Watches {

  private static final Duration LONGEST_JOIN = Duration.ofMillis(100);

  /** What looks after one endpoint. */
  record Watch(EndpointMonitor monitor, OnDemandProbe onDemand) {}

  private final Function<Endpoint, Watch> maker;
  private final ReentrantLock membership = new ReentrantLock();

  /** Changed under {@link #membership} only. */
  private final Map<Endpoint, Watch> watches = new ConcurrentHashMap<>();

  @GuardedBy("membership")
  private boolean closed;

  /** Watches these endpoints, once it is started. */
  Watches(Collection<Endpoint> endpoints, Function<Endpoint, Watch> maker) {
    this.maker = maker;
    for (Endpoint endpoint : endpoints) {
      watches.put(endpoint, maker.apply(endpoint));
    }
  }

  /** Starts the monitors, which begin the first round side by side. */
  void start() {
    watches.values().forEach(watch -> watch.monitor().start());
  }

  /** No endpoint is added from now on. */
  void close() {
    membership.lock();
    try {
      closed = true;
    } finally {
      membership.unlock();
    }
  }

  /** Stops the monitors. */
  void stop() {
    watches.values().forEach(watch -> watch.monitor().stop());
    try {
      for (Watch watch : watches.values()) {
        watch.monitor().join(LONGEST_JOIN);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // they end without being waited for
    }
  }

  /**
   * Watches other endpoints from now on.
   *
   * @param posting says so on the board; nobody else can change them meanwhile, and those that are
   *     new are not watched yet
   * @return what that changed; nothing if this is closed
   */
  Optional<TopologyBoard.Change> replace(
      Set<Endpoint> endpoints, Supplier<Optional<TopologyBoard.Change>> posting) {
    List<Watch> superfluous = new ArrayList<>();
    Optional<TopologyBoard.Change> change;
    membership.lock();
    try {
      if (closed) {
        return Optional.empty();
      }
      watches
          .entrySet()
          .removeIf(
              watched ->
                  !endpoints.contains(watched.getKey()) && superfluous.add(watched.getValue()));
      change = posting.get();
      for (Endpoint endpoint : endpoints) {
        if (!watches.containsKey(endpoint)) {
          Watch added = maker.apply(endpoint);
          watches.put(endpoint, added);
          added.monitor().start();
        }
      }
    } finally {
      membership.unlock();
    }
    superfluous.forEach(watch -> watch.monitor().stop());
    return change;
  }

  /** Whether an endpoint is watched. */
  boolean has(Endpoint endpoint) {
    return watches.containsKey(endpoint);
  }

  /** Has all monitors look at once. */
  void wake() {
    watches.values().forEach(watch -> watch.monitor().wake());
  }

  /** Has the monitor of an endpoint, if it is watched, look in a while. */
  void check(Endpoint endpoint) {
    Watch watch = watches.get(endpoint);
    if (watch != null) {
      watch.monitor().check();
    }
  }

  /** Has an endpoint, if it is watched, probed on a connection of its own. */
  void probe(Endpoint endpoint) {
    Watch watch = watches.get(endpoint);
    if (watch != null) {
      watch.onDemand().request();
    }
  }

  /** Has all endpoints probed. */
  void probe() {
    watches.values().forEach(watch -> watch.onDemand().request());
  }
}
