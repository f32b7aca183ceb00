package io.baton.routing.topology;

import java.time.Duration;

/**
 * Who may be written to, and for how long.
 *
 * @param holder the one endpoint that may be
 * @param left how long from the moment at which it was asked; zero or negative if it has run out
 */
public record WriterLease(Endpoint holder, Duration left) {

  private static final Duration FOR_GOOD = Duration.ofDays(36_500);

  /** A lease that holds until somebody else is named. */
  public static WriterLease untilAnotherIsNamed(Endpoint holder) {
    return new WriterLease(holder, FOR_GOOD);
  }
}
