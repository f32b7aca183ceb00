package io.baton.jdbc;

import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;

/** How fast a load of a test goes: the same on every machine that can bear it. */
final class Pace {

  private static final Duration PERIOD = Duration.ofMillis(20);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  private Pace() {}

  /** As fast as it goes. */
  static RateLimiter unlimited() {
    return perSecond(1_000_000);
  }

  /**
   * So many pieces of work in a second, by all threads together.
   *
   * @param pieces a multiple of 50
   */
  static RateLimiter perSecond(int pieces) {
    return RateLimiter.of(
        "load",
        RateLimiterConfig.custom()
            .limitForPeriod((int) (pieces * PERIOD.toMillis() / 1000))
            .limitRefreshPeriod(PERIOD)
            .timeoutDuration(LONGEST_WAIT)
            .build());
  }
}
