package io.baton.jdbc;

import io.baton.BatonException.Interruption;
import io.baton.BatonException.Outcome;
import io.baton.NoServerException;
import io.baton.OutcomeUnknownException;
import io.baton.TransactionLostException;
import io.baton.failover.Deadline;
import io.baton.failover.InterruptedCall;
import io.baton.failover.InterruptedCall.Block;
import io.baton.failover.InterruptedCall.Kind;
import io.baton.failover.InterruptedCall.Verdict;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.SessionState;
import io.baton.session.SessionTracker;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.journal.Journal;
import io.baton.session.journal.Unprotected;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done about a call that was cut off: the session moves, its transaction is replayed where
 * that can be proved right, and the call is made again or ends as the contract with the application
 * allows.
 *
 * <p>Guarded by the calls of its session.
 */
final class Rescue {

  private static final Logger LOG = LoggerFactory.getLogger(Rescue.class);

  /** A call that itself ends every connection it is made on is not made for ever. */
  private static final int MOST_ATTEMPTS = 8;

  /** How often a replay that the server could not fit in with others is begun anew. */
  private static final int MOST_CONFLICTS = 10;

  private final Servers servers;
  private final Seats seats;
  private final SessionTracker tracker;
  private final FunctionCatalogue catalogue;
  private final Journal<RecordedCall<?, ?>> journal;

  Rescue(
      Servers servers,
      Seats seats,
      SessionTracker tracker,
      FunctionCatalogue catalogue,
      Journal<RecordedCall<?, ?>> journal) {
    this.servers = servers;
    this.seats = seats;
    this.tracker = tracker;
    this.catalogue = catalogue;
    this.journal = journal;
  }

  /** Returns if the call is to be made again; throws what the application shall see otherwise. */
  void of(CutOff call) throws SQLException {
    Deadline deadline = servers.within(servers.failoverTimeout());
    Verdict verdict = interruption(call).verdict();
    switch (verdict) {
      case RUN_AGAIN -> {
        ended(call, Kind.of(call.analysis()) == Kind.COMMIT);
        seats.move(call.seat(), call.failure(), Outcome.NOT_COMMITTED, false, deadline);
        if (call.attempt() >= MOST_ATTEMPTS) {
          throw call.failure();
        }
      }
      case RUN_AGAIN_FAILED -> {
        ended(call, false);
        seats.move(call.seat(), call.failure(), Outcome.NOT_COMMITTED, true, deadline);
      }
      case TRANSACTION_LOST -> replayOrLose(call, deadline);
      case OUTCOME_IN_DOUBT -> settle(call, deadline);
    }
  }

  /**
   * A text that would only read if its functions do is in doubt until the catalogue says so, and
   * that can be asked only where the session goes on.
   */
  private InterruptedCall interruption(CutOff call) {
    Kind kind = Kind.of(call.analysis());
    boolean unproven =
        kind == Kind.READ && catalogue.verdict(call.analysis()) != ReadVerdict.PROVEN;
    return new InterruptedCall(
        unproven ? Kind.WORK : kind, call.sent(), call.block(), journal.mayHaveWritten());
  }

  /** The transaction that the call was made in is over, and nothing of it is replayed. */
  private void ended(CutOff call, boolean committed) {
    if (call.block() == Block.OPEN || call.block() == Block.FAILED) {
      tracker.transactionEnded(committed);
    }
    journal.clear();
  }

  // ------------------------------------------------------------------------------------ replay

  private void replayOrLose(CutOff call, Deadline deadline) throws SQLException {
    Unprotected reason = journal.unprotected();
    if (reason == null && call.repeatable() && call.attempt() < MOST_ATTEMPTS) {
      replay(call, deadline);
      return;
    }
    ended(call, false);
    seats.move(call.seat(), call.failure(), Outcome.NOT_COMMITTED, true, deadline);
    throw transactionLost(
        call, reason == null ? null : "It could not be replayed: " + reason.reason());
  }

