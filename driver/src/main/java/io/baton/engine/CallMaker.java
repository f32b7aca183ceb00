package io.baton.engine;

import io.baton.engine.AttemptResult.Failed;
import io.baton.engine.AttemptResult.FailureKind;
import io.baton.engine.AttemptResult.Returned;
import io.baton.failover.RecoveryLimits;
import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.consistency.Tables;
import io.baton.routing.select.EndpointLoad;
import io.baton.session.TransactionStatus;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the calls of one session: it places a call on the connection that is right for it, attempts
 * it there, has it recorded and, if that fails, has it recovered.
 *
 * <p>Guarded by the calls of its session.
 */
final class CallMaker {

  /** How long a cancellation may take on a server that does not answer its monitor either. */
  private static final Duration CANCEL_PATIENCE = Duration.ofSeconds(2);

  /** How long it may take on a server that answers its monitor: code may put it off. */
  private static final Duration LONGEST_CANCEL_PATIENCE = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(CallMaker.class);

  private final SessionParts parts;
  private final SessionRouting routing;
  private final CommitEvidenceNotes notes;
  private final RecoveryPlanner planner;
  private final ClientSettings client;
  private final SessionStop stop;

  /** Null if what was written is not compared. */
  private final @Nullable ComparedWrites comparedWrites;

  private final SessionConnections connections;
  private final CallRecorder recorder;
  private final CallLimits limits;
  private final CallFailures failures;
  private final CallPlacement placement;
  private final CallPreparation preparation;

  /** Whether a call past {@link #make} has ended a backend since one by it has returned. */
  private boolean fetchEndedBackend;

  private boolean endedForGood;

  /** What the last attempt may have changed for others to see; null if nothing. */
  private @Nullable Tables lastShown;

  CallMaker(SessionParts parts) {
    this.parts = parts;
    this.routing = parts.routing();
    this.notes = parts.notes();
    this.planner = parts.planner();
    this.client = parts.client();
    this.stop = parts.stop();
    this.comparedWrites = parts.comparedWrites();
    this.connections = parts.connections();
    this.recorder = parts.recorder();
    this.limits = parts.limits();
    this.failures = new CallFailures(routing, recorder);
    this.placement = new CallPlacement(parts, limits);
    this.preparation = new CallPreparation(parts, limits);
  }

  /**
   * Makes a call.
   *
   * @throws SQLException the statement's own error, untouched; or what the contract with the
   *     application allows
   */
  <D, R> R make(Call<D, R> call) throws SQLException {
    refuseAfterLoss(call.effect());
    endedForGood = false;
    boolean onWriter = false;
    boolean endedBackend = false;
    for (int number = 1; ; number++) {
      AttemptResult<R> result = attemptInTurn(call, onWriter);
      if (result instanceof Returned<R> returned) {
        fetchEndedBackend = false;
        preparation.returned(call, connections.current());
        return returned.value();
      }
      Failed<R> failed = (Failed<R>) result;
      CallFacts facts = failures.facts(call, failed, number);
      NextStep step = planner.next(failed.kind(), facts);
      if (step instanceof NextStep.PassOn || stop.isClosed()) {
        recorder.refused(failed.connection(), call, failed.failure());
        throw failed.failure();
      }
      RecoveryLimits ended = placement.ended();
      RecoveryLimits limits = ended == null ? CallLimits.patient(this.limits.of(call)) : ended;
      LostCall lost = failures.lost(call, facts, failed, endedBackend);
      CallRecovery recovery = recovery(lost, failed.kind(), limits);
      Tables inDoubt = lastShown;
      try {
        carryOut(recovery, step, call.target().cancelledAs(), limits);
      } finally {
        if (inDoubt != null) {
          routing.wrote(inDoubt); // It may have taken place after the attempt ended.
        }
      }
      onWriter |= recovery.repeatsOnWriter();
      endedBackend |= recovery.endedBackend();
    }
  }

