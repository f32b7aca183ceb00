package io.baton.jdbc.options;

/** How a write outside a transaction is run ({@code baton.autocommitWrites}). */
public enum AutocommitWrites {
  /** As pgjdbc does, in one round trip. */
  PLAIN,
  /**
   * Inside a transaction of its own, with the evidence that resolves a commit cut off in flight.
   */
  PROTECT
}
