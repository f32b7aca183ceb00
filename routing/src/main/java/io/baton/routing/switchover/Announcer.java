package io.baton.routing.switchover;

import java.time.Duration;

/** Who announces a switchover, and so how far it is trusted. */
public enum Announcer {
  /** Whoever may connect to the database and send a notification there. */
  NOTIFICATION(Duration.ofSeconds(5), "by a notification"),
  /** The program itself, or who may use its JMX. */
  PROGRAM(Duration.ofSeconds(10), "by the program"),
  /** The source that lists the servers. */
  SOURCE(Duration.ofSeconds(10), "by the source of the list of servers");

  private final Duration longestHold;
  private final String description;

  Announcer(Duration longestHold, String description) {
    this.longestHold = longestHold;
    this.description = description;
  }

  /**
   * How long calls are held back at most after the time that was announced, while the writer goes
   * on as if nothing had been announced.
   */
  Duration longestHold() {
    return longestHold;
  }

  /** Whether somebody with less right than the program's may be behind it. */
  boolean isAnybody() {
    return this == NOTIFICATION;
  }

  @Override
  public String toString() {
    return description;
  }
}
