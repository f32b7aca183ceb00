package io.baton.jdbc.options;

import io.baton.routing.select.Needs;

/** What readers must have: {@code version>=17,postgis,tag:large}. */
final class NeedsType implements OptionType<Needs> {

  @Override
  public Needs parse(String text) throws MalformedValueException {
    try {
      return Needs.parse(text);
    } catch (IllegalArgumentException malformed) {
      throw new MalformedValueException(malformed.getMessage() + ".");
    }
  }

  @Override
  public String format(Needs value) {
    return value.toString();
  }

  @Override
  public String description() {
    return "versions, settings, extensions and tags, such as"
        + " version>=17,shared_buffers>=8GB,postgis>=3.4,tag:large";
  }
}
