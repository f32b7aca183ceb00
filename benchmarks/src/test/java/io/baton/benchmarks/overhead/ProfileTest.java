package io.baton.benchmarks.overhead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProfileTest {

  private static final Block BARE = new Block(4_000_000, 1_000_000, 0);
  private static final Block WRAPPED = new Block(3_000_000, 750_000, 0);
  private static final Samples SAMPLES = new Samples(8, 5, 3, Map.of("A.a", 1, "B.b", 2));

  private static Profile profile() {
    return Profile.of(
        "baton", Operation.STATEMENT, 1000, BARE, WRAPPED, SAMPLES, Duration.ofMillis(10));
  }

  @Test
  void pgjdbc_hasTwoTurnsOfThree() {
    assertThat(profile().bareTime()).isCloseTo(2, within(1e-9));
    assertThat(profile().wrappedTime()).isCloseTo(3, within(1e-9));
    assertThat(profile().bareDriver()).isCloseTo(40, within(1e-9));
    assertThat(profile().wrappedDriver()).isCloseTo(50, within(1e-9));
    assertThat(profile().wrapper()).isCloseTo(30, within(1e-9));
    assertThat(profile().samples()).isEqualTo(16);
  }

  @Test
  void methods_beginWithTheOneThatTakesMost() {
    assertThat(profile().methods().keySet()).containsExactly("B.b", "A.a");
  }

  @Test
  void line_isReadAsItWasWritten() {
    assertThat(Profile.parse(profile().line())).isEqualTo(profile());
  }
}
