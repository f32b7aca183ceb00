package io.baton;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of a hand-over. Immutable.
 *
 * @param from the endpoint that the sessions were to leave, {@code host:port}
 * @param to the endpoint they were to move to; null for any suitable server
 * @param sessions the result for each session that was there
 */
public record HandOverResult(String from, @Nullable String to, List<SessionMove> sessions) {

  /** Creates a result with a copy of its parts. */
  public HandOverResult {
    sessions = List.copyOf(sessions);
  }

  /** Returns whether no session stays there. */
  public boolean isComplete() {
    return sessions.stream().allMatch(SessionMove::hasMoved);
  }

  /** Returns the sessions that have moved. */
  public List<SessionMove> moved() {
    return sessions.stream().filter(SessionMove::hasMoved).toList();
  }

  /** Returns the sessions that stay, each with its reason. */
  public List<SessionMove> staying() {
    return sessions.stream().filter(session -> !session.hasMoved()).toList();
  }

  /** Returns the longest time that a call of the application waited for the move of its session. */
  public Duration longestPause() {
    return sessions.stream().map(SessionMove::pause).max(Duration::compareTo).orElse(Duration.ZERO);
  }
}