  /** As {@link #attempt}; the turn of the call, if it had to wait for one, ends with it. */
  private <D, R> AttemptResult<R> attemptInTurn(Call<D, R> call, boolean onWriter)
      throws SQLException {
    placement.attemptBegins();
    try {
      AttemptResult<R> result = attempt(call, onWriter);
      placement.answered();
      return result;
    } finally {
      placement.attemptEnds();
    }
  }

  /** A transaction that is gone takes nothing but its end, also while no server answers. */
  private void refuseAfterLoss(CallEffect effect) throws SQLException {
    OpenTransaction gone = recorder.transaction();
    if (gone == null || !gone.isLost() || stop.isClosed()) {
      return;
    }
    boolean ends =
        effect == CallEffect.ROLLBACK
            || effect == CallEffect.MAY_COMMIT
            || (effect == CallEffect.COMMIT && !gone.refusesCommit());
    boolean isForUs =
        effect == CallEffect.COMMIT
            || (gone.isOwed() && connections.current().physical().isSevered());
    if (!ends && isForUs) {
      throw PgErrors.inFailedTransaction();
    }
  }

  private <D, R> AttemptResult<R> attempt(Call<D, R> call, boolean onWriter) throws SQLException {
    lastShown = null;
    SessionConnection connection = connections.current();
    if (!stop.isClosed() && isIdle(connection)) {
      try {
        connection = placement.place(call, onWriter);
      } catch (SQLException unplaced) {
        if ("22023".equals(unplaced.getSQLState())) {
          throw unplaced; // A hint that names a server that there is not.
        }
        if (unplaced instanceof NeedsUnmet unmet) {
          throw unmet.told();
        }
        return new Failed<>(
            FailureKind.NOT_PLACED,
            unplaced,
            connections.current(),
            block(connection),
            false,
            LossCause.NOT_UNDER_WAY,
            call.began());
      }
    }
    TransactionBlock block = block(connection);
    recorder.enter(block);
    if (call.analysis().recallsSequences()) {
      parts.keys().recall(connection);
    }
    Tables shown = routing.shown(connection, call, block);
    lastShown = shown;
    EndpointLoad load = connection.load();
    long began = System.nanoTime();
    if (load != null) {
      load.begin(); // To be measured without what it took to place the call there.
    }
    if (block == TransactionBlock.OPEN
        && routing.leavesReader(call, connection)
        && recorder.isReplayable(connection)) {
      connection.leaveForWriter();
    }
    boolean sent = stop.isClosed() || !connection.physical().isSevered();
    CancelGuard silence = guardAgainstSilence(call, connection);
    SQLException failure;
    D delegate = null;
    try {
      if (!sent) {
        throw connection.severed();
      }
      sent = false;
      preparation.prepare(connection, call, block);
      sent = true;
      if (recorder.owesFailedTransaction()) {
        parts.rebuild().enterFailedTransaction(connection);
      }
      OpenTransaction transaction = recorder.transaction();
      if (transaction != null
          && notes.areWanted(call, block)
          && recorder.mayHaveWritten(connection)) {
        sent = false;
        notes.note(connection, transaction, recorder);
        if (!(call.execution() instanceof Committing)) {
          notes.writeEntry(connection.physical(), transaction);
        }
        sent = true;
      }
      if (call.execution() instanceof TwoPhaseExecution twoPhase) {
        sent = false;
        twoPhase.ahead(connection, transaction);
        sent = true;
      }
      if (comparedWrites != null) {
        sent = false;
        D comparing =
            comparedWrites.ahead(connection, call, block, transaction, recorder.tracker().state());
        sent = true;
        if (comparing != null) {
          delegate = comparing;
          R result = comparedWrites.make(connection, call, comparing);
          recorder.succeeded(connection, call, delegate, result);
          return new Returned<>(result);
        }
      }
      D carrying =
          transaction != null
                  && notes.isMarkerDue(connection, call, transaction, recorder.tracker().state())
              ? call.target()
                  .carrying(connection.physical(), PiggybackedMarker.sql(connection, call))
              : null;
      delegate = carrying == null ? call.target().on(connection.physical()) : carrying;
      R result =
          carrying == null || transaction == null
              ? call.execution().on(delegate)
              : PiggybackedMarker.take(connection, call, carrying, transaction);
      recorder.succeeded(connection, call, delegate, result);
      return new Returned<>(result);
    } catch (SQLException raised) {
      failure = raised;
    } catch (RuntimeException | Error raised) {
      recorder.brokenOff(connection, call);
      throw raised;
    } finally {
      if (silence != null) {
        silence.close();
      }
      if (shown != null) {
        routing.wrote(shown);
      }
      if (load != null) {
        load.end(System.nanoTime() - began);
      }
    }
    FailureKind kind = failures.kindOf(failure, connection, block, call.effect());
    if (kind == FailureKind.CONNECTION_LOST
        && CallFailures.isRaisedByInput(call.target(), failure)) {
      kind = FailureKind.GIVEN_UP;
    }
    LossCause cause = CallFailures.causeOf(kind, sent, failure, delegate);
    if (cause == LossCause.IDLE_TIMEOUT && !CallFailures.isBatch(call.target())) {
      sent = false; // It was never read; of a batch, a part may have been.
    }
    return new Failed<>(kind, failure, connection, block, sent, cause, began);
  }

