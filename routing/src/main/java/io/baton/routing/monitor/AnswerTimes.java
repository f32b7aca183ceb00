package io.baton.routing.monitor;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long a server may take to answer before it counts as silent.
 *
 * <p>It follows the heartbeat, which says how soon a server that hangs is to be noticed. A short
 * heartbeat is a wish, though, and a server that is far away or busy must be able to answer at all:
 * so the limit is longer where answers have been slow of late, up to what is the limit without a
 * wish. A slow answer is forgotten over some tens of faster ones.
 *
 * <p>Safe for use by many threads.
 */
final class AnswerTimes {

  /** The limit where no short heartbeat is set; a first answer on a connection always has it. */
  static final Duration USUAL = Duration.ofSeconds(1);

  static final Duration SHORTEST = Duration.ofMillis(100);

  private static final int FACTOR = 4;
  private static final int FORGETTING = 16;

  private final Duration heartbeat;
  private final AtomicLong slowNanos = new AtomicLong();

  /**
   * Makes the times of a server that has not answered yet.
   *
   * @param heartbeat how often it is asked; zero if only on demand
   */
  AnswerTimes(Duration heartbeat) {
    this.heartbeat = heartbeat;
  }

  /** Takes how long an answer took. */
  void answered(long nanos) {
    slowNanos.updateAndGet(slow -> Math.max(nanos, slow - slow / FORGETTING));
  }

  /** How long the next answer may take. */
  Duration limit() {
    if (heartbeat.isZero() || heartbeat.compareTo(USUAL) >= 0) {
      return longer(heartbeat, USUAL);
    }
    Duration slow = Duration.ofNanos(Math.min(slowNanos.get() * FACTOR, USUAL.toNanos()));
    return longer(longer(heartbeat, SHORTEST), slow);
  }

  /** How long the first answer on a new connection may take: it is how slow ones are learnt of. */
  Duration firstLimit() {
    return longer(limit(), USUAL);
  }

  static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }
}
