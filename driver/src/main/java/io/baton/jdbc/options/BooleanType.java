package io.baton.jdbc.options;

import java.util.List;

/** Yes or no, written {@code true} or {@code false}. */
final class BooleanType implements OptionType<Boolean> {

  private static final List<String> CHOICES = List.of("true", "false");

  @Override
  public Boolean parse(String text) throws MalformedValueException {
    if (!CHOICES.contains(text)) {
      throw new MalformedValueException("it is neither true nor false.");
    }
    return Boolean.valueOf(text);
  }

  @Override
  public String format(Boolean value) {
    return value.toString();
  }

  @Override
  public String description() {
    return "true or false";
  }

  @Override
  public List<String> choices() {
    return CHOICES;
  }
}
