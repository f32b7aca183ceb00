package io.baton.routing.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long a monitor's login may take. */
class LoginTimesTest {

  private static final Duration ANSWER = Duration.ofSeconds(1);

  private final LoginTimes times = new LoginTimes(Duration.ofSeconds(10));

  private void loggedIn(long millis) {
    times.loggedIn(Duration.ofMillis(millis).toNanos());
  }

  private Duration limit(long nowMillis) {
    return times.limit(Duration.ofMillis(nowMillis).toNanos(), ANSWER);
  }

  private void unanswered(long begunAtMillis) {
    times.unanswered(Duration.ofMillis(begunAtMillis).toNanos());
  }

  @Test
  void firstLogin_mayTakeTenSeconds_whateverWasNotAnswered() {
    assertThat(limit(0)).isEqualTo(LoginTimes.FIRST);
    unanswered(0);
    assertThat(limit(60_000)).isEqualTo(LoginTimes.FIRST);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1000",
    "100, 1000",
    "200, 1600",
    "250, 2000",
    "500, 2000",
    "1000, 2000",
    "1500, 3000",
    "4000, 8000",
    "6000, 10000",
    "60000, 10000"
  })
  void limit_followsTheSlowestLogin_andIsShortWhereThatCostsNoServer(long slowest, long limit) {
    loggedIn(slowest);
    assertThat(limit(0)).hasMillis(limit);
  }

  @Test
  void limit_withAShortHeartbeat_isHalfASecondAtLeast() {
    loggedIn(1);
    assertThat(times.limit(0, AnswerTimes.SHORTEST)).hasMillis(500);
  }

  @Test
  void slowLogin_isForgotten() {
    loggedIn(9_000);
    for (int login = 0; login < 10; login++) {
      loggedIn(20);
    }
    assertThat(limit(0)).isEqualTo(ANSWER.multipliedBy(2));
  }

  @Test
  void serverThatAnswersNoLogin_isGivenMoreTimeOnceItIsSilentForAsLongAsItIsWaitedFor() {
    loggedIn(20);

    unanswered(1_000);
    unanswered(2_000);
    assertThat(limit(10_999)).isEqualTo(ANSWER);
    assertThat(limit(11_000)).isEqualTo(LoginTimes.AT_LENGTH);

    loggedIn(3_500);
    assertThat(limit(20_000)).hasMillis(7_000);
    unanswered(20_000);
    assertThat(limit(20_001)).hasMillis(7_000);
  }
}
