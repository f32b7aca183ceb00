package io.baton.jdbc.options;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Rules, of which the first counts that fits: {@code application:nightly-*=batch;user:bi=reports}.
 */
final class SourceRulesType implements OptionType<List<SourceRule>> {

  private static final List<String> SOURCES =
      Arrays.stream(SourceRule.Source.values()).map(SourceRule.Source::toString).toList();

  @Override
  public List<SourceRule> parse(String text) throws MalformedValueException {
    List<SourceRule> rules = new ArrayList<>();
    if (text.isBlank()) {
      return List.of();
    }
    for (String entry : text.split(";", -1)) {
      rules.add(parseOne(entry.strip(), "rule " + (rules.size() + 1)));
    }
    return List.copyOf(rules);
  }

  private static SourceRule parseOne(String entry, String which) throws MalformedValueException {
    int colon = entry.indexOf(':');
    int equals = entry.lastIndexOf('=');
    if (colon < 0 || equals < colon) {
      throw new MalformedValueException(which + " is not of the form source:name=group.");
    }
    SourceRule.Source source = source(entry.substring(0, colon).strip(), which);
    String wanted = entry.substring(colon + 1, equals).strip();
    if (wanted.isEmpty()) {
      throw new MalformedValueException(which + " wants no name; * fits every one.");
    }
    int star = wanted.indexOf('*');
    if (star >= 0 && star < wanted.length() - 1) {
      throw new MalformedValueException(which + " has a * that is not the last sign of the name.");
    }
    String group = entry.substring(equals + 1).strip();
    if (group.isEmpty()) {
      throw new MalformedValueException(which + " names no group.");
    }
    return new SourceRule(source, wanted, group);
  }

  private static SourceRule.Source source(String name, String which)
      throws MalformedValueException {
    for (SourceRule.Source source : SourceRule.Source.values()) {
      if (source.toString().equals(name)) {
        return source;
      }
    }
    throw new MalformedValueException(
        which
            + " is of no source that there is: application, user, or database. Did you mean "
            + Nearest.of(name, SOURCES)
            + "?");
  }

  @Override
  public String format(List<SourceRule> value) {
    return value.stream().map(SourceRule::toString).collect(Collectors.joining(";"));
  }

  @Override
  public String description() {
    return "rules such as application:nightly-*=batch;user:bi=reports;database:dwh=reports";
  }
}
