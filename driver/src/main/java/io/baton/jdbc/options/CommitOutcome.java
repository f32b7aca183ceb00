package io.baton.jdbc.options;

/** How a commit that was cut off in flight is resolved ({@code baton.commitOutcome}). */
public enum CommitOutcome {
  /** By the transaction id and the position in the write-ahead log. */
  XID,
  /** By a row of the table {@code baton.ledger}, written in the same transaction. */
  LEDGER,
  /** Not at all: the outcome is reported as unknown. */
  NONE
}
