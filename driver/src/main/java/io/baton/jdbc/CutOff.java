package io.baton.jdbc;

import io.baton.failover.InterruptedCall.Block;
import io.baton.failover.outcome.CommitEvidence;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import java.util.List;

/**
 * A call that was cut off by the loss of its connection.
 *
 * @param seat where it was made
 * @param analysis what it does
 * @param block the transaction block it was made in
 * @param sent whether any of it may have reached the server
 * @param attempt the how-manieth attempt at it this was
 * @param repeatable whether it can be made again once its transaction is there again
 * @param noted what was noted ahead of each COMMIT of its transaction
 * @param failure how it failed
 */
record CutOff(
    Seat seat,
    StatementAnalysis analysis,
    Block block,
    boolean sent,
    int attempt,
    boolean repeatable,
    List<CommitEvidence> noted,
    SQLException failure) {

  /** The same call, of which the server said that it did nothing. */
  CutOff refused() {
    return new CutOff(seat, analysis, block, false, attempt, repeatable, noted, failure);
  }

  /** The same call, which is not to be made again inside of a transaction. */
  CutOff unrepeatable() {
    return new CutOff(seat, analysis, block, sent, attempt, false, noted, failure);
  }

  /** Whether a transaction was open. */
  boolean isInTransaction() {
    return block == Block.OPEN || block == Block.FAILED;
  }

  /** The endpoint that was left. */
  String left() {
    return seat.physical().endpoint().toString();
  }
}