  /** Something may write past {@link #make}. If the connection is gone, that finds it out. */
  void identifyAhead(SessionConnection connection) {
    RecoveryLimits ahead = limits.since(System.nanoTime());
    if (connection.isOnWriter() && !stop.isClosed()) {
      try {
        parts.opener().check().settleFirst(connection, ahead);
      } catch (SQLException elsewhere) {
        LOG.debug("{} is not used: {}", connection, elsewhere.getMessage());
        return;
      }
    }
    if (!connection.isUnidentified() || !connection.isOnWriter()) {
      return;
    }
    try {
      parts.opener().check().identify(connection, ahead);
    } catch (SQLException gone) {
      LOG.debug("{} is gone: {}", connection, gone.getMessage());
      restoreAhead(gone, ahead);
    }
  }

  /**
   * The connection was lost by a question of ours: nothing of what follows was sent on it. Where it
   * is not restored, what follows finds that out.
   */
  private void restoreAhead(SQLException gone, RecoveryLimits ahead) {
    try {
      restore(gone, ahead);
    } catch (SQLException unrestored) {
      LOG.debug("The session is not restored: {}", unrestored.getMessage());
    }
  }

  /**
   * The driver asks the server to cancel a statement that outlasts its query timeout, and waits. A
   * server that answers neither within a while hangs.
   *
   * @return null if the call has no query timeout
   */
  private @Nullable CancelGuard guardAgainstSilence(Call<?, ?> call, SessionConnection connection)
      throws SQLException {
    int seconds = call.target().queryTimeoutSeconds();
    return seconds == 0
        ? null
        : new CancelGuard(
            parts.cluster().cluster(),
            connection.physical(),
            Duration.ofSeconds(seconds).plus(CANCEL_PATIENCE),
            LONGEST_CANCEL_PATIENCE.minus(CANCEL_PATIENCE));
  }

  /** The transaction block that a call on a connection would be made in. */
  TransactionBlock block(SessionConnection connection) {
    if (recorder.owesFailedTransaction()) {
      return TransactionBlock.FAILED;
    }
    return switch (connection.transactionStatus()) {
      case IDLE -> client.autoCommit() ? TransactionBlock.NONE : TransactionBlock.BEGINS;
      case OPEN -> TransactionBlock.OPEN;
      case FAILED -> TransactionBlock.FAILED;
    };
  }

  // ----------------------------------------------------------------------------------- failures

  private CallRecovery recovery(LostCall lost, FailureKind kind, RecoveryLimits limits) {
    if (kind == FailureKind.DEMOTED) {
      lost.connection().physical().abort("it is a standby now");
    }
    return new CallRecovery(parts, lost, limits);
  }

