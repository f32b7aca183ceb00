package io.baton.routing.monitor;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** What one monitor asks of a standby while there is no writer, on stepped time. */
public final class StandbyWatch {

  private static final Duration REFRESH = Duration.ofSeconds(5);

  private final SecondLooks looks;
  private final long beganAt;
  private long askedAt;

  /** Begins: the writer is missing. */
  public StandbyWatch(RandomGenerator random, long now) {
    looks = new SecondLooks(() -> random, REFRESH);
    looks.begin(now);
    beganAt = now;
    askedAt = now - PromotionQuery.WAIT.toNanos();
  }

  /** Whether the next question is due, and is asked. */
  public boolean asks(long now) {
    if (now - beganAt < 0 || now - askedAt < PromotionQuery.WAIT.toNanos()) {
      return false;
    }
    askedAt = now;
    return true;
  }

  /** Whether the address is looked at on a new connection before the question. */
  public boolean looksAgain(long now) {
    return looks.isDue(now, false);
  }

  /** When the question that is under way is answered, if the standby is promoted at this moment. */
  public long hearsOf(long promotedAt) {
    long step = Duration.ofMillis(PromotionQuery.STEP_MILLIS).toNanos();
    long steps = Math.max(0, promotedAt - askedAt + step - 1) / step;
    return Math.max(promotedAt, askedAt + steps * step);
  }
}
