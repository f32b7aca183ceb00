package io.baton.jdbc.options;

import java.util.Locale;

/**
 * A rule that says which group of endpoints the sessions of a source read from ({@code
 * baton.rules}).
 *
 * @param source what of a session is looked at
 * @param wanted what it has to be; with {@code *} at the end, what it has to begin with
 * @param group the name of the group
 */
public record SourceRule(Source source, String wanted, String group) {

  /** What of a session a rule looks at. */
  public enum Source {
    /** The name of the application, as the connection is opened with it. */
    APPLICATION,
    /** The user that logs in. */
    USER,
    /** The database. */
    DATABASE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether a source is the one that is wanted. */
  boolean matches(String actual) {
    return wanted.endsWith("*")
        ? actual.startsWith(wanted.substring(0, wanted.length() - 1))
        : actual.equals(wanted);
  }

  /** {@code source:wanted=group}. */
  @Override
  public String toString() {
    return source + ":" + wanted + "=" + group;
  }
}
