package io.baton.engine;

import io.baton.engine.AttemptResult.Failed;
import io.baton.engine.AttemptResult.FailureKind;
import io.baton.engine.AttemptResult.Returned;
import io.baton.failover.DeadlineGuard;
import io.baton.failover.Failure;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Limit;
import io.baton.failover.outcome.CommitEvidence;
import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.select.EndpointLoad;
import io.baton.routing.select.RouteDecision;
import io.baton.session.SessionTracker.Crossroads;
import io.baton.session.TransactionStatus;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes the calls of one session: it places a call on the connection that is right for it, attempts
 * it there, has it recorded and, if that fails, has it recovered.
 *
 * <p>Guarded by the calls of its session.
 */
final class CallMaker {

  /** How long a server may take for a cancellation. */
  private static final Duration CANCEL_PATIENCE = Duration.ofSeconds(2);

  private final ConnectionOpener opener;
  private final CallRecovery.Parts parts;
  private final SessionRouting routing;
  private final PlannedMoves moves;
  private final CommitEvidenceNotes notes;
  private final RecoveryPlanner planner;
  private final ClientSettings client;
  private final SessionStop stop;
  private final SessionConnections connections;
  private final CallRecorder recorder;

  CallMaker(
      ConnectionOpener opener,
      CallRecovery.Parts parts,
      SessionRouting routing,
      PlannedMoves moves,
      CommitEvidenceNotes notes,
      RecoveryPlanner planner,
      ClientSettings client,
      SessionStop stop) {
    this.opener = opener;
    this.parts = parts;
    this.routing = routing;
    this.moves = moves;
    this.notes = notes;
    this.planner = planner;
    this.client = client;
    this.stop = stop;
    this.connections = parts.connections();
    this.recorder = parts.recorder();
  }

