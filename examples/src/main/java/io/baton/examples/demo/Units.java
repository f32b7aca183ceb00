package io.baton.examples.demo;

import java.util.Locale;

/** How times and counts are written for people, the same in the terminal and in the report. */
final class Units {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_SECOND = 1e9;

  private Units() {}

  /** A duration in the unit that suits it: {@code 0.8 ms}, {@code 74 ms}, {@code 1.32 s}. */
  static String duration(long nanos) {
    double millis = nanos / NANOS_PER_MILLI;
    if (millis < 9.95) {
      return String.format(Locale.ROOT, "%.1f ms", millis);
    }
    if (millis < 999.5) {
      return String.format(Locale.ROOT, "%.0f ms", millis);
    }
    return String.format(Locale.ROOT, "%.2f s", seconds(nanos));
  }

  static double seconds(long nanos) {
    return nanos / NANOS_PER_SECOND;
  }

  /** A count with its thousands set apart: {@code 12,345}. */
  static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** A count and what is counted: {@code 1 error}, {@code 2 errors}. */
  static String counted(long count, String noun) {
    return counted(count, noun, noun + "s");
  }

  /** The same for a noun whose plural is not made by an s. */
  static String counted(long count, String noun, String plural) {
    return count(count) + " " + (count == 1 ? noun : plural);
  }
}
