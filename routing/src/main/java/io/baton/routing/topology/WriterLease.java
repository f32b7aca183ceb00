package io.baton.routing.topology;

import java.time.Duration;

/**
 * Who may be written to, and for how long.
 *
 * @param holder the one endpoint that may be
 * @param left how long from the moment at which it was asked; zero or negative if it has run out.
 *     No longer than a hundred years either way, so that it can be measured in nanoseconds
 * @param atItsEnd what holds when that time is over and the source has said nothing since
 */
public record WriterLease(Endpoint holder, Duration left, AtItsEnd atItsEnd) {

  /** What holds when the time of a lease is over and its source has said nothing since. */
  public enum AtItsEnd {
    /** Nobody may be written to: whoever grants leases counts on that. */
    NOBODY_WRITES,
    /**
     * The holder goes on, for its source may be gone and it may not; once the holder is lost, too,
     * servers say themselves who is the writer.
     */
    HOLDER_GOES_ON
  }

  private static final Duration FOR_GOOD = Duration.ofDays(36_500);

  /** Makes a lease. */
  public WriterLease {
    if (left.compareTo(FOR_GOOD) > 0) {
      left = FOR_GOOD;
    } else if (left.compareTo(FOR_GOOD.negated()) < 0) {
      left = FOR_GOOD.negated();
    }
  }

  /** A lease at the end of which nobody may be written to. */
  public WriterLease(Endpoint holder, Duration left) {
    this(holder, left, AtItsEnd.NOBODY_WRITES);
  }

  /** A lease that holds until somebody else is named. */
  public static WriterLease untilAnotherIsNamed(Endpoint holder) {
    return new WriterLease(holder, FOR_GOOD);
  }

  /** Whether the time was all that the holder has. */
  boolean endsTheWriter() {
    return atItsEnd == AtItsEnd.NOBODY_WRITES;
  }
}
