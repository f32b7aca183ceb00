package io.baton.jdbc;

import io.baton.BatonException.Outcome;
import io.baton.failover.Deadline;
import io.baton.failover.outcome.CommitEvidence;
import io.baton.failover.outcome.CommitInquiry;
import io.baton.failover.outcome.Resolution;
import io.baton.session.SessionTracker;
import io.baton.session.SessionTracker.Crossroads;
import java.sql.SQLException;
import java.util.List;

/**
 * Settles on each server that a session arrives at whether its COMMIT took place, and has the
 * session take the way that follows from it.
 */
final class CommitSettlement implements Departure.Arrival {

  private final List<CommitEvidence> noted;
  private final SessionTracker tracker;
  private final Crossroads ways;
  private final boolean replays;
  private final Deadline deadline;
  private Resolution resolution =
      new Resolution(Resolution.Ending.UNKNOWN, "no server could be asked");

  /**
   * Prepares to ask.
   *
   * @param noted what was noted ahead of the COMMIT
   * @param replays whether the transaction is to be replayed if it is not committed
   */
  CommitSettlement(
      List<CommitEvidence> noted, SessionTracker tracker, boolean replays, Deadline deadline) {
    this.noted = noted;
    this.tracker = tracker;
    this.ways = tracker.crossroads();
    this.replays = replays;
    this.deadline = deadline;
  }

  @Override
  public Outcome at(Seat seat) throws SQLException {
    resolution = ask(seat);
    switch (resolution.ending()) {
      case COMMITTED -> {
        tracker.committed(ways);
        return Outcome.COMMITTED;
      }
      case NOT_COMMITTED -> {
        if (replays) {
          tracker.begunAgain(ways);
        } else {
          tracker.rolledBack(ways);
        }
        return Outcome.NOT_COMMITTED;
      }
      default -> {
        tracker.rolledBack(ways);
        return Outcome.UNKNOWN;
      }
    }
  }

  private Resolution ask(Seat seat) throws SQLException {
    try {
      return Seats.inAutocommit(
          seat.physical(), connection -> CommitInquiry.resolve(noted, connection, deadline));
    } catch (SQLException refused) {
      if (seat.physical().isSeveredBy(refused)) {
        throw refused;
      }
      return new Resolution(
          Resolution.Ending.UNKNOWN, "the server would not say: " + refused.getMessage());
    }
  }

  Crossroads ways() {
    return ways;
  }

  /** What the last server said. */
  Resolution resolution() {
    return resolution;
  }
}
