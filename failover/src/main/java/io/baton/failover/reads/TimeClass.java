package io.baton.failover.reads;

/** How long a read takes, by powers of ten: finer than that, it differs from run to run. */
public enum TimeClass {
  /** Less than a millisecond. */
  UNDER_1_MS(0, 1_000_000),
  /** Less than 10 ms. */
  UNDER_10_MS(1_000_000, 10_000_000),
  /** Less than 100 ms. */
  UNDER_100_MS(10_000_000, 100_000_000),
  /** Less than a second. */
  UNDER_1_S(100_000_000, 1_000_000_000),
  /** A second or more. */
  LONGER(1_000_000_000, Long.MAX_VALUE);

  private final long least;
  private final long limit;

  TimeClass(long least, long limit) {
    this.least = least;
    this.limit = limit;
  }

  /** Returns the class of a time. */
  public static TimeClass of(long nanos) {
    for (TimeClass one : values()) {
      if (nanos < one.limit) {
        return one;
      }
    }
    return LONGER;
  }

  /** Returns whether times of another class are at least ten times as long. */
  boolean isFarBelow(TimeClass other) {
    return other.least / 10 >= limit;
  }
}
