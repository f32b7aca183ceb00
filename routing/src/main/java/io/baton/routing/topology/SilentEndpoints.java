package io.baton.routing.topology;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/**
 * The endpoints that were waited for in vain a short while ago, by any cluster of the JVM, and are
 * not waited for again by the next one. An answer ends that.
 *
 * <p>Thread-safe.
 */
public final class SilentEndpoints {

  /** How long an endpoint is not waited for again. */
  public static final Duration MEMORY = Duration.ofSeconds(60);

  private final LongSupplier nanoTime;
  private final ConcurrentMap<Endpoint, Long> waitedFor = new ConcurrentHashMap<>();

  /** Makes a memory, which measures by a clock that only goes forward. */
  public SilentEndpoints(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** It was waited for in vain; how long it is remembered counts from the first time. */
  public void waitedInVain(Endpoint endpoint) {
    if (!contains(endpoint)) {
      waitedFor.put(endpoint, nanoTime.getAsLong());
    }
  }

  /** It answers, or refuses. */
  public void answered(Endpoint endpoint) {
    if (!waitedFor.isEmpty()) {
      waitedFor.remove(endpoint);
    }
  }

  /** Whether it is not to be waited for. */
  public boolean contains(Endpoint endpoint) {
    Long since = waitedFor.get(endpoint);
    return since != null && nanoTime.getAsLong() - since < MEMORY.toNanos();
  }
}
