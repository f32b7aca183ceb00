package io.baton.routing.monitor;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The pauses between attempts that fail: they start small, double, and are spread at random so that
 * many applications that lost the same server do not come back in step.
 *
 * <p>Not safe for use by several threads.
 */
public final class Backoff {

  static final Duration FIRST = Duration.ofMillis(10);

  private final Supplier<RandomGenerator> random;
  private final Duration first;
  private long nextNanos;

  Backoff(Supplier<RandomGenerator> random) {
    this(random, FIRST);
  }

  /**
   * Creates a sequence of pauses.
   *
   * @param random asked anew for each pause
   * @param first the longest that the first pause can be
   */
  public Backoff(Supplier<RandomGenerator> random, Duration first) {
    this.random = random;
    this.first = first;
    this.nextNanos = first.toNanos();
  }

  /**
   * Returns the next pause: between half of what is due, which never exceeds the limit, and all of
   * it.
   */
  public Duration next(Duration limit) {
    long due = Math.min(nextNanos, limit.toNanos());
    nextNanos = Math.min(nextNanos, Long.MAX_VALUE / 4) * 2;
    return Duration.ofNanos(due / 2 + random.get().nextLong(due / 2 + 1));
  }

  /** Begins anew: the next pause is the first. */
  public void reset() {
    nextNanos = first.toNanos();
  }
}
