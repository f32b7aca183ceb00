package io.baton.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition outside this JVM by checking it often, since no event announces it. */
final class Wait {
  /** How long anything that normally takes milliseconds may take before it counts as broken. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long PAUSE_NANOS = 2_000_000;

  private Wait() {}

  /** Returns whether the condition came true in time. */
  static boolean until(Duration patience, BooleanSupplier condition) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
        return condition.getAsBoolean();
      }
      briefly();
    }
    return true;
  }

  /** Two milliseconds. */
  static void briefly() {
    LockSupport.parkNanos(PAUSE_NANOS);
  }
}
