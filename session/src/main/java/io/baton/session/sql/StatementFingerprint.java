package io.baton.session.sql;

import java.util.Locale;

/**
 * A text of SQL without what differs from call to call: constants and parameters become {@code ?},
 * lists of them one {@code ?}, comments and needless space are removed, words are in lower case. It
 * contains no data, so it may be logged.
 */
public final class StatementFingerprint {

  private static final int LONGEST = 300;

  private StatementFingerprint() {}

  /** Returns the fingerprint of a text; a long one is cut off. */
  public static String of(String sql) {
    String text = of(SqlLexer.lex(sql, true), LONGEST);
    return text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
  }

  /**
   * Returns the whole fingerprint of a text.
   *
   * @param standardConformingStrings whether backslashes in plain strings are plain: read in the
   *     other way, a part of a string would not be seen to be one
   */
  static String whole(String sql, boolean standardConformingStrings) {
    return of(SqlLexer.lex(sql, standardConformingStrings), Integer.MAX_VALUE);
  }

  private static String of(Tokens tokens, int enough) {
    StringBuilder text = new StringBuilder();
    for (int index = 0; index < tokens.count() && text.length() < enough; index++) {
      String part = part(tokens, index);
      int length = text.length();
      boolean listed = part.equals("?") && length >= 3 && text.indexOf("?, ", length - 3) >= 0;
      if (listed) {
        text.setLength(length - 2);
        continue;
      }
      boolean glued =
          length == 0
              || part.equals(",")
              || part.equals(")")
              || part.equals(";")
              || part.equals(".")
              || text.charAt(length - 1) == '('
              || text.charAt(length - 1) == '.'
              || text.charAt(length - 1) == ' ';
      text.append(glued ? "" : " ").append(part).append(part.equals(",") ? " " : "");
    }
    return text.toString();
  }

  /** At most how many characters the fingerprint of a text has. */
  static int longestOf(String sql) {
    return Math.min(sql.length(), LONGEST);
  }

  private static String part(Tokens tokens, int index) {
    return switch (tokens.kind(index)) {
      case WORD -> tokens.raw(index).toLowerCase(Locale.ROOT);
      case STRING,
          ESCAPE_STRING,
          UNICODE_STRING,
          BIT_STRING,
          DOLLAR_STRING,
          NUMBER,
          PLACEHOLDER,
          NUMBERED_PARAMETER ->
          "?";
      default -> tokens.raw(index);
    };
  }
}
