package io.baton.jdbc.options;

import java.util.regex.Pattern;

/** {@code none}, a duration, or a number of bytes; either with its unit, which tells them apart. */
final class MaxLagType implements OptionType<MaxLag> {

  private static final String NONE = "none";
  private static final Pattern PLAIN_NUMBER = Pattern.compile("0*[1-9][0-9]*");

  @Override
  public MaxLag parse(String text) throws MalformedValueException {
    if (text.equals(NONE)) {
      return MaxLag.NONE;
    }
    if (PLAIN_NUMBER.matcher(text).matches()) {
      throw new MalformedValueException(
          "the unit is missing, as in " + text + "s or " + text + "KiB.");
    }
    if (text.endsWith("B")) {
      return new MaxLag.InBytes(ByteSizeType.parseWithUnit(text));
    }
    return new MaxLag.InTime(DurationType.parseUnbounded(text));
  }

  @Override
  public String format(MaxLag value) {
    if (value instanceof MaxLag.InTime time) {
      return DurationType.text(time.atMost());
    }
    if (value instanceof MaxLag.InBytes bytes) {
      return ByteSizeType.text(bytes.atMost());
    }
    return NONE;
  }

  @Override
  public String description() {
    return "none, a duration such as 500ms, or bytes such as 16MiB";
  }
}
