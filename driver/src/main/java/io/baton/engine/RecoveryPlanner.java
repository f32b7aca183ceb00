package io.baton.engine;

import io.baton.engine.AttemptResult.FailureKind;
import org.jspecify.annotations.Nullable;

/**
 * Says what is done about a call that failed. It does no I/O: it turns values into a value.
 *
 * <p>The argument, for a lost connection. An application knows only what it was told, and a call
 * that was cut off has told it nothing.
 *
 * <ul>
 *   <li>What certainly never reached the server did nothing.
 *   <li>Inside a transaction block nothing counts before the COMMIT. So without a COMMIT under way
 *       the transaction is certainly not committed. It is replayed if that can be proved right;
 *       else it is lost, and the application is told so.
 *   <li>The end of a failed block by COMMIT is a rollback, and a rollback that was cut off took
 *       place: the server rolls back whatever lost its client.
 *   <li>A COMMIT of a transaction that only read makes no difference to the data: it is as good as
 *       done.
 *   <li>The first statement of a transaction (the driver sends BEGIN with it) takes the block with
 *       it, and the application has seen nothing of it yet: it may run again. If it cannot be made
 *       again, the transaction is lost as any other.
 *   <li>Outside a block, what only reads or only changes the session may run again, for the old
 *       session is gone with all that it held.
 *   <li>What is left, a COMMIT of a transaction that may have written and a write outside a block,
 *       has an outcome that only evidence can tell ({@link CallFacts#inDoubt}). A command of
 *       two-phase commit is told by what the server shows as prepared.
 *   <li>What a server that stays up ended on purpose stays ended. A transaction that a timeout of
 *       the server ended is lost, and not replayed. A call during which its backend ended is run
 *       again once ({@link #rerun}), and not on the server that went through a crash of a backend
 *       meanwhile: it may be the call that crashed it.
 * </ul>
 *
 * <p>{@code RecoveryPlannerTest} pins every row, and {@code docs/guide/guarantees.md} shows them.
 *
 * @param restores whether sessions are rebuilt at all ({@code baton.replay} is not {@code none})
 * @param retries how often a transaction is retried that the server ended in favour of another one
 */
record RecoveryPlanner(boolean restores, int retries) {

  /** No call is made for ever, whatever ends its connections. */
  static final int MOST_ATTEMPTS = 8;

  /** What comes next. */
  NextStep next(FailureKind failure, CallFacts facts) {
    return switch (failure) {
      case STATEMENT_ERROR -> new NextStep.PassOn();
      case REFUSED_BY_READER ->
          facts.repeatable() ? new NextStep.RepeatOnWriter() : new NextStep.PassOn();
      case CONFLICT ->
          facts.attempt() <= retries && isRetryable(facts)
              ? new NextStep.RetryAfterConflict()
              : new NextStep.PassOn();
      case GIVEN_UP -> new NextStep.CloseSession(true);
      case NOT_PLACED -> new NextStep.Unplaced();
      // The limit is the application's, and there is no time left: as the driver does it.
      case TIMED_OUT -> new NextStep.CloseSession(!restores);
      case CONNECTION_LOST -> restores ? afterLoss(facts) : new NextStep.CloseSession(true);
      case DEMOTED -> restores ? afterLoss(facts.refused()) : new NextStep.CloseSession(true);
    };
  }

  /**
   * Outside of a block, or of a text with a COMMIT in it, a part may be committed: of a batch that
   * the driver sent in pieces, for one. And a rollback must undo all, so not a PREPARE.
   */
  private static boolean isRetryable(CallFacts facts) {
    if (facts.effect() == CallEffect.MAY_COMMIT) {
      return false;
    }
    return switch (facts.block()) {
      case NONE -> false;
      case BEGINS -> facts.repeatable();
      case OPEN, FAILED -> facts.repeatable() && facts.replayable() && facts.undoable();
    };
  }

