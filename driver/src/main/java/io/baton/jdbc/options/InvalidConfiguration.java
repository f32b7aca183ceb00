package io.baton.jdbc.options;

import java.sql.SQLException;
import java.sql.SQLNonTransientException;

/**
 * The exceptions for what an application says wrongly. They name what is wrong and what would be
 * right, and never show a secret.
 *
 * <p>A mistake is a {@link SQLNonTransientException} with SQLState 22023 (invalid parameter value),
 * the state that pgjdbc gives for its own options: trying again cannot help, and a state of class
 * 08 would tell pools and applications that a server was lost.
 */
final class InvalidConfiguration {

  static final String INVALID_PARAMETER_VALUE = "22023";

  private static final int LONGEST_SHOWN = 60;

  private InvalidConfiguration() {}

  static SQLException mistake(String message) {
    return new SQLNonTransientException(message, INVALID_PARAMETER_VALUE);
  }

  /**
   * The value as far as it may be shown. A value may have swallowed a password by a slip of
   * punctuation ({@code auto?password=secret}, {@code https://user:secret@host}), so nothing is
   * shown past a character that separates, and nothing at all before an {@code @}.
   */
  static String shown(String value) {
    if (value.indexOf('@') >= 0) {
      return "(not shown)";
    }
    int end = 0;
    while (end < value.length()
        && end < LONGEST_SHOWN
        && "?&;=% \t\r\n\"'".indexOf(value.charAt(end)) < 0) {
      end++;
    }
    return end == value.length() ? value : value.substring(0, end) + "...";
  }
}
