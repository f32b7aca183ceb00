package io.baton.routing.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How many logins a server bears, by what became of earlier ones, on stepped time. */
class PaceTest {

  private static final Duration QUICK = Duration.ofMillis(10);
  private static final Duration SLOW = Duration.ofMillis(800);

  private final Pace pace = new Pace();
  private long now = Long.MAX_VALUE - Duration.ofMillis(700).toNanos(); // About to overflow.

  private void passes(Duration time) {
    now += time.toNanos();
  }

  private void opensAfter(Duration time) {
    long begunAt = now;
    passes(time);
    pace.opened(begunAt, now);
  }

  private void refusedAfter(Duration time) {
    long begunAt = now;
    passes(time);
    pace.refused(begunAt, now);
  }

  @Test
  void serverThatIsWell_hasNoLimit_alsoWhenLoginsAreSlower() {
    opensAfter(QUICK);
    opensAfter(SLOW);
    assertThat(pace.isCalm()).isTrue();
    assertThat(pace.window()).isEqualTo(Pace.LARGEST_WINDOW);
    assertThat(pace.rate()).isEqualTo(Pace.UNLIMITED);
  }

  @Test
  void afterALoss_fewGoSideBySide_andEachQuickLoginMakesRoomForOneMore() {
    opensAfter(QUICK);
    pace.troubled(now);
    assertThat(pace.window()).isEqualTo(Pace.FIRST_WINDOW);
    for (int i = 0; i < 20; i++) {
      opensAfter(QUICK);
    }
    assertThat(pace.window()).isEqualTo(Pace.FIRST_WINDOW + 20);
    assertThat(pace.rate()).isEqualTo(Pace.UNLIMITED);
  }

  @Test
  void slowLogins_lowerTheLimitOnce_ifTheyBeganBeforeItWasLowered() {
    opensAfter(QUICK);
    pace.troubled(now);
    for (int i = 0; i < 16; i++) {
      opensAfter(QUICK);
    }
    long begunAt = now;
    passes(SLOW);
    for (int i = 0; i < 20; i++) {
      pace.opened(begunAt, now);
    }
    assertThat(pace.window()).isEqualTo(14);

    opensAfter(SLOW);
    assertThat(pace.window()).isEqualTo(9);
  }

  @Test
  void afterTheFirstSlowLogin_theLimitGrowsByOneInTheTimeOfOneLogin() {
    opensAfter(QUICK);
    pace.troubled(now);
    opensAfter(QUICK);
    opensAfter(SLOW);
    int lowered = pace.window();
    for (int i = 0; i < lowered; i++) {
      opensAfter(QUICK);
    }
    assertThat(pace.window()).isBetween(lowered, lowered + 1);
    for (int i = 0; i < 10 * lowered; i++) {
      opensAfter(QUICK);
    }
    assertThat(pace.window()).isBetween(lowered + 3, lowered + 8);
  }

  @Test
  void singleLoginsThatAreSlow_areSpreadOverTime() {
    opensAfter(QUICK);
    pace.troubled(now);
    for (int i = 0; i < 10; i++) {
      opensAfter(SLOW);
    }
    assertThat(pace.window()).isEqualTo(1);
    assertThat(pace.rate()).isLessThan(0.8);
  }

  @Test
  void refusals_halveTheRate_butNotForEver_andQuickLoginsRaiseIt() {
    refusedAfter(QUICK);
    assertThat(pace.window()).isEqualTo(1);
    assertThat(pace.rate()).isEqualTo(10);
    refusedAfter(QUICK);
    assertThat(pace.rate()).isEqualTo(5);
    for (int i = 0; i < 20; i++) {
      refusedAfter(QUICK);
    }
    double lowest = pace.rate();
    assertThat(lowest).isPositive();

    opensAfter(QUICK);
    assertThat(pace.rate()).isGreaterThan(lowest);
    for (int i = 0; i < 50; i++) {
      opensAfter(QUICK);
    }
    assertThat(pace.rate()).isEqualTo(Pace.UNLIMITED);
  }

  @Test
  void serverThatIsFarAway_isNotTakenForOneThatIsSlow() {
    pace.troubled(now);
    for (int i = 0; i < 8; i++) {
      opensAfter(Duration.ofMillis(600));
    }
    assertThat(pace.window()).isEqualTo(Pace.FIRST_WINDOW + 8);
  }

  @Test
  void timeWithoutEvidence_endsAllLimits() {
    opensAfter(QUICK);
    pace.troubled(now);
    refusedAfter(QUICK);
    passes(Pace.CALM_AFTER.minusMillis(1));
    pace.rest(now);
    assertThat(pace.isCalm()).isFalse();
    passes(Duration.ofMillis(1));
    pace.rest(now);
    assertThat(pace.isCalm()).isTrue();
    assertThat(pace.rate()).isEqualTo(Pace.UNLIMITED);
  }
}
