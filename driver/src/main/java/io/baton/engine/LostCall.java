package io.baton.engine;

import io.baton.failover.outcome.CommitEvidence;
import io.baton.session.journal.ReplayBlocker;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call that failed, with what its recovery needs to know of it.
 *
 * @param connection where it was made
 * @param target what it was made on, for those who cancel it
 * @param analysis what its text does; null for a call that has none and leaves the session alone
 * @param twoPhase the call, if it is a command of two-phase commit; else null
 * @param facts what decides about it
 * @param blocker why its transaction cannot be replayed; null if it can
 * @param evidence what was noted ahead of each COMMIT of its transaction
 * @param failure how it failed
 * @param began when the attempt that failed began, in nanoseconds of {@link System#nanoTime}
 * @param endedBackend whether an earlier attempt at it ended its backend
 */
record LostCall(
    SessionConnection connection,
    @Nullable Object target,
    @Nullable StatementAnalysis analysis,
    @Nullable TwoPhaseExecution twoPhase,
    CallFacts facts,
    @Nullable ReplayBlocker blocker,
    List<CommitEvidence> evidence,
    SQLException failure,
    long began,
    boolean endedBackend) {

  /** Reviews whether it is run again. */
  RerunReview review() {
    return new RerunReview(
        new BackendLoss(
            facts.cause(),
            failure,
            connection.physical().abortReason(),
            connection.physical().endpoint(),
            connection.knownInstance(),
            began,
            false),
        endedBackend);
  }

  /** The endpoint that was left. */
  String left() {
    return connection.physical().endpoint().toString();
  }

  /** Whether a transaction was open. */
  boolean isInTransaction() {
    return facts.block().isOpen();
  }

  /** Why the transaction is not replayed, as a sentence; null if there is nothing to tell. */
  @Nullable String obstacle() {
    if (!facts.repeatable()) {
      return "The call cannot be made again: it may have had its effect, or a parameter was a stream"
          + " or a large object, which is gone once it was sent";
    }
    return blocker == null ? null : "It could not be replayed: " + blocker.reason();
  }
}
