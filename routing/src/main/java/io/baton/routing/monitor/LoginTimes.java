package io.baton.routing.monitor;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How long a monitor's login may take before its server counts as silent.
 *
 * <p>The first may take {@link #FIRST}: name lookup, TLS and authentication over a long line add
 * up, and a limit that is too short would lock such an application out. What follows has a limit
 * that depends on the slowest of late; a slow one is forgotten over some faster ones. A quick login
 * may be slower {@value #QUICK_FACTOR} times the next time, but what is gained by that ends at
 * {@link #PATIENCE}: the first login of a young JVM takes a second, and a server that froze behind
 * it would be waited for eight.
 *
 * <p>A limit that is too short keeps a busy server away for ever: each login that is cut off has
 * cost the server as much as one that is not, and a fleet does that all at once. So when nothing
 * was answered for longer than a server is waited for anyway, logins may take {@link #AT_LENGTH}.
 * It is not more than that since a name or a network that heals is found by the next attempt.
 *
 * <p>Safe for use by many threads.
 */
final class LoginTimes {

  static final Duration FIRST = Duration.ofSeconds(10);
  static final Duration PATIENCE = Duration.ofSeconds(2);
  static final Duration AT_LENGTH = Duration.ofSeconds(4);

  /** A short heartbeat does not make a login any cheaper. */
  private static final Duration SHORTEST = Duration.ofMillis(500);

  private static final int QUICK_FACTOR = 8;
  private static final int SLOW_FACTOR = 2;
  private static final int FORGETTING = 4;

  private final Duration silence;
  private final AtomicLong slowNanos = new AtomicLong();

  /** When the first of those that were not answered was begun; null if the last one was. */
  private volatile @Nullable Long unansweredSince;

  /**
   * Makes the times of a server before the first login.
   *
   * @param silence how long a server that answers nothing is waited for
   */
  LoginTimes(Duration silence) {
    this.silence = silence;
  }

  /** Takes a login that succeeded. */
  void loggedIn(long nanos) {
    unansweredSince = null;
    slowNanos.updateAndGet(slow -> Math.max(Math.max(1, nanos), slow - slow / FORGETTING));
  }

  /** Takes a login that was not answered in time. */
  void unanswered(long begunAt) {
    if (unansweredSince == null) {
      unansweredSince = begunAt;
    }
  }

  /**
   * Returns how long the next login may take.
   *
   * @param now the time, by the clock of {@link #unanswered}
   * @param answer how long an answer may take
   */
  Duration limit(long now, Duration answer) {
    long slow = slowNanos.get();
    if (slow == 0) {
      return FIRST;
    }
    Duration quick = shorter(Duration.ofNanos(slow).multipliedBy(QUICK_FACTOR), PATIENCE);
    Duration usual = longer(quick, Duration.ofNanos(slow).multipliedBy(SLOW_FACTOR));
    Duration limit = shorter(longer(usual, longer(answer, SHORTEST)), FIRST);
    Long since = unansweredSince;
    return since != null && now - since >= silence.toNanos() ? longer(limit, AT_LENGTH) : limit;
  }

  private static Duration longer(Duration one, Duration other) {
    return AnswerTimes.longer(one, other);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) <= 0 ? one : other;
  }
}
