package io.baton.failover;

import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The result of a hand-over for one session.
 *
 * @param session the session's number in this JVM
 * @param from the server it was to leave
 * @param to the server it is on now; null if it stays where it was
 * @param pause the longest time that a call of the application waited for the move
 * @param reason why it stays, for a human reader; null if it moved
 */
public record SessionHandOver(
    long session, Endpoint from, @Nullable Endpoint to, Duration pause, @Nullable String reason) {

  /** Returns whether the session has moved. */
  public boolean hasMoved() {
    return to != null;
  }
}
