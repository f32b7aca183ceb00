package io.baton.routing.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** When a monitor tries a new login in quiet times, on stepped time. */
class LoginChecksTest {

  private static final Duration REFRESH = Duration.ofSeconds(5);

  private static int checks(Duration refresh, Duration within, long seed) {
    LoginChecks checks = new LoginChecks(new Endpoint("h", 5432), () -> new Random(seed), refresh);
    int due = 0;
    for (Duration now = Duration.ZERO; now.compareTo(within) < 0; now = now.plusMillis(100)) {
      if (checks.isDue(now.toNanos())) {
        due++;
      }
    }
    return due;
  }

  @Test
  void quietHour_isTwelveToTwentyFourLogins() {
    for (long seed = 0; seed < 20; seed++) {
      assertThat(checks(REFRESH, Duration.ofHours(1), seed)).isBetween(11, 24);
    }
  }

  @Test
  void firstMoments_areLeftToTheLoginThatWasJustMade() {
    assertThat(checks(REFRESH, Duration.ofSeconds(149), 1)).isZero();
  }

  @Test
  void shortRefresh_doesNotHammer() {
    assertThat(checks(Duration.ofMillis(10), Duration.ofMinutes(1), 1)).isBetween(11, 24);
  }
}
