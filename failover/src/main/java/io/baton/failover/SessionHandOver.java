package io.baton.failover;

import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What became of one session in a hand-over.
 *
 * @param session the session's number in this JVM
 * @param from the server it was to leave
 * @param to the server it is on now; null if it stays where it was
 * @param pause how long a call of the application had to wait for the move at the most
 * @param reason why it stays, for people; null if it moved
 */
public record SessionHandOver(
    long session, Endpoint from, @Nullable Endpoint to, Duration pause, @Nullable String reason) {

  /** Whether the session has moved. */
  public boolean hasMoved() {
    return to != null;
  }
}
