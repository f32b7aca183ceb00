package io.baton.jdbc.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Names of settings of the application's own, separated by commas: each has a dot in it. */
final class SettingNamesType implements OptionType<List<String>> {

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][\\w$]*(?:\\.[A-Za-z_][\\w$]*)+");

  @Override
  public List<String> parse(String text) throws MalformedValueException {
    if (text.isBlank()) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    for (String entry : text.split(",", -1)) {
      String name = entry.strip();
      if (!NAME.matcher(name).matches()) {
        throw new MalformedValueException(
            "'" + name + "' is no name of a setting of one's own, such as app.tenant.");
      }
      names.add(name.toLowerCase(Locale.ROOT));
    }
    return List.copyOf(names);
  }

  @Override
  public String format(List<String> value) {
    return String.join(",", value);
  }

  @Override
  public String description() {
    return "names separated by commas, such as app.tenant,app.user";
  }
}
