package io.baton.engine;

/** The transaction block that a call is made in, as the server last reported it. */
enum TransactionBlock {
  /** None: the statement is its own transaction. */
  NONE,
  /** None yet, but the driver sends BEGIN ahead of the call (autocommit is off). */
  BEGINS,
  /** One is open. */
  OPEN,
  /** One is open and has failed: the server takes nothing but its end. */
  FAILED;

  /** Whether a transaction is open. */
  boolean isOpen() {
    return this == OPEN || this == FAILED;
  }
}
