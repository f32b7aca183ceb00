package io.baton.benchmarks.failover;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * Nanoseconds since the epoch, which two JVMs of one machine can compare; steady, as the clock that
 * it was set by need not be. Thread-safe.
 */
final class WallClock {
  private static final long OFFSET = epochNanos() - System.nanoTime();

  private WallClock() {}

  static long now() {
    return System.nanoTime() + OFFSET;
  }

  private static long epochNanos() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }
}
