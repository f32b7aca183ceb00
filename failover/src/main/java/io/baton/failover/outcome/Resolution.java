package io.baton.failover.outcome;

/**
 * How a COMMIT that was cut off turned out.
 *
 * @param ending how it ended
 * @param evidence how that is known, or what was missing: one sentence for a reader
 */
public record Resolution(Ending ending, String evidence) {

  /** How a transaction ended. */
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
