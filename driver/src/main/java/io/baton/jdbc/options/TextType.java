package io.baton.jdbc.options;

/** Any text. */
final class TextType implements OptionType<String> {

  @Override
  public String parse(String text) {
    return text;
  }

  @Override
  public String format(String value) {
    return value;
  }

  @Override
  public String description() {
    return "text";
  }
}
