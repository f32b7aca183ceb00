package io.baton.testkit;

import java.time.LocalDate;
import java.time.ZoneOffset;
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
    return LONG ? cases : everyNth(nth, 0, cases);
  }

  /**
   * Every other case in the profile {@code campaign}, the even ones on one day and the odd ones on
   * the next; all if a system property is {@code all}; else every nth.
   */
  public static <T> Stream<T> everyOther(String property, int nth, Stream<T> cases) {
    if ("all".equals(System.getProperty(property))) {
      return cases;
    }
    int odd = (int) (LocalDate.now(ZoneOffset.UTC).toEpochDay() % 2);
    return LONG ? everyNth(2, odd, cases) : everyNth(nth, 0, cases);
  }

  private static <T> Stream<T> everyNth(int nth, int first, Stream<T> cases) {
    int[] index = {0};
    return cases.sequential().filter(one -> index[0]++ % nth == first);
  }
}
