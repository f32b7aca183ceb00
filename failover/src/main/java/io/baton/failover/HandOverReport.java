package io.baton.failover;

import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a hand-over ended. Immutable.
 *
 * @param from the server that the sessions were to leave
 * @param to where they were to go; null if any server that is right would do
 * @param sessions what became of each session that was there
 */
public record HandOverReport(Endpoint from, @Nullable Endpoint to, List<SessionHandOver> sessions) {

  /** Makes a report with a copy of its parts. */
  public HandOverReport {
    sessions = List.copyOf(sessions);
  }

  /** Whether no session stays there. */
  public boolean isComplete() {
    return sessions.stream().allMatch(SessionHandOver::hasMoved);
  }

  /** The sessions that have moved. */
  public List<SessionHandOver> moved() {
    return sessions.stream().filter(SessionHandOver::hasMoved).toList();
  }

  /** The sessions that stay, each with its reason. */
  public List<SessionHandOver> staying() {
    return sessions.stream().filter(session -> !session.hasMoved()).toList();
  }

  /** How long a call of the application had to wait for the move of its session at the most. */
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
