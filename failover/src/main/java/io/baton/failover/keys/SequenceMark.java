package io.baton.failover.keys;

import io.baton.failover.outcome.ServerInstance;
import io.baton.routing.consistency.Lsn;

/**
 * How far the log vouches for a sequence.
 *
 * @param server whose log it is
 * @param floor what it had been logged up to before the last step of its log, or less
 * @param ceiling the value up to which the sequence had been logged: after a recovery that replayed
 *     it, every value drawn is greater
 * @param at a position of the log past the record that says so
 */
record SequenceMark(ServerInstance server, long floor, long ceiling, Lsn at) {

  /**
   * Whether a value is of the step that was logged last. It would do for lower ones as well, but
   * for sequences that are set back: then it says nothing of what they give the second time.
   */
  boolean covers(long value) {
    return floor < value && value <= ceiling;
  }

  /** Whether another one, noted last, serves as well: of one ceiling the first mark serves best. */
  boolean addsNothingTo(SequenceMark last) {
    return isOfRunOf(last)
        && (last.ceiling == ceiling || (last.ceiling > ceiling && !at.hasReached(last.at)));
  }

  /** Whether the sequence was set back since: it will give values again that it gave before. */
  boolean showsResetSince(SequenceMark last) {
    return isOfRunOf(last) && last.ceiling > ceiling;
  }

  private boolean isOfRunOf(SequenceMark other) {
    return server.run().equals(other.server.run());
  }
}
