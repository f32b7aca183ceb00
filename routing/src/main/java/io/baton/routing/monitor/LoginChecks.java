package io.baton.routing.monitor;

import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.FailureText;
import io.baton.routing.topology.Observation;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries in quiet times whether a new login at a server still works. The connection of a monitor
 * lasts, also when the password that it logged in with is none any more; and a failover that finds
 * that out is none.
 *
 * <p>A login is tried every {@value #REFRESHES} times as long as servers that are down are looked
 * for, that is 5 minutes, less up to a half of it by chance. One that was refused is told once, as
 * a warning, and so is the one that works again.
 *
 * <p>Safe for use by many threads.
 */
final class LoginChecks {

  static final int REFRESHES = 60;

  private static final Logger log = LoggerFactory.getLogger(LoginChecks.class);
  private static final Duration SHORTEST = Duration.ofSeconds(5);
  private static final double SHARE_BY_CHANCE = 0.5;

  private final Endpoint endpoint;
  private final Supplier<RandomGenerator> random;
  private final Duration interval;
  private volatile boolean refused;

  // Used by the monitor's thread only.
  private boolean begun;
  private long lastAt;
  private long pauseNanos;

  /**
   * Makes those of one endpoint.
   *
   * @param refresh how often a server that is down is looked for
   */
  LoginChecks(Endpoint endpoint, Supplier<RandomGenerator> random, Duration refresh) {
    this.endpoint = endpoint;
    this.random = random;
    this.interval = AnswerTimes.longer(SHORTEST, refresh.multipliedBy(REFRESHES));
  }

  /**
   * Whether one is due, which then is to be made; the first is due one interval after the start.
   */
  boolean isDue(long now) {
    if (begun && now - lastAt < pauseNanos) {
      return false;
    }
    boolean isFirst = !begun;
    begun = true;
    lastAt = now;
    double share = 1 - SHARE_BY_CHANCE * random.get().nextDouble();
    pauseNanos = (long) (interval.toNanos() * share);
    return !isFirst;
  }

  /** A new connection was tried. */
  void found(Observation tried) {
    if (tried instanceof Observation.Answered) {
      if (refused) {
        refused = false;
        log.info("{} accepts new logins again", endpoint);
      }
      return;
    }
    SQLException failure = failureOf(tried);
    if (failure != null && ConnectPauses.isOfLogin(failure) && !refused) {
      refused = true;
      log.warn(
          "{} would refuse a new login now ({}: {}). Connections that are open go on, but a session"
              + " could not move there",
          endpoint,
          failure.getSQLState(),
          FailureText.message(failure));
    }
  }

  private static @Nullable SQLException failureOf(Observation tried) {
    if (tried instanceof Observation.Refused by) {
      return by.failure();
    }
    return tried instanceof Observation.Inconclusive of ? of.failure() : null;
  }
}
