package io.baton.routing.admission;

import java.time.Duration;

/**
 * How long a session waits for its turn to log in; then it goes in out of turn.
 *
 * @param longest at most
 * @param whileShort at most while the server refuses logins, or is slow with a single one; no
 *     longer than {@code longest} in any case
 */
public record Patience(Duration longest, Duration whileShort) {

  /** The same, whatever the server does. */
  public static Patience of(Duration longest) {
    return new Patience(longest, longest);
  }

  /** How much of it is left. */
  long nanosLeft(long waited, boolean isShort) {
    long all = longest.toNanos();
    return (isShort ? Math.min(all, whileShort.toNanos()) : all) - waited;
  }
}
