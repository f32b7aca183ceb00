package io.baton.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.consistency.CausalClock;
import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.EndpointSource;
import io.baton.routing.monitor.SharedConnector;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Environment;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The clusters of this JVM. All that ask for the same one, monitored in the same way, share it;
 * when the last one has given it back, it is closed, and its threads have ended.
 *
 * <p>What was known of it is kept for {@value #MEMORY_MILLIS} ms. An application without a pool
 * opens one connection after the other, and each would have to find out anew what the last one
 * knew. So a cluster that is opened again by then begins with that, and its monitors look beside
 * the session's own connection and not ahead of it.
 *
 * <p>The argument. What a monitored endpoint is taken for may be one heartbeat old, and a session
 * relies on what the server says on its own connection. An endpoint counts as known from the last
 * moment at which a monitor had a connection to it, however often the cluster is opened and closed
 * since; so what is known of it is older by {@value #MEMORY_MILLIS} ms at most. If not all is well
 * at the end, or a lease runs out, nothing that is kept is used. Decision 13 says what this was
 * weighed against.
 *
 * <p>Thread-safe. {@link #shared} is the one place of mutable static state.
 */
public final class ClusterRegistry {

  static final int MEMORY_MILLIS = 1000;
  private static final Duration MEMORY = Duration.ofMillis(MEMORY_MILLIS);

  private static final ClusterRegistry SHARED = new ClusterRegistry(Environment.system());

  private final Environment environment;
  private final ReentrantLock lock = new ReentrantLock();

  /** Kept for good: a write is not forgotten because all connections were closed. */
  private final Map<Set<Endpoint>, CausalClock> clocks = new ConcurrentHashMap<>();

  /** Kept for good: a server is not of the present again because all connections were closed. */
  private final JvmMemory jvm;

  @GuardedBy("lock")
  private final Map<Identity, Entry> entries = new HashMap<>();

  /** Of clusters that are closed. Those that are too old go when the registry is next used. */
  @GuardedBy("lock")
  private final Map<Identity, ClusterMemory> memories = new HashMap<>();

  /**
   * Monitored in two ways, the same servers are two clusters, so that no settings are ignored.
   * Named in two orders, they are one: the first to ask gives the order.
   */
  private record Identity(ClusterKey key, ClusterSettings settings) {

    Identity {
      settings = settings.inNoOrder();
    }

    /** Enough to tell clusters apart; what Java makes of it takes a young JVM long to link. */
    @Override
    public int hashCode() {
      return key.endpoints().hashCode();
    }
  }

  /** A cluster and how many hold it; guarded by the registry's lock. */
  private static final class Entry {
    final Cluster cluster;
    int leases;

    Entry(Cluster cluster) {
      this.cluster = cluster;
    }
  }

  /** Makes a registry of its own, for tests. */
  public ClusterRegistry(Environment environment) {
    this.environment = environment;
    this.jvm = new JvmMemory(environment.nanoTime());
  }

  /** The registry of this JVM, or rather of this class loader. */
  public static ClusterRegistry shared() {
    return SHARED;
  }

  /**
   * Takes a share in a cluster, which is made and its monitors started if there is none.
   *
   * @param key who is asked, and as whom
   * @param settings how it is monitored
   * @param connector how to connect; those of all who ask differ in their credentials only, and
   *     what works is used for all
   * @param source makes what lists its endpoints, of which the key says which it is, and which
   *     connects as it is told; null if the settings name them all
   */
  public ClusterLease acquire(
      ClusterKey key,
      ClusterSettings settings,
      Connector connector,
      @Nullable Function<Connector, EndpointSource> source) {
    Identity identity = new Identity(key, settings);
    Entry entry;
    boolean isNew = false;
    lock.lock();
    try {
      forgetWhatIsOld();
      entry = entries.get(identity);
      if (entry == null) {
        SharedConnector shared = new SharedConnector(connector);
        entry =
            new Entry(
                new Cluster(
                    settings,
                    shared,
                    source == null ? null : source.apply(shared),
                    environment,
                    memories.remove(identity),
                    jvm));
        entries.put(identity, entry);
        isNew = true;
      }
      entry.leases++;
    } finally {
      lock.unlock();
    }
    if (isNew) {
      entry.cluster.start();
    } else {
      entry.cluster.offer(connector);
    }
    return new Lease(identity, entry);
  }

  @GuardedBy("lock")
  private void forgetWhatIsOld() {
    long now = environment.nanoTime().getAsLong();
    memories
        .entrySet()
        .removeIf(
            kept ->
                !kept.getValue()
                    .topology()
                    .isFresh(now, MEMORY, kept.getKey().settings().topologyRefresh()));
  }

  /**
   * What readers of these servers must have reached, for all connections of this JVM: also those
   * that watch the servers in another way, or as another user.
   */
  public CausalClock clock(List<Endpoint> endpoints) {
    return clocks.computeIfAbsent(Set.copyOf(endpoints), any -> new CausalClock());
  }

  /** The clusters that are in use. */
  public List<Cluster> clusters() {
    lock.lock();
    try {
      return entries.values().stream().map(entry -> entry.cluster).toList();
    } finally {
      lock.unlock();
    }
  }

  private void release(Identity identity, Entry entry) {
    lock.lock();
    try {
      entry.leases--;
      if (entry.leases > 0) {
        return;
      }
      entries.remove(identity);
    } finally {
      lock.unlock();
    }
    entry.cluster.settle();
    ClusterMemory memory = entry.cluster.freeze();
    if (memory != null) {
      keep(identity, memory);
    }
    entry.cluster.stop();
  }

  /** One that was opened meanwhile knows more, or will. */
  private void keep(Identity identity, ClusterMemory memory) {
    lock.lock();
    try {
      forgetWhatIsOld();
      if (!entries.containsKey(identity)) {
        memories.put(identity, memory);
      }
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
