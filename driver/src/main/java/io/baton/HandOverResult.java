package io.baton;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a hand-over ended. Immutable.
 *
 * @param from the endpoint that the sessions were to leave, {@code host:port}
 * @param to where they were to go; null if any server that is right would do
 * @param sessions what became of each session that was there
 */
public record HandOverResult(String from, @Nullable String to, List<SessionMove> sessions) {

  /** Makes a result with a copy of its parts. */
  public HandOverResult {
    sessions = List.copyOf(sessions);
  }

  /** Whether no session stays there. */
  public boolean isComplete() {
    return sessions.stream().allMatch(SessionMove::hasMoved);
  }

  /** The sessions that have moved. */
  public List<SessionMove> moved() {
    return sessions.stream().filter(SessionMove::hasMoved).toList();
  }

  /** The sessions that stay, each with its reason. */
  public List<SessionMove> staying() {
    return sessions.stream().filter(session -> !session.hasMoved()).toList();
  }

  /** How long a call of the application had to wait for the move of its session at the most. */
  public Duration longestPause() {
    return sessions.stream().map(SessionMove::pause).max(Duration::compareTo).orElse(Duration.ZERO);
  }
}
