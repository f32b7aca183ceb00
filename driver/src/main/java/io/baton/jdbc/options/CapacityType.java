package io.baton.jdbc.options;

/** {@code adaptive}, which is 0, or a number of logins in a second. */
final class CapacityType implements OptionType<Integer> {

  static final int ADAPTIVE = 0;

  private static final String ADAPTIVE_TEXT = "adaptive";
  private static final IntegerType LOGINS = IntegerType.integer(1, 1_000_000);

  @Override
  public Integer parse(String text) throws MalformedValueException {
    return text.equals(ADAPTIVE_TEXT) ? ADAPTIVE : LOGINS.parse(text);
  }

  @Override
  public String format(Integer value) {
    return value == ADAPTIVE ? ADAPTIVE_TEXT : LOGINS.format(value);
  }

  @Override
  public String description() {
    return ADAPTIVE_TEXT + ", or " + LOGINS.description();
  }
}
