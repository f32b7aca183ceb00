package io.baton.engine;

import java.sql.SQLException;

/** What is done about a call that failed, as the {@link RecoveryPlanner} says. */
sealed interface NextStep {

  /** What carries steps out. Each method returns if the call is to be made again. */
  interface Steps {

    /** Ends the call with the failure that it had. */
    void passOn() throws SQLException;

    /** Ends a call that could not be placed on a connection. */
    void unplaced() throws SQLException;

    /** Sends the call to the writer, as a standby could not answer it. */
    void repeatOnWriter() throws SQLException;

    /** Rolls back and replays the transaction that the server ended in favour of another one. */
    void retryAfterConflict() throws SQLException;

    /** Moves the session; of its transaction nothing is replayed. */
    void repeat(Repeat how) throws SQLException;

    /** Moves the session, and ends the call with the failure that it had. */
    void giveUp() throws SQLException;

    /** Moves the session and replays its transaction. */
    void replay() throws SQLException;

    /** Moves the session, finds out whether its COMMIT took place, and goes on accordingly. */
    void settle() throws SQLException;

    /** Moves the session, and finds out whether its command of two-phase commit took place. */
    void settlePrepared() throws SQLException;

    /** Moves the session, and says that the outcome is unknown unless the call only reads. */
    void doubt() throws SQLException;

    /** Moves the session, and says that its transaction is lost. */
    void loseTransaction() throws SQLException;

    /**
     * Closes the session.
     *
     * @param driversOwn whether the driver's failure stands even if the outcome is unknown
     */
    void closeSession(boolean driversOwn) throws SQLException;
  }

  /**
   * Carries the step out.
   *
   * @throws SQLException what the application is told; if none is thrown, the call is made again
   */
  void carryOut(Steps steps) throws SQLException;

  /** The failure is the statement's own: it passes as it is. */
  record PassOn() implements NextStep {
    @Override
    public void carryOut(Steps steps) throws SQLException {
      steps.passOn();
    }
  }

  /** No connection could be had for the call: the recovery ends as it would without a server. */
  record Unplaced() implements NextStep {
    @Override
    public void carryOut(Steps steps) throws SQLException {
      steps.unplaced();
    }
  }

  /** A standby could not answer a read: the writer does. */
  record RepeatOnWriter() implements NextStep {
    @Override
    public void carryOut(Steps steps) throws SQLException {
      steps.repeatOnWriter();
    }
  }

  /** The server ended the transaction in favour of another one: it is replayed there. */
  record RetryAfterConflict() implements NextStep {
    @Override
    public void carryOut(Steps steps) throws SQLException {
      steps.retryAfterConflict();
    }
  }

  /** Nothing of the call counts: it is made again on the rebuilt session. */
  enum Repeat implements NextStep {
    /** No transaction was open, or it ends by this call without a trace. */
    PLAIN,
    /** The transaction only read: its COMMIT takes over what it did to the session. */
    COMMITTED,
    /** The transaction had failed: the call finds the session in a failed one. */
    FAILED;

    @Override
    public void carryOut(Steps steps) throws SQLException {
      steps.repeat(this);
    }
  }

  /** The call has ended too many connections: its failure stands. */
  record GiveUp() implements NextStep {
    @Override
    public void carryOut(Steps steps) throws SQLException {
      steps.giveUp();
    }
  }

  /** The transaction is certainly not committed: it is replayed, and the call made again. */
  record Replay() implements NextStep {
    @Override
    public void carryOut(Steps steps) throws SQLException {
      steps.replay();
    }
  }

  /** Evidence was noted that tells whether the transaction was committed. */
  record Settle() implements NextStep {
    @Override
    public void carryOut(Steps steps) throws SQLException {
      steps.settle();
    }
  }

  /** What the server shows as prepared tells whether a command of two-phase commit took place. */
  record SettlePrepared() implements NextStep {
    @Override
    public void carryOut(Steps steps) throws SQLException {
      steps.settlePrepared();
    }
  }

  /** Nothing was noted that could tell. */
  record Doubt() implements NextStep {
    @Override
    public void carryOut(Steps steps) throws SQLException {
      steps.doubt();
    }
  }

  /** The transaction is certainly not committed, and cannot be replayed. */
  record LoseTransaction() implements NextStep {
    @Override
    public void carryOut(Steps steps) throws SQLException {
      steps.loseTransaction();
    }
  }

  /**
   * The session ends with the connection.
   *
   * @param driversOwn whether the driver's failure stands even if the outcome is unknown
   */
  record CloseSession(boolean driversOwn) implements NextStep {
    @Override
    public void carryOut(Steps steps) throws SQLException {
      steps.closeSession(driversOwn);
    }
  }
}
