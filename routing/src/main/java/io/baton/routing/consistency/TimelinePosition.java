package io.baton.routing.consistency;

/**
 * A position in the history of a cluster: a server that has reached it shows every write that was
 * acknowledged before the writer was asked for it. Immutable.
 *
 * <p>Positions of different timelines cannot be compared: a standby that still follows the old
 * primary may have replayed more bytes than the new one has written, and lack all its writes. So a
 * server has reached a position if its timeline is at least as high <em>and</em> it has replayed as
 * much. (A server on a later timeline has the history of the earlier one up to the point where it
 * was left, and what an asynchronous standby had not received then is lost for everybody.)
 *
 * @param timeline the timeline of the writer that was asked, or one that a standby follows
 * @param lsn on a writer, where the last record ends; on a standby, how far it has replayed
 */
public record TimelinePosition(long timeline, Lsn lsn) {

  /** The position that every server has reached. */
  public static final TimelinePosition NONE = new TimelinePosition(0, new Lsn(0));

  /** Whether a server at this position shows all that the other one stands for. */
  public boolean hasReached(TimelinePosition other) {
    return timeline >= other.timeline && lsn.hasReached(other.lsn);
  }

  /** The one that stands for more. */
  public TimelinePosition orLater(TimelinePosition other) {
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
