package io.baton.engine;

import io.baton.failover.Failure;
import io.baton.failover.HandOvers.Attempt;
import io.baton.failover.HandOvers.Staying;
import io.baton.failover.HandOvers.Waiting;
import io.baton.routing.monitor.Backoff;
import io.baton.routing.topology.FailureText;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The failed attempts of one session to prepare its move, for one hand-over.
 *
 * <p>Each attempt costs the other server a connection. What that server refuses for good, a part of
 * the session or its login, is tried once. What may go well a moment later, a connection that broke
 * or a server that has no connection left, is tried again after pauses that grow, and at most
 * {@value #MOST} times in all.
 *
 * <p>Not safe for use by several threads.
 */
final class MoveAttempts {

  /** How often a move is tried. */
  static final int MOST = 5;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final Backoff backoff = new Backoff(ThreadLocalRandom::current, FIRST_PAUSE);
  private int failures;
  private long pauseBegan;
  private long pauseNanos;
  private String reason = "";

  /** A server refused a part of the session. */
  static final class Refused extends SQLException {

    private static final long serialVersionUID = 1L;

    Refused(String what, SQLException refusal) {
      super(what + ": " + FailureText.message(refusal), refusal.getSQLState(), refusal);
    }
  }

  /** Whether the last attempt failed so short a time ago that the next has to wait. */
  boolean isPausing() {
    return pauseNanos > 0 && System.nanoTime() - pauseBegan < pauseNanos;
  }

  /** What is said of the session during a pause. */
  Attempt pausing() {
    return new Waiting(reason);
  }

  /**
   * Counts a failed attempt.
   *
   * @return that the session waits for the next; or stays, and why
   */
  Attempt failed(SQLException failure) {
    failures++;
    reason = FailureText.message(failure);
    if (!isWorthAnother(failure)) {
      return new Staying(reason);
    }
    if (failures >= MOST) {
      return new Staying("given up after " + failures + " attempts: " + reason);
    }
    pauseBegan = System.nanoTime();
    pauseNanos = backoff.next(LONGEST_PAUSE).toNanos();
    return pausing();
  }

  private static boolean isWorthAnother(SQLException failure) {
    return failure instanceof Refused
        ? SessionRebuild.isTransient(failure)
        : Failure.isWorthAnotherAttemptLater(failure);
  }

  /** The next attempt is the first of another hand-over. */
  void forget() {
    failures = 0;
    pauseNanos = 0;
    backoff.reset();
  }
}
