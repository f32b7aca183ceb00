package io.baton.jdbc.options;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes: a whole number, alone or with a unit; {@code KiB}, {@code MiB}, {@code GiB}
 * are powers of 1024, {@code kB}, {@code MB}, {@code GB} powers of 1000.
 */
final class ByteSizeType implements OptionType<Long> {

  private static final Pattern NUMBER_AND_UNIT =
      Pattern.compile("([0-9]{1,15})(B|kB|KB|KiB|MB|MiB|GB|GiB)");
  private static final Pattern PLAIN_NUMBER = Pattern.compile("[0-9]{1,18}");

  private final long atLeast;
  private final long atMost;

  private ByteSizeType(long atLeast, long atMost) {
    this.atLeast = atLeast;
    this.atMost = atMost;
  }

  static ByteSizeType bytes(long atLeast, long atMost) {
    return new ByteSizeType(atLeast, atMost);
  }

  @Override
  public Long parse(String text) throws MalformedValueException {
    long bytes = PLAIN_NUMBER.matcher(text).matches() ? Long.parseLong(text) : parseWithUnit(text);
    if (bytes < atLeast) {
      throw new MalformedValueException("it is less than " + text(atLeast) + ".");
    }
    if (bytes > atMost) {
      throw new MalformedValueException("it is more than " + text(atMost) + ".");
    }
    return bytes;
  }

  /** Any number of bytes, written with its unit. */
  static long parseWithUnit(String text) throws MalformedValueException {
    Matcher matcher = NUMBER_AND_UNIT.matcher(text);
    if (!matcher.matches()) {
      throw new MalformedValueException("it is not a number of bytes.");
    }
    long number = Long.parseLong(matcher.group(1));
    long unit =
        switch (matcher.group(2)) {
          case "B" -> 1;
          case "kB", "KB" -> 1000;
          case "KiB" -> 1 << 10;
          case "MB" -> 1_000_000;
          case "MiB" -> 1 << 20;
          case "GB" -> 1_000_000_000;
          default -> 1 << 30;
        };
    if (number > Long.MAX_VALUE / unit) {
      throw new MalformedValueException("it is too large a number of bytes.");
    }
    return number * unit;
  }

  @Override
  public String format(Long value) {
    return text(value);
  }

  /** The shortest way to write a number of bytes with its unit. */
  static String text(long bytes) {
    if (bytes != 0 && bytes % (1L << 30) == 0) {
      return (bytes >> 30) + "GiB";
    }
    if (bytes != 0 && bytes % (1L << 20) == 0) {
      return (bytes >> 20) + "MiB";
    }
    if (bytes != 0 && bytes % (1L << 10) == 0) {
      return (bytes >> 10) + "KiB";
    }
    return bytes + "B";
  }

  @Override
  public String description() {
    return "bytes from " + text(atLeast) + " to " + text(atMost) + ", such as 1MiB or 512KiB";
  }
}
