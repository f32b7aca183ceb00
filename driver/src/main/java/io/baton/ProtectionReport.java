package io.baton;

import java.util.List;

/**
 * How many calls were covered against the loss of their server, and the causes of lost cover. It
 * counts the calls that reached a server since the session or the cluster began. Immutable.
 *
 * @param calls the number of calls
 * @param restorable the number of calls whose session could have been rebuilt on another server
 * @param replayable the number of calls whose transaction could have been replayed, or that could
 *     have been run again
 * @param losses the causes of lost cover, the most frequent first
 */
public record ProtectionReport(long calls, long restorable, long replayable, List<Loss> losses) {

  /** What a call can be covered by. */
  public enum Cover {
    /** Its session can be rebuilt. */
    SESSION,
    /** Its transaction can be replayed, or it can be run again. */
    TRANSACTION
  }

  /**
   * A cause of lost cover.
   *
   * @param cover the cover that was lost
   * @param reason why it was lost, for a human reader
   * @param statement the statement with its constants taken out, or "(no statement)"
   * @param count how often it was lost
   */
  public record Loss(Cover cover, String reason, String statement, long count) {}

  /** Creates a report with a copy of its parts. */
  public ProtectionReport {
    losses = List.copyOf(losses);
  }

  /** Returns the share of {@link #restorable} calls, from 0 to 1; 1 if there were no calls. */
  public double restorableShare() {
    return calls == 0 ? 1 : (double) restorable / calls;
  }

  /** Returns the share of {@link #replayable} calls, from 0 to 1; 1 if there were no calls. */
  public double replayableShare() {
    return calls == 0 ? 1 : (double) replayable / calls;
  }
}
