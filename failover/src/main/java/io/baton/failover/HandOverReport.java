package io.baton.failover;

import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of a hand-over. Immutable.
 *
 * @param from the server that the sessions were to leave
 * @param to the server they were to move to; null for any suitable server
 * @param sessions what became of each session that was there
 */
public record HandOverReport(Endpoint from, @Nullable Endpoint to, List<SessionHandOver> sessions) {

  /** Creates a report with a copy of its parts. */
  public HandOverReport {
    sessions = List.copyOf(sessions);
  }

  /** Returns whether no session stays there. */
  public boolean isComplete() {
    return sessions.stream().allMatch(SessionHandOver::hasMoved);
  }

  /** Returns the sessions that have moved. */
  public List<SessionHandOver> moved() {
    return sessions.stream().filter(SessionHandOver::hasMoved).toList();
  }

  /** Returns the sessions that stay, each with its reason. */
  public List<SessionHandOver> staying() {
    return sessions.stream().filter(session -> !session.hasMoved()).toList();
  }

  /** Returns the longest time that a call of the application waited for the move of its session. */
  public Duration longestPause() {
    return sessions.stream()
        .map(SessionHandOver::pause)
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder("Hand-over from " + from + (to == null ? "" : " to " + to))
            .append(": ")
            .append(moved().size())
            .append(" sessions moved, longest pause ")
            .append(longestPause().toMillis())
            .append(" ms, ")
            .append(staying().size())
            .append(" stay");
    staying().forEach(one -> text.append("; ").append(one.reason()));
    return text.toString();
  }
}