  /** Returns when the transaction stands on another server as the application knows it. */
  private void replay(CutOff call, Deadline deadline) throws SQLException {
    TransactionReplay replay = new TransactionReplay(journal, tracker);
    SessionState rolledBack = tracker.rewind();
    Seat from = call.seat();
    SQLException cause = call.failure();
    for (int conflicts = 0; ; ) {
      seats.move(from, cause, Outcome.NOT_COMMITTED, false, deadline);
      from = seats.current();
      PhysicalConnection physical = from.physical();
      String difference;
      try {
        difference = replay.runOn(physical);
        if (difference == null) {
          LOG.info("Replayed {} calls of the open transaction on {}", journal.calls().size(), from);
          return;
        }
        difference = "It was replayed, but " + difference;
      } catch (SQLException broken) {
        cause = broken;
        if (physical.isSeveredBy(broken)
            || (physical.isConflict(broken) && ++conflicts <= MOST_CONFLICTS)) {
          tracker.rewind();
          continue;
        }
        call.failure().addSuppressed(broken);
        difference = "Its replay failed: " + broken.getMessage();
      }
      tracker.giveUp(rolledBack);
      lose(call, from, deadline, difference);
    }
  }

  /** Gives up a transaction that was half replayed, with all that the replay has done. */
  private void lose(CutOff call, Seat replayedOn, Deadline deadline, String why)
      throws SQLException {
    journal.clear();
    seats.move(replayedOn, call.failure(), Outcome.NOT_COMMITTED, true, deadline);
    throw transactionLost(call, why);
  }

  // ----------------------------------------------------------------------------------- outcome

  private void settle(CutOff call, Deadline deadline) throws SQLException {
    ended(call, false);
    try {
      seats.move(call.seat(), call.failure(), Outcome.UNKNOWN, false, deadline);
    } catch (NoServerException none) {
      none.addSuppressed(call.failure());
      throw outcomeUnknown(call, none);
    }
    if (!isProvenNow(call.analysis())) {
      throw outcomeUnknown(call, call.failure());
    }
  }

  private boolean isProvenNow(StatementAnalysis analysis) {
    if (!analysis.isReadCandidate()) {
      return false;
    }
    catalogue.invalidate();
    try {
      refreshCatalogue(seats.current());
      return catalogue.verdict(analysis) == ReadVerdict.PROVEN;
    } catch (SQLException unanswered) {
      return false;
    }
  }

  /** Asks for the functions of the database, if nobody else does. */
  void refreshCatalogue(Seat seat) throws SQLException {
    if (catalogue.claimRefresh()) {
      Seats.inAutocommit(
          seat.physical(),
          connection -> {
            catalogue.refresh(connection);
            return true;
          });
    }
  }

  // ---------------------------------------------------------------- what the application is told

  private TransactionLostException transactionLost(CutOff call, @Nullable String why) {
    String now = seats.current().physical().endpoint().toString();
    return new TransactionLostException(
        "The transaction was cut off when the connection to "
            + call.left()
            + " was lost, and is not committed. "
            + (why == null ? "" : why + ". ")
            + "The session goes on at "
            + now
            + ": roll back and run the transaction again",
        new Interruption(
            Outcome.NOT_COMMITTED, "no COMMIT had been sent when it was cut off", call.left(), now),
        call.failure());
  }

  private OutcomeUnknownException outcomeUnknown(CutOff call, SQLException failure) {
    Seat seat = seats.current();
    boolean isCommit = Kind.of(call.analysis()) == Kind.COMMIT;
    return new OutcomeUnknownException(
        (isCommit ? "The COMMIT" : "The statement, which commits by itself,")
            + " was cut off when the connection to "
            + call.left()
            + " was lost, and whether it took place is not known. Ask the data before doing the"
            + " work again",
        new Interruption(
            Outcome.UNKNOWN,
            "the connection was lost between the request and its answer",
            call.left(),
            seat == call.seat() ? null : seat.physical().endpoint().toString()),
        failure);
  }
}
