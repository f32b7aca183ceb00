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
final class Backoff {

  static final Duration FIRST = Duration.ofMillis(10);

  private final Supplier<RandomGenerator> random;
  private long nextNanos = FIRST.toNanos();

  Backoff(Supplier<RandomGenerator> random) {
    this.random = random;
  }

  /** The next pause: between half of what is due, which never exceeds the limit, and all of it. */
  Duration next(Duration limit) {
    long due = Math.min(nextNanos, limit.toNanos());
    nextNanos = Math.min(nextNanos, Long.MAX_VALUE / 4) * 2;
    return Duration.ofNanos(due / 2 + random.get().nextLong(due / 2 + 1));
  }

  void reset() {
    nextNanos = FIRST.toNanos();
  }
}
