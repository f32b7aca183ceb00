package io.baton.failover;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A point in time that an operation must not outlast.
 *
 * @param nanoTime the clock, as {@link System#nanoTime}
 * @param at the point on that clock
 */
public record Deadline(LongSupplier nanoTime, long at) {

  /** Returns the deadline that lies this far ahead. */
  public static Deadline after(Duration duration, LongSupplier nanoTime) {
    return new Deadline(nanoTime, nanoTime.getAsLong() + duration.toNanos());
  }

  /** Returns the time until the deadline; zero once it is over. */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, at - nanoTime.getAsLong()));
  }

  /** Returns whether the deadline is over. */
  public boolean isOver() {
    return at - nanoTime.getAsLong() <= 0;
  }

  /** Returns the earlier of this deadline and one that lies this far ahead. */
  public Deadline orEarlier(Duration duration) {
    long other = nanoTime.getAsLong() + duration.toNanos();
    return other - at < 0 ? new Deadline(nanoTime, other) : this;
  }
}
