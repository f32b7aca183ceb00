package io.baton.engine;

import io.baton.engine.AttemptResult.Failed;
import io.baton.engine.AttemptResult.FailureKind;
import io.baton.failover.Failure;
import io.baton.failover.outcome.CommitEvidence;
import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.SessionTracker.Crossroads;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads from the failure of an attempt at a call what the {@link RecoveryPlanner} and a {@link
 * CallRecovery} need to know.
 *
 * <p>Guarded by the calls of its session.
 */
record CallFailures(SessionRouting routing, CallRecorder recorder) {

  private static final int MOST_CAUSES = 16;

  /** What a failure says of the connection. */
  FailureKind kindOf(
      SQLException failure,
      SessionConnection connection,
      TransactionBlock block,
      CallEffect effect) {
    PhysicalConnection physical = connection.physical();
    if (physical.isGivenUpByDriver(failure)) {
      return FailureKind.GIVEN_UP;
    }
    return switch (Failure.of(
        failure,
        physical.isSeveredBy(failure),
        isOnStandby(connection, failure),
        connection.isOnWriter())) {
      case STATEMENT ->
          routing.isForTheWriter(failure, connection, block, effect)
              ? FailureKind.REFUSED_BY_READER
              : physical.isConflict(failure) ? FailureKind.CONFLICT : FailureKind.STATEMENT_ERROR;
      case CONNECTION_LOST -> FailureKind.CONNECTION_LOST;
      case TIMED_OUT -> FailureKind.TIMED_OUT;
      case DEMOTED -> FailureKind.DEMOTED;
    };
  }

  private static boolean isOnStandby(SessionConnection connection, SQLException failure) {
    if (!connection.isOnWriter() || connection.physical().isSeveredBy(failure)) {
      return connection.isOnStandby();
    }
    try {
      return connection.isOnStandby(failure);
    } catch (SQLException gone) {
      return false; // The next call finds out.
    }
  }

  /** How the connection was lost. */
  static LossCause causeOf(
      FailureKind kind, boolean sent, SQLException failure, @Nullable Object delegate) {
    if (kind != FailureKind.CONNECTION_LOST) {
      return LossCause.NOT_UNDER_WAY;
    }
    boolean announced =
        delegate instanceof Statement statement && PgErrors.isEndOfAllAnnounced(statement);
    LossCause cause = LossCause.of(failure, announced);
    // What is noted ahead of a COMMIT may find out that a timeout has ended the transaction.
    return sent || cause.isTimeout() ? cause : LossCause.NOT_UNDER_WAY;
  }

  /** What decides about an attempt at a call. */
  CallFacts facts(Call<?, ?> call, Failed<?> failed, int attempt) {
    boolean repeatable = !failed.sent() || !hasOneShot(call.target());
    return facts(
        call.effect(), failed, repeatable, call.execution() instanceof TwoPhaseExecution, attempt);
  }

  /** Whether a value of the application threw what the driver then ended the connection for. */
  static boolean isRaisedByInput(Target<?> target, SQLException failure) {
    Throwable cause = failure.getCause();
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
      Throwable present = cause;
      try {
        CallInputs inputs = target.inputs();
        if (inputs != null && inputs.raised(present)) {
          return true;
        }
      } catch (SQLException closed) {
        return false;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /** Whether a batch is made on it. */
  static boolean isBatch(Target<?> target) {
    return is(target, CallInputs::isBatch);
  }

  private static boolean hasOneShot(Target<?> target) {
    return is(target, CallInputs::hasOneShot);
  }

  private static boolean is(Target<?> target, Predicate<CallInputs> asked) {
    try {
      CallInputs inputs = target.inputs();
      return inputs != null && asked.test(inputs);
    } catch (SQLException closed) {
      return true;
    }
  }

  /** What decides about an attempt at a call, of which there may be no text. */
  CallFacts facts(CallEffect effect, Failed<?> failed, boolean repeatable, int attempt) {
    return facts(effect, failed, repeatable, false, attempt);
  }

  private CallFacts facts(
      CallEffect effect, Failed<?> failed, boolean repeatable, boolean twoPhase, int attempt) {
    boolean undoable = false;
    if (failed.kind() == FailureKind.CONFLICT) {
      Crossroads ways = recorder.tracker().crossroads();
      undoable =
          ways.begun().equals(ways.rolledBack())
              && !ways.lasting()
              && !recorder.tracker().hasUnjudged();
    }
    return new CallFacts(
        effect,
        failed.block(),
        failed.sent(),
        recorder.mayHaveWritten(failed.connection()),
        effect == CallEffect.COMMIT && !recorder.tracker().crossroads().isCommitKnown(),
        !evidence().isEmpty(),
        repeatable,
        recorder.isReplayable(failed.connection()),
        undoable,
        twoPhase,
        failed.cause(),
        attempt);
  }

  private List<CommitEvidence> evidence() {
    OpenTransaction transaction = recorder.transaction();
    return transaction == null ? List.of() : transaction.evidence();
  }

  /** A call that failed, for its recovery. */
  LostCall lost(Call<?, ?> call, CallFacts facts, Failed<?> failed, boolean endedBackend) {
    return lost(
        call.target(),
        call.analysis(),
        call.execution() instanceof TwoPhaseExecution twoPhase ? twoPhase : null,
        facts,
        failed,
        endedBackend);
  }

  /**
   * A call that failed and is not recorded, for its recovery.
   *
   * @param analysis a text that does the same to the session; null if it does nothing to it
   */
  LostCall lostUnrecorded(
      @Nullable StatementAnalysis analysis,
      CallFacts facts,
      Failed<?> failed,
      boolean endedBackend) {
    return lost(null, analysis, null, facts, failed, endedBackend);
  }

  private LostCall lost(
      @Nullable Object target,
      @Nullable StatementAnalysis analysis,
      @Nullable TwoPhaseExecution twoPhase,
      CallFacts facts,
      Failed<?> failed,
      boolean endedBackend) {
    return new LostCall(
        failed.connection(),
        target,
        analysis,
        twoPhase,
        facts,
        recorder.blocker(failed.connection()),
        evidence(),
        failed.failure(),
        failed.began(),
        endedBackend);
  }
}