  private void carryOut(
      CallRecovery recovery, NextStep step, @Nullable Object target, RecoveryLimits limits)
      throws SQLException {
    boolean interrupted = Thread.interrupted(); // It ends a wait that has begun, as below.
    stop.begun(target, limits);
    try {
      recovery.carryOut(step);
    } finally {
      endedForGood = recovery.isEndedForGood();
      stop.ended();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Judges the failure of a call that was made past {@link #make}, on an object that leads back to
   * this session. Returns when the session is whole, so that the object may get itself another
   * delegate.
   *
   * @param wrote whether the call may have written, or cannot be made again
   * @param analysis what the call does to the session; null if that is nothing
   * @throws SQLException what the application is told
   */
  void recover(SQLException failure, boolean wrote, @Nullable StatementAnalysis analysis)
      throws SQLException {
    SessionConnection connection = connections.current();
    String state = failure.getSQLState();
    if (stop.isClosed() || state == null) {
      throw failure;
    }
    if (!connection.physical().isSeveredBy(failure) || answers(connection)) {
      // Thrown by an object of a connection that was left before: that one may be renewed.
      if (state.equals("08003") || state.equals("08006") || PgErrors.isEnd(failure)) {
        return;
      }
      recorder.refusedUnrecorded(connection, analysis, failure);
      throw failure;
    }
    TransactionBlock block = block(connection);
    if (block.isOpen()) {
      recorder.enter(block);
    }
    CallEffect effect = wrote ? CallEffect.WRITE : CallEffect.READ;
    FailureKind kind = failures.kindOf(failure, connection, block, effect);
    LossCause cause = CallFailures.causeOf(kind, true, failure, null);
    Failed<?> failed =
        new Failed<>(kind, failure, connection, block, true, cause, preparation.lastBegan());
    CallFacts facts = failures.facts(effect, failed, !wrote, 1);
    RecoveryLimits limits = CallLimits.patient(this.limits.since(System.nanoTime()));
    LostCall lost = failures.lostUnrecorded(analysis, facts, failed, fetchEndedBackend);
    CallRecovery recovery = recovery(lost, kind, limits);
    carryOut(recovery, planner.next(kind, facts), null, limits);
    fetchEndedBackend |= recovery.endedBackend();
  }

  /** Whether the connection works, whatever an object that may be of another one has ended with. */
  private static boolean answers(SessionConnection connection) {
    PhysicalConnection physical = connection.physical();
    try {
      return !physical.isSevered()
          && (connection.transactionStatus() == TransactionStatus.IDLE
              ? physical.inAutocommit(asked -> asked.isValid(1)) // Else the driver begins one.
              : physical.own(asked -> asked.isValid(1)));
    } catch (SQLException gone) {
      return false;
    }
  }

  /**
   * Restores the session, which is idle, after its connection was lost while nothing was under way.
   *
   * @throws SQLException what the application is told
   */
  void restore(SQLException loss, RecoveryLimits limits) throws SQLException {
    SessionConnection connection = connections.current();
    TransactionBlock block = block(connection);
    FailureKind kind = failures.kindOf(loss, connection, block, CallEffect.READ);
    Failed<?> failed =
        new Failed<>(
            kind, loss, connection, block, false, LossCause.NOT_UNDER_WAY, System.nanoTime());
    CallFacts facts = failures.facts(CallEffect.READ, failed, true, 1);
    LostCall lost = failures.lostUnrecorded(null, facts, failed, false);
    carryOut(recovery(lost, kind, limits), planner.next(kind, facts), null, limits);
  }

  /** Whether the last call that has returned began within this time, for any thread. */
  boolean hasCalledWithin(Duration time) {
    return preparation.hasCalledWithin(time);
  }

  /** Whether the last call ended, though it might be made again, as the server would have it. */
  boolean isEndedForGood() {
    return endedForGood;
  }

  /** Whether no transaction is open there, as the server last reported. */
  boolean isIdle(SessionConnection connection) {
    return connection.transactionStatus() == TransactionStatus.IDLE
        && !recorder.owesFailedTransaction();
  }
}
