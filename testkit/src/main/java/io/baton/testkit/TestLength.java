package io.baton.testkit;

import java.util.stream.Stream;

/**
 * The length of tests that can be of any length: a few seconds in every build, minutes in Maven's
 * profile {@code campaign}, and as long as a property of the test says.
 *
 * <p>Thread-safe, as it has no state.
 */
public final class TestLength {
  /** Set by the profile {@code campaign}. */
  private static final boolean LONG = Boolean.getBoolean("baton.test.long");

  private TestLength() {}

  /**
   * How often a test does what it repeats.
   *
   * @param property the name of a system property that takes precedence
   * @param inShort the number in every build
   * @param inLong the number in the profile {@code campaign}
   */
  public static int of(String property, int inShort, int inLong) {
    return Integer.getInteger(property, LONG ? inLong : inShort);
  }

  /**
   * All cases in the profile {@code campaign}, else every nth of them, beginning with the first.
   */
  public static <T> Stream<T> everyNth(int nth, Stream<T> cases) {
    if (LONG) {
      return cases;
    }
    int[] index = {0};
    return cases.sequential().filter(one -> index[0]++ % nth == 0);
  }
}
