package io.baton.failover.outcome;

/**
 * The outcome of a COMMIT that was cut off.
 *
 * @param ending the outcome
 * @param evidence how that is known, or what was missing: one sentence for a reader
 */
public record Resolution(Ending ending, String evidence) {

  /** The outcome of a transaction. */
  public enum Ending {
    /** It is committed on the server that was asked. */
    COMMITTED,
    /** It is not committed on the server that was asked, and never will be. */
    NOT_COMMITTED,
    /** There is no proof either way. */
    UNKNOWN
  }

  static Resolution committed(String evidence) {
    return new Resolution(Ending.COMMITTED, evidence);
  }

  static Resolution notCommitted(String evidence) {
    return new Resolution(Ending.NOT_COMMITTED, evidence);
  }

  static Resolution unknown(String evidence) {
    return new Resolution(Ending.UNKNOWN, evidence);
  }
}
