package io.baton.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.consistency.CausalClock;
import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.EndpointSource;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.Topology;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The clusters of this JVM: whoever asks for the same one, watched in the same way, shares it, and
 * it is closed with its monitors {@value #LINGER_MILLIS} ms after the last one has given it back.
 * For that long it waits for the next, since an application without a pool opens one connection
 * after the other, and each would have to find out anew what the last one knew. (A {@code DROP
 * DATABASE} waits five times as long for connections to end.)
 *
 * <p>Thread-safe. {@link #shared} is the one place of mutable static state.
 */
public final class ClusterRegistry {

  static final int LINGER_MILLIS = 1000;

  private static final int LOOKS = 10;

  private static final ClusterRegistry SHARED = new ClusterRegistry(Environment.system());

  private final Environment environment;
  private final ReentrantLock lock = new ReentrantLock();

  /** Kept for good: a write is not forgotten because all connections were closed. */
  private final Map<Set<Endpoint>, CausalClock> clocks = new ConcurrentHashMap<>();

  @GuardedBy("lock")
  private final Map<Identity, Entry> entries = new HashMap<>();

  /**
   * Monitored in two ways, the same servers are two clusters, so that no settings are ignored.
   * Named in two orders, they are one: the first to ask gives the order.
   */
  private record Identity(ClusterKey key, ClusterSettings settings) {

    Identity {
      settings = settings.inNoOrder();
    }
  }

  /** What is to become of a cluster that was given back. */
  private enum Prospect {
    /** Somebody holds it again. */
    HELD,
    /** Somebody may still come. */
    AWAITED,
    /** Nobody will come any more. */
    LEFT
  }

  /** A cluster and how many hold it; guarded by the registry's lock. */
  private static final class Entry {
    final Cluster cluster;
    int leases;
    long idleSince;

    /** Whether a thread waits to close it. */
    boolean isAwaited;

    Entry(Cluster cluster) {
      this.cluster = cluster;
    }

    /**
     * Whether nobody holds it, and not all is well with it: there may be other servers by now, and
     * orders to leave one were given by whoever held it.
     */
    boolean isOutOfDate() {
      Topology topology = cluster.topology();
      return leases == 0
          && !(topology.hasWriter()
              && topology.endpoints().stream().allMatch(EndpointState::isUsable));
    }
  }

  /** Makes a registry of its own, for tests. */
  public ClusterRegistry(Environment environment) {
    this.environment = environment;
  }

  /** The registry of this JVM, or rather of this class loader. */
  public static ClusterRegistry shared() {
    return SHARED;
  }

  /**
   * Takes a share in a cluster, which is made and its monitors started if nobody has one.
   *
   * @param key who is asked, and as whom
   * @param settings how it is watched
   * @param connector how to connect; that of the first to ask is used for all
   * @param source makes what lists its endpoints, of which the key says which it is; null if the
   *     settings name them all
   */
  public ClusterLease acquire(
      ClusterKey key,
      ClusterSettings settings,
      Connector connector,
      @Nullable Supplier<EndpointSource> source) {
    Identity identity = new Identity(key, settings);
    Entry entry;
    boolean isNew = false;
    boolean isBack;
    lock.lock();
    try {
      entry = entries.get(identity);
      if (entry == null || entry.isOutOfDate()) {
        entry =
            new Entry(
                new Cluster(
                    settings, connector, source == null ? null : source.get(), environment));
        entries.put(identity, entry);
        isNew = true;
      }
      isBack = entry.leases == 0 && !isNew;
      entry.leases++;
      entry.cluster.held(true);
    } finally {
      lock.unlock();
    }
    if (isNew) {
      entry.cluster.start();
    }
    if (isBack) {
      entry.cluster.tellHeld();
    }
    return new Lease(identity, entry);
  }

  /**
   * What readers of these servers must have reached, for all connections of this JVM: also those
   * that watch the servers in another way, or as another user.
   */
  public CausalClock clock(List<Endpoint> endpoints) {
    return clocks.computeIfAbsent(Set.copyOf(endpoints), any -> new CausalClock());
  }

  /** The clusters that somebody holds. */
  public List<Cluster> clusters() {
    lock.lock();
    try {
      return entries.values().stream()
          .filter(entry -> entry.leases > 0)
          .map(entry -> entry.cluster)
          .toList();
    } finally {
      lock.unlock();
    }
  }

  private void release(Identity identity, Entry entry) {
    boolean isFirst;
    lock.lock();
    try {
      entry.leases--;
      entry.idleSince = environment.nanoTime().getAsLong();
      if (entry.leases > 0) {
        return;
      }
      entry.cluster.held(false);
      isFirst = !entry.isAwaited;
      entry.isAwaited = true;
    } finally {
      lock.unlock();
    }
    entry.cluster.tellHeld();
    if (isFirst) {
      environment.threads().create("baton-linger", () -> closeWhenLeft(identity, entry)).start();
    }
  }

  /** Runs in a thread of its own. */
  private void closeWhenLeft(Identity identity, Entry entry) {
    for (; ; ) {
      switch (prospect(identity, entry)) {
        case HELD -> {
          return;
        }
        case LEFT -> {
          entry.cluster.close();
          return;
        }
        case AWAITED -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LINGER_MILLIS / LOOKS));
      }
    }
  }

  /** Once it is not awaited any more, this thread has no say in it. */
  private Prospect prospect(Identity identity, Entry entry) {
    lock.lock();
    try {
      if (entry.leases > 0) {
        entry.isAwaited = false;
        return Prospect.HELD;
      }
      long idle = environment.nanoTime().getAsLong() - entry.idleSince;
      if (idle < TimeUnit.MILLISECONDS.toNanos(LINGER_MILLIS) && !entry.isOutOfDate()) {
        return Prospect.AWAITED;
      }
      entries.remove(identity, entry); // Unless another one has taken its place.
      return Prospect.LEFT;
    } finally {
      lock.unlock();
    }
  }

  private final class Lease implements ClusterLease {

    private final Identity identity;
    private final Entry entry;
    private final AtomicBoolean closed = new AtomicBoolean();

    Lease(Identity identity, Entry entry) {
      this.identity = identity;
      this.entry = entry;
    }

    @Override
    public Cluster cluster() {
      return entry.cluster;
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        release(identity, entry);
      }
    }
  }
}