  /**
   * Makes a call.
   *
   * @throws SQLException the statement's own error, untouched; or what the contract with the
   *     application allows
   */
  <D, R> R make(Call<D, R> call) throws SQLException {
    refuseAfterLoss(call.effect());
    boolean onWriter = false;
    for (int number = 1; ; number++) {
      AttemptResult<R> result = attempt(call, onWriter);
      if (result instanceof Returned<R> returned) {
        return returned.value();
      }
      Failed<R> failed = (Failed<R>) result;
      CallFacts facts = facts(call, failed, number);
      NextStep step = planner.next(failed.kind(), facts);
      if (step instanceof NextStep.PassOn || stop.isClosed()) {
        recorder.refused(failed.connection(), call, failed.failure());
        throw failed.failure();
      }
      RecoveryLimits limits = limits(call);
      CallRecovery recovery = recovery(call.target(), call.analysis(), facts, failed, limits);
      carryOut(recovery, step, call.target(), limits);
      onWriter |= recovery.repeatsOnWriter();
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
    SessionConnection connection = connections.current();
    if (!stop.isClosed() && isIdle(connection)) {
      try {
        connection = placed(call, onWriter);
      } catch (SQLException unplaced) {
        if ("22023".equals(unplaced.getSQLState())) {
          throw unplaced; // A hint that names a server that there is not.
        }
        return new Failed<>(
            FailureKind.NOT_PLACED, unplaced, connections.current(), block(connection), false);
      }
    }
    TransactionBlock block = block(connection);
    recorder.enter(block);
    if (call.analysis().recallsSequences()) {
      parts.keys().recall(connection);
    }
    boolean counts = routing.mayShowWrites(connection, call, block);
    EndpointLoad load = connection.load();
    long began = begin(load);
    boolean sent = stop.isClosed() || !connection.physical().isSevered();
    DeadlineGuard silence = guardAgainstSilence(call, connection);
    SQLException failure;
    try {
      if (!sent) {
        throw connection.severed();
      }
      if (recorder.owesFailedTransaction()) {
        parts.rebuild().enterFailedTransaction(connection);
      }
      OpenTransaction transaction = recorder.transaction();
      if (transaction != null
          && notes.areWanted(call, block)
          && recorder.mayHaveWritten(connection)) {
        sent = false;
        notes.note(connection, transaction, recorder, parts.keys());
        if (!(call.execution() instanceof CommitExecution)) {
          notes.writeEntry(connection.physical(), transaction);
        }
        sent = true;
      }
      D carrying =
          transaction != null
                  && notes.isMarkerDue(connection, call, transaction, recorder.tracker().state())
              ? call.target()
                  .carrying(connection.physical(), PiggybackedMarker.sql(connection, call))
              : null;
      D delegate = carrying == null ? call.target().on(connection.physical()) : carrying;
      R result =
          carrying == null || transaction == null
              ? call.execution().on(delegate)
              : PiggybackedMarker.take(connection, call, carrying, transaction);
      recorder.succeeded(connection, call, delegate, result);
      return new Returned<>(result);
    } catch (SQLException raised) {
      failure = raised;
    } finally {
      if (silence != null) {
        silence.close();
      }
      if (counts) {
        routing.wrote();
      }
      if (load != null) {
        load.end(System.nanoTime() - began);
      }
    }
    FailureKind kind = kindOf(failure, connection, block, call.effect());
    return new Failed<>(kind, failure, connection, block, sent);
  }

  /** Begins to measure the load of a reader: without what it took to place the call there. */
  private static long begin(@Nullable EndpointLoad load) {
    if (load == null) {
      return 0;
    }
    load.begin();
    return System.nanoTime();
  }

  /**
   * The driver asks the server to cancel a statement that outlasts its query timeout, and waits. A
   * server that answers neither within a while hangs.
   *
   * @return null if the call has no query timeout
   */
  private static @Nullable DeadlineGuard guardAgainstSilence(
      Call<?, ?> call, SessionConnection connection) throws SQLException {
    int seconds = call.target().queryTimeoutSeconds();
    return seconds == 0
        ? null
        : DeadlineGuard.abortAfter(
            Duration.ofSeconds(seconds).plus(CANCEL_PATIENCE),
            () -> connection.physical().abort("it answers neither the call nor its cancellation"));
  }

  /** The connection for a call outside of a transaction. */
  private SessionConnection placed(Call<?, ?> call, boolean onWriter) throws SQLException {
    if (parts.gate().isClosed()) {
      parts.gate().pass(limits(call));
    }
    moves.take();
    return parts.placement().take(onWriter ? RouteDecision.TO_WRITER : routing.route(call));
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

  private FailureKind kindOf(
      SQLException failure,
      SessionConnection connection,
      TransactionBlock block,
      CallEffect effect) {
    PhysicalConnection physical = connection.physical();
    if (physical.isGivenUpByDriver(failure)) {
      return FailureKind.GIVEN_UP;
    }
    return switch (Failure.of(
        failure, physical.isSeveredBy(failure), physical.isOnStandby(), connection.isOnWriter())) {
      case STATEMENT ->
          routing.isForTheWriter(failure, connection, block, effect)
              ? FailureKind.REFUSED_BY_READER
              : physical.isConflict(failure) ? FailureKind.CONFLICT : FailureKind.STATEMENT_ERROR;
      case CONNECTION_LOST -> FailureKind.CONNECTION_LOST;
      case TIMED_OUT -> FailureKind.TIMED_OUT;
      case DEMOTED -> FailureKind.DEMOTED;
    };
  }

  private CallFacts facts(Call<?, ?> call, Failed<?> failed, int attempt) {
    boolean repeatable = !failed.sent() || !hasOneShot(call.target());
    return facts(call.effect(), failed, repeatable, attempt);
  }

  private static boolean hasOneShot(Target<?> target) {
    try {
      CallInputs inputs = target.inputs();
      return inputs != null && inputs.hasOneShot();
    } catch (SQLException closed) {
      return true;
    }
  }

  private CallFacts facts(CallEffect effect, Failed<?> failed, boolean repeatable, int attempt) {
    OpenTransaction transaction = recorder.transaction();
    boolean replayable =
        transaction != null
            && !transaction.journal().calls().isEmpty()
            && recorder.blocker(failed.connection()) == null;
    boolean undoable = false;
    if (failed.kind() == FailureKind.CONFLICT) {
      Crossroads ways = recorder.tracker().crossroads();
      undoable = ways.begun().equals(ways.rolledBack());
    }
    return new CallFacts(
        effect,
        failed.block(),
        failed.sent(),
        recorder.mayHaveWritten(failed.connection()),
        !evidence().isEmpty(),
        repeatable,
        replayable,
        undoable,
        attempt);
  }

  private List<CommitEvidence> evidence() {
    OpenTransaction transaction = recorder.transaction();
    return transaction == null ? List.of() : transaction.evidence();
  }

  private CallRecovery recovery(
      @Nullable Object target,
      @Nullable StatementAnalysis analysis,
      CallFacts facts,
      Failed<?> failed,
      RecoveryLimits limits) {
    if (failed.kind() == FailureKind.DEMOTED) {
      failed.connection().physical().abort("it is a standby now");
    }
    LostCall lost =
        new LostCall(
            failed.connection(),
            target,
            analysis,
            facts,
            recorder.blocker(failed.connection()),
            evidence(),
            failed.failure());
    return new CallRecovery(parts, lost, limits);
  }

  /** The limits of a recovery that begins now. */
  private RecoveryLimits limits(Call<?, ?> call) throws SQLException {
    RecoveryLimits limits = limits(call.began());
    int seconds = call.target().queryTimeoutSeconds();
    return seconds == 0
        ? limits
        : limits.and(
            Limit.QUERY_TIMEOUT,
            ConnectionOpener.at(call.began() + TimeUnit.SECONDS.toNanos(seconds)));
  }

  /**
   * The limits of a recovery that begins now, of a call that began then. A server that was silent
   * for longer than the network timeout would have ended the call; so a longer call was answered in
   * the meantime, and the silence began now.
   */
  private RecoveryLimits limits(long began) {
    RecoveryLimits limits = opener.limits();
    Integer set = client.networkTimeoutMillis();
    long nanos =
        set == null
            ? parts.cluster().connector().socketTimeout().toNanos()
            : TimeUnit.MILLISECONDS.toNanos(set);
    if (nanos == 0) {
      return limits;
    }
    long now = System.nanoTime();
    return limits.and(
        Limit.NETWORK_TIMEOUT, ConnectionOpener.at((now - began < nanos ? began : now) + nanos));
  }

  private void carryOut(
      CallRecovery recovery, NextStep step, @Nullable Object target, RecoveryLimits limits)
      throws SQLException {
    stop.begun(target, limits);
    try {
      recovery.carryOut(step);
    } finally {
      stop.ended();
    }
  }

  /**
   * Judges the failure of a call that was made past {@link #make}, on an object that leads back to
   * this session. Returns when the session is whole, so that the object may get itself another
   * delegate.
   *
   * @param wrote whether the call may have written, or cannot be made again
   * @throws SQLException what the application is told
   */
  void recover(SQLException failure, boolean wrote) throws SQLException {
    SessionConnection connection = connections.current();
    String state = failure.getSQLState();
    if (stop.isClosed() || state == null) {
      throw failure;
    }
    if (!connection.physical().isSeveredBy(failure)) {
      // Thrown by an object of a connection that was left before: that one may be renewed.
      if (state.equals("08003") || state.equals("08006")) {
        return;
      }
      recorder.refusedUnrecorded(connection);
      throw failure;
    }
    TransactionBlock block = block(connection);
    if (block.isOpen()) {
      recorder.enter(block);
    }
    CallEffect effect = wrote ? CallEffect.WRITE : CallEffect.READ;
    FailureKind kind = kindOf(failure, connection, block, effect);
    Failed<?> failed = new Failed<>(kind, failure, connection, block, true);
    CallFacts facts = facts(effect, failed, !wrote, 1);
    RecoveryLimits limits = limits(System.nanoTime());
    carryOut(recovery(null, null, facts, failed, limits), planner.next(kind, facts), null, limits);
  }

  /** Whether no transaction is open there, as the server last reported. */
  boolean isIdle(SessionConnection connection) {
    return connection.transactionStatus() == TransactionStatus.IDLE
        && !recorder.owesFailedTransaction();
  }
}
