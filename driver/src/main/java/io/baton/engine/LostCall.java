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
 * @param analysis what its text does; null for a call of which there is no text
 * @param facts what decides about it
 * @param blocker why its transaction cannot be replayed; null if it can
 * @param evidence what was noted ahead of each COMMIT of its transaction
 * @param failure how it failed
 */
record LostCall(
    SessionConnection connection,
    @Nullable Object target,
    @Nullable StatementAnalysis analysis,
    CallFacts facts,
    @Nullable ReplayBlocker blocker,
    List<CommitEvidence> evidence,
    SQLException failure) {

  /** The endpoint that was left. */
  String left() {
    return connection.physical().endpoint().toString();
  }

  /** Whether a transaction was open. */
  boolean isInTransaction() {
    return facts.block().isOpen();
  }
}
