package io.baton.jdbc.options;

/** {@code none}, a duration, or a number of bytes; either with its unit, which tells them apart. */
final class MaxLagType implements OptionType<MaxLag> {

  private static final String NONE = "none";

  @Override
  public MaxLag parse(String text) throws MalformedValueException {
    if (text.equals(NONE)) {
      return MaxLag.NONE;
    }
    if (text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new MalformedValueException(
          "the unit is missing, as in " + text + "s or " + text + "KiB");
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
