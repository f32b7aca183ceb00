package io.baton.routing.select;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one need. */
final class NeedParser {

  private static final String TAG = "tag:";
  private static final String VERSION = "version";
  private static final String CORES = "cores";

  private static final Pattern NEED =
      Pattern.compile("(?<name>[^<>=!~\\s]*)\\s*(?:(?<sign>[<>=!~]+)\\s*(?<value>.*))?");

  private static final Pattern TAGGED = Pattern.compile("(?<name>[^=\\s]+)(?:=(?<value>\\S+))?");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+");

  private final String text;
  private final int number;

  private NeedParser(String text, int number) {
    this.text = text;
    this.number = number;
  }

  /**
   * Reads it.
   *
   * @param number its place among the others, for people
   * @throws IllegalArgumentException if it is none
   */
  static Need parse(String text, int number) {
    return new NeedParser(text, number).parse();
  }

  private Need parse() {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("need " + number + " is empty");
    }
    if (text.startsWith(TAG)) {
      return tag(text.substring(TAG.length()));
    }
    Matcher matcher = NEED.matcher(text);
    if (!matcher.matches() || !NAME.matcher(matcher.group("name")).matches()) {
      throw malformed(
          "does not begin with version, max_connections, shared_buffers, work_mem, tag: or the"
              + " name of an extension");
    }
    String name = matcher.group("name");
    String sign = matcher.group("sign");
    Comparison comparison = sign == null ? null : comparison(sign);
    String value = sign == null ? "" : matcher.group("value").strip();
    if (name.equals(CORES)) {
      throw malformed(
          "asks for what no PostgreSQL server tells: give its endpoint a tag, and need that");
    }
    NumericSetting setting = NumericSetting.named(name);
    if (name.equals(VERSION) || setting != null) {
      String example = setting == null ? "17" : setting.example();
      if (comparison == null) {
        throw malformed("says nothing of its value, such as " + name + ">=" + example);
      }
      return setting == null
          ? new Need.OfVersion(comparison, version(value, "17 or 17.4"))
          : new Need.OfSetting(setting, comparison, number(setting, value));
    }
    return new Need.OfExtension(
        name, comparison, comparison == null ? null : version(value, "3.4"));
  }

  private Comparison comparison(String sign) {
    for (Comparison one : Comparison.values()) {
      if (one.toString().equals(sign)) {
        return one;
      }
    }
    throw malformed("has " + sign + " where >=, <=, >, < or = should be");
  }

  private DottedNumber version(String value, String example) {
    DottedNumber version = DottedNumber.parse(value);
    if (version == null) {
      throw malformed("has \"" + value + "\" where a version such as " + example + " should be");
    }
    return version;
  }

  private long number(NumericSetting setting, String value) {
    Long parsed = setting.parse(value);
    if (parsed == null) {
      throw malformed(
          "has \"" + value + "\" where a value such as " + setting.example() + " should be");
    }
    return parsed;
  }

  private Need tag(String tag) {
    Matcher matcher = TAGGED.matcher(tag);
    if (!matcher.matches()) {
      throw malformed("is no tag, such as tag:large or tag:size=large");
    }
    return new Need.OfTag(matcher.group("name"), matcher.group("value"));
  }

  private IllegalArgumentException malformed(String why) {
    return new IllegalArgumentException("need " + number + ", \"" + text + "\", " + why);
  }
}
