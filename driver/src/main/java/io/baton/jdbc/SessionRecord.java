package io.baton.jdbc;

import io.baton.failover.InterruptedCall.Kind;
import io.baton.session.SessionTracker;
import io.baton.session.TransactionStatus;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.journal.Journal;
import io.baton.session.journal.Unprotected;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Takes down what the calls of one session did: to the session, and, while a transaction is open,
 * in its journal.
 *
 * <p>Guarded by the calls of its session.
 */
final class SessionRecord {

  /** What a recorded call takes in memory, for an estimate. */
  private static final long CALL_BYTES = 200;

  private static final String PLAIN_WRITE =
      "a write outside of a transaction: see baton.autocommitWrites";

  private final ProtectionAccount protection;
  private final SessionKeys keys;
  private final boolean protectsWrites;
  private final FunctionCatalogue catalogue;
  private final SessionTracker tracker;
  private final Journal<RecordedCall<?, ?>> journal;

  SessionRecord(
      FunctionCatalogue catalogue,
      Journal<RecordedCall<?, ?>> journal,
      ProtectionAccount protection,
      SessionKeys keys,
      boolean protectsWrites) {
    this.keys = keys;
    this.protection = protection;
    this.protectsWrites = protectsWrites;
    this.catalogue = catalogue;
    this.tracker = new SessionTracker(catalogue);
    this.journal = journal;
  }

  /** What is known of the functions of the database. */
  FunctionCatalogue catalogue() {
    return catalogue;
  }

  /** How its calls were covered. */
  ProtectionAccount protection() {
    return protection;
  }

  /** The keys that its open transaction drew. */
  SessionKeys keys() {
    return keys;
  }

  /** The state of the session. */
  SessionTracker tracker() {
    return tracker;
  }

  /** The open transaction. */
  Journal<RecordedCall<?, ?>> journal() {
    return journal;
  }

  /** Whether the open transaction may have written, in sight or out of it. */
  boolean mayHaveWritten(Seat seat) {
    return (journal.mayHaveWritten() || seat.physical().isExposed())
        && !seat.physical().isOnStandby();
  }

  /** A call ended well. */
  <D, R> void succeeded(
      Seat seat,
      Target<D> target,
      D delegate,
      StatementAnalysis analysis,
      Execution<? super D, R> execution,
      R result)
      throws SQLException {
    TransactionStatus before = tracker.status();
    TransactionStatus after = seat.physical().transactionStatus();
    tracker.succeeded(analysis, target.parameterValues(), after);
    RecordedCall<D, R> call = null;
    if (after != TransactionStatus.IDLE && journal.isRecording()) {
      StatementInputs inputs = target.inputs();
      if (isRecordable(seat, analysis, inputs)) {
        Object seen = target.seen(delegate, result);
        call = RecordedCall.returned(target, analysis, execution, inputs, seen);
        journal.add(call, bytesOf(inputs));
      }
    }
    target.recorded(call);
    account(analysis, before, after);
    settled(seat, analysis, after);
  }

  /** An error of the statement itself: the application sees it as it is. */
  <D, R> void refused(
      Seat seat,
      Target<D> target,
      StatementAnalysis analysis,
      Execution<? super D, R> execution,
      SQLException failure)
      throws SQLException {
    if (analysis == LogicalSession.NOTHING) {
      return;
    }
    TransactionStatus before = tracker.status();
    TransactionStatus after = seat.physical().transactionStatus();
    tracker.failed(analysis, after);
    if (after != TransactionStatus.IDLE && journal.isRecording()) {
      StatementInputs inputs = target.inputs();
      if (isRecordable(seat, analysis, inputs)) {
        journal.add(
            RecordedCall.refused(target, analysis, execution, inputs, failure), bytesOf(inputs));
      }
    }
    target.recorded(null);
    account(analysis, before, after);
    settled(seat, analysis, after);
  }

  private void account(
      StatementAnalysis analysis, TransactionStatus before, TransactionStatus after) {
    String uncovered = null;
    if (before != TransactionStatus.IDLE || after != TransactionStatus.IDLE) {
      Unprotected reason = journal.unprotected();
      uncovered = reason == null ? null : reason.reason();
    } else if (!protectsWrites && mayHaveWritten(analysis)) {
      uncovered = PLAIN_WRITE;
    }
    protection.called(analysis, tracker.state(), uncovered);
    if (after == TransactionStatus.IDLE) {
      protection.transactionEnded();
    }
  }

  /** Whether a call of the open transaction can be made again; if not, none of it need be kept. */
  private boolean isRecordable(
      Seat seat, StatementAnalysis analysis, @Nullable StatementInputs inputs) {
    Unprotected obstacle = Unprotected.by(analysis);
    if (seat.physical().isExposed()) {
      obstacle = Unprotected.RAW_ACCESS;
    } else if (obstacle == null && inputs != null && inputs.hasOneShot()) {
      obstacle = Unprotected.ONE_SHOT_PARAMETER;
    }
    if (obstacle != null) {
      journal.unprotect(obstacle);
    }
    return obstacle == null;
  }

  private static long bytesOf(@Nullable StatementInputs inputs) {
    return inputs == null ? CALL_BYTES : inputs.estimatedBytes();
  }

  private void settled(Seat seat, StatementAnalysis analysis, TransactionStatus after)
      throws SQLException {
    if (after == TransactionStatus.IDLE) {
      journal.clear();
      keys.clear();
      seat.applied(tracker.state());
      if (tracker.needsReadBack() || catalogue.isStale()) {
        readBack(seat);
      }
    } else if (!journal.mayHaveWritten() && mayHaveWritten(analysis)) {
      journal.noteWrite();
    }
  }

  private boolean mayHaveWritten(StatementAnalysis analysis) {
    return switch (Kind.of(analysis)) {
      case READ -> catalogue.verdict(analysis) != ReadVerdict.PROVEN;
      case SESSION, ROLLBACK -> false;
      case WORK, COMMIT, MAY_COMMIT -> true;
    };
  }

  /** Asks the server what only it knows, outside of a transaction. */
  void readBack(Seat seat) throws SQLException {
    try {
      refreshCatalogue(seat);
      if (tracker.needsReadBack()) {
        tracker.digest(Seats.inAutocommit(seat.physical(), tracker.readBack()::ask));
        seat.applied(tracker.state());
      }
    } catch (SQLException failure) {
      if (!seat.physical().isSeveredBy(failure)) {
        throw failure;
      }
      // The next call finds the connection gone, and the tracker says what was not read back.
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
}
