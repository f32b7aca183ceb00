package io.baton.examples.demo;

import java.util.function.LongSupplier;

/** The time axis of one run: nanoseconds since it began. Thread-safe. */
final class RunClock {
  private final LongSupplier ticker;
  private final long origin;

  RunClock(LongSupplier ticker) {
    this.ticker = ticker;
    this.origin = ticker.getAsLong();
  }

  static RunClock startingNow() {
    return new RunClock(System::nanoTime);
  }

  long now() {
    return ticker.getAsLong() - origin;
  }
}
