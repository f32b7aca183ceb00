package io.baton.failover.keys;

import io.baton.failover.outcome.ServerInstance;
import io.baton.routing.Lsn;

/**
 * How far the log vouches for a sequence.
 *
 * @param server whose log it is
 * @param ceiling the value up to which the sequence had been logged: after a recovery that replayed
 *     it, every value drawn is greater
 * @param at a position of the log past the record that says so
 */
record SequenceMark(ServerInstance server, long ceiling, Lsn at) {

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
