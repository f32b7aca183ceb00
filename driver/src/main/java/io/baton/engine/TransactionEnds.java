package io.baton.engine;

/**
 * The ends of a transaction that need no server, since the connection is gone and nothing is left
 * there to end: {@code Connection.commit} and {@code Connection.rollback} return at once then.
 *
 * <p>Guarded by the calls of its session.
 */
record TransactionEnds(
    SessionConnections connections, CallRecorder recorder, CallMaker maker, SessionStop stop) {

  /**
   * Whether a COMMIT has nothing to do: no transaction is open, or it is gone. The driver takes it
   * in silence that a server answers the COMMIT of a failed transaction by ROLLBACK, and so does
   * this; but not where the transaction was lost in its COMMIT.
   */
  boolean isNothingToCommit() {
    OpenTransaction gone = recorder.transaction();
    boolean refuses = gone != null && gone.refusesCommit();
    return !refuses && isNothingToRollBack();
  }

  /** Whether a ROLLBACK has nothing to do: no transaction is open, or it is gone. */
  boolean isNothingToRollBack() {
    SessionConnection now = connections.current();
    if (stop.isClosed() || !now.physical().isSevered()) {
      return false;
    }
    if (recorder.owesFailedTransaction()) {
      recorder.replace(null);
      return true;
    }
    return maker.block(now) == TransactionBlock.BEGINS; // The driver sends nothing then.
  }
}
