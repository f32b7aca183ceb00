package io.baton.jdbc.options;

import java.util.regex.Pattern;

/** A whole number within a range. */
final class IntegerType implements OptionType<Integer> {

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  private final int atLeast;
  private final int atMost;

  private IntegerType(int atLeast, int atMost) {
    this.atLeast = atLeast;
    this.atMost = atMost;
  }

  static IntegerType integer(int atLeast, int atMost) {
    return new IntegerType(atLeast, atMost);
  }

  @Override
  public Integer parse(String text) throws MalformedValueException {
    if (!NUMBER.matcher(text).matches()) {
      throw new MalformedValueException("it is not a whole number.");
    }
    int number = Integer.parseInt(text);
    if (number < atLeast || number > atMost) {
      throw new MalformedValueException("it is out of range.");
    }
    return number;
  }

  @Override
  public String format(Integer value) {
    return value.toString();
  }

  @Override
  public String description() {
    return "a whole number from " + atLeast + " to " + atMost;
  }
}
