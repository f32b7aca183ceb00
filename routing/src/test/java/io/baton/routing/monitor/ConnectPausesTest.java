package io.baton.routing.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.routing.monitor.ConnectPauses.Outcome;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How often a monitor tries to connect, on stepped time. */
class ConnectPausesTest {

  private static final Duration REFRESH = Duration.ofSeconds(5);

  private final Random random = new Random(17);
  private final ConnectPauses pauses = new ConnectPauses(() -> random, REFRESH);

  private int attemptsWithin(Duration time, Outcome outcome, boolean urgent) {
    Duration now = Duration.ZERO;
    int attempts = 0;
    while (now.compareTo(time) < 0) {
      attempts++;
      now = now.plus(pauses.next(outcome, urgent));
    }
    return attempts;
  }

  @ParameterizedTest
  @CsvSource({
    "28P01, LOGIN_REFUSED",
    "28000, LOGIN_REFUSED",
    "3D000, LOGIN_REFUSED",
    "53300, REFUSED",
    "42501, REFUSED",
    "57P03, NOBODY",
    "08001, NOBODY"
  })
  void failure_saysWhichPauseFollows(String state, Outcome outcome) {
    assertThat(Outcome.of(new SQLException("", state))).isEqualTo(outcome);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void refusedLogin_isTriedFourTimesInTenSeconds_andThenAboutTwiceAMinute(boolean urgent) {
    assertThat(attemptsWithin(Duration.ofSeconds(10), Outcome.LOGIN_REFUSED, urgent))
        .isBetween(3, 4);
    assertThat(attemptsWithin(Duration.ofMinutes(10), Outcome.LOGIN_REFUSED, urgent))
        .isBetween(20, 41);
  }

  @Test
  void serverThatIsFull_isTriedOnceASecond_whileAWriterIsMissing_andElseEveryFewSeconds() {
    assertThat(attemptsWithin(Duration.ofSeconds(10), Outcome.REFUSED, true)).isBetween(10, 22);
    assertThat(attemptsWithin(Duration.ofMinutes(10), Outcome.REFUSED, false)).isBetween(120, 245);
  }

  @Test
  void pauseThatIsUnderWay_isCutShort_whenAWriterIsMissing_butNotThatOfARefusedLogin() {
    assertThat(ConnectPauses.longest(Outcome.REFUSED, true)).hasSeconds(1);
    assertThat(ConnectPauses.longest(Outcome.REFUSED, false)).hasSeconds(5);
    assertThat(ConnectPauses.longest(Outcome.LOGIN_REFUSED, true)).hasSeconds(30);
  }

  @Test
  void nobody_isLookedForSoonAndThenTwiceASecond_whileAWriterIsMissing() {
    assertThat(attemptsWithin(Duration.ofSeconds(10), Outcome.NOBODY, true)).isBetween(20, 50);
  }

  @Test
  void hurry_isNoReason_toTryARefusedLoginSooner() {
    attemptsWithin(Duration.ofMinutes(5), Outcome.LOGIN_REFUSED, true);
    pauses.hurry();
    assertThat(pauses.next(Outcome.LOGIN_REFUSED, true))
        .isBetween(Duration.ofSeconds(15), Duration.ofSeconds(30));

    pauses.reset();
    assertThat(pauses.next(Outcome.LOGIN_REFUSED, true)).isLessThan(Duration.ofSeconds(3));
  }
}
