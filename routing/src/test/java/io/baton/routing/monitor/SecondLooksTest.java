package io.baton.routing.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When an address is looked at on a new connection, on stepped time. */
class SecondLooksTest {

  private static final Duration REFRESH = Duration.ofSeconds(5);
  private static final Duration STEP = Duration.ofMillis(10);

  private final Random random = new Random(17);
  private final SecondLooks looks = new SecondLooks(() -> random, REFRESH);
  private long now = Long.MAX_VALUE - Duration.ofSeconds(3).toNanos(); // About to overflow.

  private int looksWithin(Duration time, boolean likely) {
    int count = 0;
    for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(STEP)) {
      if (looks.isDue(now, likely)) {
        count++;
      }
      now += STEP.toNanos();
    }
    return count;
  }

  @Test
  void addressThatLedToTheWriter_isLookedAtAtOnce_andThenAboutOnceASecond() {
    looks.begin(now);
    assertThat(looks.isDue(now, true)).isTrue();
    assertThat(looksWithin(Duration.ofMillis(900), true)).isBetween(3, 7);
    assertThat(looksWithin(Duration.ofSeconds(10), true)).isBetween(9, 21);
  }

  @Test
  void otherAddress_isLookedAtAfterASecond_andThenSeldom() {
    looks.begin(now);
    assertThat(looksWithin(Duration.ofMillis(990), false)).isZero();
    assertThat(looksWithin(Duration.ofMillis(2100), false)).isBetween(1, 3);
    assertThat(looksWithin(Duration.ofSeconds(20), false)).isBetween(4, 12);
  }

  @Test
  void firstLooksElsewhere_ofAFleetThatLostTheSameWriter_areSpread() {
    Set<Integer> steps = new HashSet<>();
    for (int program = 0; program < 100; program++) {
      looks.begin(now);
      int step = 0;
      for (; !looks.isDue(now, false); step++) {
        now += STEP.toNanos();
      }
      steps.add(step);
    }
    assertThat(steps).hasSizeGreaterThan(50);
  }

  @Test
  void nextLossOfAWriter_beginsAnew() {
    looks.begin(now);
    looksWithin(Duration.ofSeconds(30), true);
    looks.begin(now);
    assertThat(looks.isDue(now, true)).isTrue();
  }
}
