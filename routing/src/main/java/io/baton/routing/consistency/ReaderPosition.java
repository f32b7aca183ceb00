package io.baton.routing.consistency;

/**
 * What a standby said of its position.
 *
 * @param position what it has replayed, on a timeline that it certainly follows
 * @param paused whether its replay is paused, or about to be
 */
public record ReaderPosition(TimelinePosition position, boolean paused) {

  /** Of a server that is no standby, or has replayed nothing. */
  public static final ReaderPosition NONE = new ReaderPosition(TimelinePosition.NONE, false);
}
