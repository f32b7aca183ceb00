package io.baton.jdbc.options;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A duration: a whole number and its unit, {@code ms}, {@code s}, {@code m} (or {@code min}),
 * {@code h} or {@code d}; {@code 0} needs no unit. A plain number is refused: pgjdbc counts some of
 * its options in seconds and others in milliseconds, so the unit of a plain 30 is not clear.
 */
final class DurationType implements OptionType<Duration> {

  private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9]{1,12})(ms|s|m|min|h|d)");
  private static final Pattern PLAIN_NUMBER = Pattern.compile("[0-9]{1,12}");

  private final Duration atLeast;
  private final Duration atMost;
  private final boolean zeroAllowed;
  private final String zeroMeans;
  private final String example;

  private DurationType(
      Duration atLeast, Duration atMost, boolean zeroAllowed, String zeroMeans, String example) {
    this.atLeast = atLeast;
    this.atMost = atMost;
    this.zeroAllowed = zeroAllowed;
    this.zeroMeans = zeroMeans;
    this.example = example;
  }

  static DurationType duration(Duration atLeast, Duration atMost, String example) {
    return new DurationType(atLeast, atMost, false, "", example);
  }

  /** The same, with {@code 0} as a further value of its own. */
  DurationType orZero(String meaning) {
    return new DurationType(atLeast, atMost, true, meaning, example);
  }

  @Override
  public Duration parse(String text) throws MalformedValueException {
    Duration duration = parseUnbounded(text);
    if (duration.isZero() && zeroAllowed) {
      return duration;
    }
    if (duration.compareTo(atLeast) < 0) {
      throw new MalformedValueException("it is less than " + format(atLeast) + ".");
    }
    if (duration.compareTo(atMost) > 0) {
      throw new MalformedValueException("it is more than " + format(atMost) + ".");
    }
    return duration;
  }

  /** A duration of any length. */
  static Duration parseUnbounded(String text) throws MalformedValueException {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    Matcher matcher = NUMBER_AND_UNIT.matcher(text);
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(number);
        case "s" -> Duration.ofSeconds(number);
        case "m", "min" -> Duration.ofMinutes(number);
        case "h" -> Duration.ofHours(number);
        default -> Duration.ofDays(number);
      };
    }
    if (PLAIN_NUMBER.matcher(text).matches()) {
      throw new MalformedValueException(
          "the unit is missing, as in " + text + "s or " + text + "ms.");
    }
    throw new MalformedValueException("it is not a duration.");
  }

  @Override
  public String format(Duration value) {
    return text(value);
  }

  /** The shortest way to write a duration. */
  static String text(Duration value) {
    long millis = value.toMillis();
    if (millis == 0) {
      return "0";
    }
    if (millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    if (seconds % 86_400 == 0) {
      return seconds / 86_400 + "d";
    }
    if (seconds % 3600 == 0) {
      return seconds / 3600 + "h";
    }
    // Minutes from two on: 60s is what people write.
    if (seconds % 60 == 0 && seconds > 60) {
      return seconds / 60 + "m";
    }
    return seconds + "s";
  }

  @Override
  public String description() {
    String range =
        "a duration from " + format(atLeast) + " to " + format(atMost) + ", such as " + example;
    return zeroAllowed ? range + "; 0 " + zeroMeans : range;
  }
}
