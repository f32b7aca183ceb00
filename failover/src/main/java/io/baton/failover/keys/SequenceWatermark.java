package io.baton.failover.keys;

import io.baton.failover.outcome.ServerInstance;
import io.baton.routing.consistency.Lsn;

/**
 * A proof of how far a sequence is logged at a position of the write-ahead log.
 *
 * @param server whose log it is
 * @param floor what it had been logged up to before the last step of its log, or less
 * @param ceiling the value up to which the sequence had been logged: after a recovery that replayed
 *     it, every value drawn is greater
 * @param at a position of the log past the record that says so
 * @param drawn the greatest value that is known to have been drawn before {@code drawnAt} was read;
 *     the floor if none is
 * @param drawnAt a position of the log past the record that lets that value be drawn; it was read
 *     earlier than {@code at}
 */
record SequenceWatermark(
    ServerInstance server, long floor, long ceiling, Lsn at, long drawn, Lsn drawnAt) {

  SequenceWatermark {
    drawn = drawn <= ceiling ? drawn : floor; // It was set back since that value was drawn.
  }

  /** One of a sequence of which no value is known to have been drawn earlier. */
  SequenceWatermark(ServerInstance server, long floor, long ceiling, Lsn at) {
    this(server, floor, ceiling, at, floor, at);
  }

  /** The position past the record that lets a value be drawn; it is {@link #covers covered}. */
  Lsn at(long value) {
    return value <= drawn ? drawnAt : at;
  }

  /**
   * Returns whether a value is of the step that was logged last. Lower values would be covered as
   * well, except in a sequence that was set back: of what it gives the second time, the watermark
   * says nothing.
   */
  boolean covers(long value) {
    return floor < value && value <= ceiling;
  }

  /**
   * Returns whether the last watermark proves as much: of one ceiling, the first watermark proves
   * most.
   */
  boolean addsNothingTo(SequenceWatermark last) {
    return isOfRunOf(last)
        && (last.ceiling == ceiling || (last.ceiling > ceiling && !at.hasReached(last.at)));
  }

  /**
   * Returns whether the sequence was set back since: it will give values again that it gave before.
   */
  boolean showsResetSince(SequenceWatermark last) {
    return isOfRunOf(last) && last.ceiling > ceiling;
  }

  private boolean isOfRunOf(SequenceWatermark other) {
    return server.run().equals(other.server.run());
  }
}
