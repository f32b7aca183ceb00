package io.baton.session.sql;

import java.math.BigInteger;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The values in SET, joined into one text as the server joins them ({@code
 * flatten_set_variable_args}), so that {@code set_config(name, text, false)} sets the same.
 */
final class SettingValues {
  private SettingValues() {}

  /** The values up to the end of the statement; hidden where one is not a constant. */
  static Argument list(StatementReader reader, String name) {
    StringJoiner joined = new StringJoiner(", ");
    do {
      boolean isNumber =
          reader.tokens.kind(reader.at) == TokenKind.NUMBER
              || reader.isMark('-')
              || reader.isMark('+');
      String value = isNumber ? number(reader) : text(reader);
      if (value == null) {
        return hidden(reader);
      }
      joined.add(
          SettingNames.isIdentifierList(name) && !isNumber ? SqlQuoting.identifier(value) : value);
    } while (reader.acceptMark(','));
    return new Argument.Text(joined.toString());
  }

  private static Argument hidden(StatementReader reader) {
    reader.at = reader.end;
    return Argument.HIDDEN;
  }

  private static @Nullable String text(StatementReader reader) {
    String constant = reader.string();
    return constant != null ? constant : reader.name();
  }

  private static @Nullable String number(StatementReader reader) {
    boolean negative = reader.acceptMark('-');
    if (!negative) {
      reader.acceptMark('+');
    }
    if (reader.isDone() || reader.tokens.kind(reader.at) != TokenKind.NUMBER) {
      return null;
    }
    String digits = reader.tokens.raw(reader.at++);
    if (digits.chars().allMatch(c -> c >= '0' && c <= '9') && digits.length() <= 18) {
      // The server reads an integer and writes it again.
      digits = new BigInteger(digits).toString();
    }
    return negative ? "-" + digits : digits;
  }

  /** The value of SET TIME ZONE. */
  static Argument timeZone(StatementReader reader) {
    if (reader.accept("local") || reader.accept("default")) {
      return Argument.NULL;
    }
    if (!reader.isWord("interval")) {
      return list(reader, "timezone");
    }
    reader.at++;
    if (reader.isMark('(')) {
      reader.at = reader.afterParentheses(reader.at);
    }
    String interval = reader.string();
    if (interval == null) {
      return hidden(reader);
    }
    // What may follow (HOUR TO MINUTE) does not change what "+01:30" means.
    boolean plain = reader.isDone() || reader.acceptAll("hour", "to", "minute");
    reader.at = reader.end;
    return plain && interval.indexOf('\'') < 0
        ? new Argument.Text("INTERVAL '" + interval + "'")
        : Argument.HIDDEN;
  }
}
