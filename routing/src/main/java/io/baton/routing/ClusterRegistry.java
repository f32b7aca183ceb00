package io.baton.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The clusters of this JVM: whoever asks for the same one, watched in the same way, shares it, and
 * it is closed with its monitors when the last one gives it back.
 *
 * <p>Thread-safe. {@link #shared} is the one place of mutable static state.
 */
public final class ClusterRegistry {

  private static final ClusterRegistry SHARED = new ClusterRegistry(Environment.system());

  private final Environment environment;
  private final ReentrantLock lock = new ReentrantLock();

  /** Kept for good: a write is not forgotten because all connections were closed. */
  private final Map<Set<Endpoint>, CausalClock> clocks = new ConcurrentHashMap<>();

  @GuardedBy("lock")
  private final Map<Identity, Entry> entries = new HashMap<>();

  /** Watched in two ways, the same servers are two clusters: nobody's settings are ignored. */
  private record Identity(ClusterKey key, ClusterSettings settings) {}

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
    lock.lock();
    try {
      entry = entries.get(identity);
      if (entry == null) {
        entry =
            new Entry(
                new Cluster(
                    settings, connector, source == null ? null : source.get(), environment));
        entries.put(identity, entry);
        isNew = true;
      }
      entry.leases++;
    } finally {
      lock.unlock();
    }
    if (isNew) {
      entry.cluster.start();
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
    entry.cluster.close();
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