  private static NextStep afterLoss(CallFacts facts) {
    if (facts.inDoubt()) {
      if (facts.twoPhase()) {
        return new NextStep.SettlePrepared();
      }
      return facts.noted() ? new NextStep.Settle() : new NextStep.Doubt();
    }
    if (facts.isEndedByTimeout()) {
      return afterTimeout(facts);
    }
    return switch (facts.block()) {
      case NONE -> facts.attempt() < MOST_ATTEMPTS ? NextStep.Repeat.PLAIN : new NextStep.GiveUp();
      case BEGINS ->
          facts.repeatable() && facts.attempt() < MOST_ATTEMPTS
              ? NextStep.Repeat.PLAIN
              : new NextStep.LoseTransaction();
      case OPEN -> inOpenBlock(facts);
      case FAILED ->
          switch (facts.effect()) {
            case COMMIT -> NextStep.Repeat.FAILED;
            case ROLLBACK -> NextStep.Repeat.PLAIN;
            case READ, UNPROVED_READ, SESSION, WRITE, MAY_COMMIT -> withTransaction(facts);
          };
    };
  }

  private static NextStep inOpenBlock(CallFacts facts) {
    return switch (facts.effect()) {
      case ROLLBACK -> NextStep.Repeat.PLAIN;
      // One that has written nothing may run again, be it committed or not: then the server knows
      // what it leaves in the session.
      case COMMIT ->
          facts.wrote() || (facts.owing() && facts.replayable())
              ? withTransaction(facts)
              : NextStep.Repeat.COMMITTED;
      case READ, UNPROVED_READ, SESSION, WRITE, MAY_COMMIT -> withTransaction(facts);
    };
  }

  /** A timeout of the server ended the transaction, also one of which a COMMIT was to follow. */
  private static NextStep afterTimeout(CallFacts facts) {
    if (facts.effect() == CallEffect.ROLLBACK) {
      return NextStep.Repeat.PLAIN;
    }
    if (facts.effect() == CallEffect.COMMIT && facts.block() == TransactionBlock.FAILED) {
      return NextStep.Repeat.FAILED;
    }
    return facts.noted() ? new NextStep.Settle() : new NextStep.LoseTransaction();
  }

  /**
   * Whether a call whose connection was lost may be run again, alone or behind a replay of its
   * transaction, on the server that the session arrived at.
   *
   * <p>A connection that breaks without a word may have been ended by the call: by a crash of its
   * backend, which takes all others with it. Of a crash that began with another backend, the server
   * tells the client. So a call is run again once; and never on a server of which a backend crashed
   * since the call began. Where 57P01 ended the connection and the server stayed up, an
   * administrator ended this one: who ends it twice means it. A server that stops or goes away ends
   * all, which says nothing of the call.
   *
   * <p>What the server said last goes before what it looks like: a server that panics since its
   * disk is full (53100), or its machine failed it (58030), was not crashed by the call. Where it
   * went on, and ended this one backend only, that may be for what the call asks for.
   *
   * <p>While a transaction is replayed, servers may be lost on the way; so there only what a server
   * that is still there did on purpose, or a crash of a backend, counts.
   *
   * @param before whether the call, or the replay, has ended a backend before
   * @param arrival the server arrived at; null if it does not matter or does not say
   */
  static Rerun rerun(BackendLoss loss, boolean before, BackendLoss.@Nullable Arrival arrival) {
    Rerun atMostOnce = before ? Rerun.NEVER : Rerun.FOR_THE_LAST_TIME;
    return switch (loss.cause()) {
      case NOT_UNDER_WAY, ENDED_WITH_ALL -> Rerun.FREELY;
      case IDLE_TIMEOUT -> loss.replaying() ? Rerun.NEVER : Rerun.FREELY;
      case TRANSACTION_TIMEOUT -> Rerun.NEVER;
      case TERMINATED ->
          arrival != null && arrival.isTheSame() && arrival.stayedUp() ? atMostOnce : Rerun.FREELY;
      case OF_THE_MACHINE ->
          !loss.replaying()
                  && arrival != null
                  && arrival.isTheSame()
                  && arrival.stayedUp()
                  && !arrival.backendCrashed()
              ? atMostOnce
              : Rerun.FREELY;
      case UNSEEN -> {
        if (arrival != null && arrival.backendCrashed()) {
          yield Rerun.NEVER;
        }
        yield loss.replaying() ? Rerun.FREELY : atMostOnce;
      }
    };
  }

  /** The transaction is certainly not committed on the server that was lost. */
  private static NextStep withTransaction(CallFacts facts) {
    if (facts.noted()) {
      // An earlier COMMIT of the same work was not part of one server's history. Now it is
      // another server's.
      return new NextStep.Settle();
    }
    return facts.replayable() && facts.repeatable() && facts.attempt() < MOST_ATTEMPTS
        ? new NextStep.Replay()
        : new NextStep.LoseTransaction();
  }
}
