package io.baton.session;

/** The transaction status that a server reports in each ReadyForQuery message. */
public enum TransactionStatus {
  /** No transaction block. */
  IDLE,
  /** In a transaction block. */
  OPEN,
  /** In a transaction block that has failed; every statement but its end is refused. */
  FAILED
}
