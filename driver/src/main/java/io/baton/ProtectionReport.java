package io.baton;

import java.util.List;

/**
 * How much of the work would survive the loss of its server unseen, and what takes the cover away.
 * Immutable; of calls that reached a server, since the session or the cluster began.
 *
 * @param calls how many there were
 * @param restorable of how many the session could have been built again on another server
 * @param replayable of how many the loss of the server would not have been seen: their transaction
 *     could have been replayed, or they could have been run again
 * @param losses what took a cover away, the most frequent first
 */
public record ProtectionReport(long calls, long restorable, long replayable, List<Loss> losses) {

  /** What a call can be covered by. */
  public enum Cover {
    /** Its session can be built again. */
    SESSION,
    /** Its transaction can be replayed, or it can be run again. */
    TRANSACTION
  }

  /**
   * Something that took a cover away.
   *
   * @param cover which
   * @param reason why, for people
   * @param statement the statement with its constants taken out, or "(no statement)"
   * @param count how often
   */
  public record Loss(Cover cover, String reason, String statement, long count) {}

  /** Makes a report with a copy of its parts. */
  public ProtectionReport {
    losses = List.copyOf(losses);
  }

  /** The share of {@link #restorable} calls, from 0 to 1; 1 if there were none. */
  public double restorableShare() {
    return calls == 0 ? 1 : (double) restorable / calls;
  }

  /** The share of {@link #replayable} calls, from 0 to 1; 1 if there were none. */
  public double replayableShare() {
    return calls == 0 ? 1 : (double) replayable / calls;
  }
}
