package io.baton.routing.consistency;

/**
 * A position in the history of a cluster: a server that has reached it shows every write that was
 * acknowledged before the token was taken. Immutable.
 *
 * <p>Positions of different timelines cannot be compared: a standby that still follows the old
 * primary may have replayed more bytes than the new one has written, and lack all its writes. So a
 * server has reached a token if its timeline is at least that of the token <em>and</em> its
 * position is. (A server on a later timeline has the history of the earlier one up to the point
 * where it was left, and what an asynchronous standby had not received then is lost for everybody.)
 *
 * @param timeline the timeline of the writer that was asked
 * @param lsn its insert position, which is past the end of every commit it has acknowledged
 */
public record ConsistencyToken(long timeline, Lsn lsn) {

  /** The token that every server has reached. */
  public static final ConsistencyToken NONE = new ConsistencyToken(0, new Lsn(0));

  /**
   * Reads the form that {@link #toString} gives.
   *
   * @throws IllegalArgumentException if the text is of another form
   */
  public static ConsistencyToken parse(String text) {
    int at = text.indexOf('@');
    try {
      if (at > 0) {
        return new ConsistencyToken(
            Long.parseLong(text.substring(0, at)), Lsn.parse(text.substring(at + 1)));
      }
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException(refusal(text), malformed);
    }
    throw new IllegalArgumentException(refusal(text));
  }

  private static String refusal(String text) {
    return "'" + text + "' is no consistency token, which looks like 3@1/4E000028";
  }

  /** Whether a server at this position shows all that the other one stands for. */
  public boolean hasReached(ConsistencyToken other) {
    return timeline >= other.timeline && lsn.hasReached(other.lsn);
  }

  /** The one that stands for more. */
  public ConsistencyToken orLater(ConsistencyToken other) {
    boolean later =
        other.timeline > timeline || (other.timeline == timeline && other.lsn.hasReached(lsn));
    return later ? other : this;
  }

  /** {@code timeline@lsn}. */
  @Override
  public String toString() {
    return timeline + "@" + lsn;
  }
}
