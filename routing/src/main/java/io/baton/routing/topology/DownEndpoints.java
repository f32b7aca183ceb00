package io.baton.routing.topology;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/**
 * The endpoints that the log of this JVM was told to be down. A pool whose connections all fail
 * opens the cluster anew for each attempt, and finds the same endpoint down each time: that is no
 * news, until it has answered, or a while is over.
 *
 * <p>Thread-safe.
 */
public final class DownEndpoints {

  /** How long an endpoint that is still down is not told of again. */
  static final Duration MEMORY = Duration.ofMinutes(10);

  private final LongSupplier nanoTime;
  private final ConcurrentMap<Endpoint, Long> told = new ConcurrentHashMap<>();

  /** Makes a memory, which measures by a clock that only goes forward. */
  public DownEndpoints(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The log is told. */
  void told(Endpoint endpoint) {
    told.put(endpoint, nanoTime.getAsLong());
  }

  /** It answers. */
  void answered(Endpoint endpoint) {
    told.remove(endpoint);
  }

  /** Whether the log was told already. */
  boolean contains(Endpoint endpoint) {
    Long since = told.get(endpoint);
    return since != null && nanoTime.getAsLong() - since < MEMORY.toNanos();
  }
}
