package io.baton.failover;

/** How the work of a session ended that a failover has cut off, where it did not just go on. */
public enum FailoverEnd {
  /** Its transaction was replayed. */
  TRANSACTION_REPLAYED,
  /** It was found out whether its COMMIT took place. */
  COMMIT_SETTLED,
  /** Its transaction is not committed, and the application has to run it again. */
  TRANSACTION_LOST,
  /** Its session could not be rebuilt, and the connection is closed. */
  SESSION_LOST,
  /** It is not known whether its work took place. */
  OUTCOME_UNKNOWN,
  /** There was no server for it in time. */
  NO_SERVER
}
