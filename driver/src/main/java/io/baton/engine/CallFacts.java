package io.baton.engine;

/**
 * What is known of a call that failed, as far as it decides what is done next.
 *
 * @param effect what it does
 * @param block the transaction block that it was made in
 * @param sent whether any of it may have reached the server
 * @param wrote whether an earlier call of its transaction may have written
 * @param owing whether only the server knew what a COMMIT of it leaves in the session
 * @param noted whether evidence was noted ahead of a COMMIT of its transaction
 * @param repeatable whether it can be made again: no argument of it is consumed
 * @param replayable whether its transaction, as far as it got, can be replayed
 * @param undoable whether a rollback undoes all that its transaction did to the session
 * @param twoPhase whether it is a command of two-phase commit that was told by its identifier
 * @param cause how its connection was lost
 * @param attempt the number of this attempt, from 1
 */
record CallFacts(
    CallEffect effect,
    TransactionBlock block,
    boolean sent,
    boolean wrote,
    boolean owing,
    boolean noted,
    boolean repeatable,
    boolean replayable,
    boolean undoable,
    boolean twoPhase,
    LossCause cause,
    int attempt) {

  /** The same of a call of which the server said that it did nothing. */
  CallFacts refused() {
    return new CallFacts(
        effect,
        block,
        false,
        wrote,
        owing,
        noted,
        repeatable,
        replayable,
        undoable,
        twoPhase,
        cause,
        attempt);
  }

  /** Whether it does nothing but end the transaction. */
  boolean isEndOfTransaction() {
    return effect == CallEffect.COMMIT || effect == CallEffect.ROLLBACK;
  }

  /**
   * Whether a timeout of the server ended the transaction that the call was made in. A session that
   * was idle has none.
   */
  boolean isEndedByTimeout() {
    return cause == LossCause.TRANSACTION_TIMEOUT
        || (cause == LossCause.IDLE_TIMEOUT && block.isOpen());
  }

  /**
   * Whether it may have committed something, so that only evidence tells what became of it: a
   * COMMIT of a transaction that may have written, a write outside a block, a text with a COMMIT in
   * it, each sent at least in part.
   */
  boolean inDoubt() {
    if (!sent) {
      return false;
    }
    return switch (block) {
      case NONE -> effect.mayCommitAlone();
      case BEGINS -> effect == CallEffect.MAY_COMMIT;
      case OPEN -> effect == CallEffect.MAY_COMMIT || (effect == CallEffect.COMMIT && wrote);
      // ROLLBACK; INSERT ...; COMMIT in one string leaves the failed block behind.
      case FAILED -> effect == CallEffect.MAY_COMMIT;
    };
  }
}
