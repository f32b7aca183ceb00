package io.baton.routing.topology;

/** Whether an endpoint can be used, as far as is known. */
public enum Availability {
  /** It was not asked yet, or has not answered its first question. */
  UNPROBED,
  /** It answers. */
  UP,
  /** It answers, and sessions are to leave it: nothing new is placed there. */
  DRAINING,
  /**
   * It missed a heartbeat, broke the monitor's connection, or refuses to let the monitor in.
   * Nothing new is placed there; sessions that are on it are left alone, since it may come back.
   */
  SUSPECT,
  /** Nobody is there, or it has been given up: sessions that were on it have been told to leave. */
  DOWN;

  /** Whether the endpoint answers the monitor. */
  public boolean answers() {
    return this == UP || this == DRAINING;
  }

  @Override
  public String toString() {
    return switch (this) {
      case UNPROBED -> "not asked yet";
      case UP -> "up";
      case DRAINING -> "draining";
      case SUSPECT -> "suspect";
      case DOWN -> "down";
    };
  }
}
