package io.baton.session.sql;

import java.util.Set;

/**
 * Tells functions that set one setting, whose name is an argument of theirs as it is: a wrapper of
 * {@code set_config}. Who calls one with a constant, or a bound value, names the setting.
 *
 * <p>The argument. The name is one word, which stands nowhere else in the source. It is a parameter
 * of the function, then: a variable would have to be declared, and a column come from somewhere,
 * and the words for both are not in the source. Nor is it changed ahead, for that would name it
 * once more.
 */
final class PassedName {

  /** Words by which a name could come from elsewhere, or code be run that is not seen here. */
  private static final Set<String> ELSEWHERE =
      Set.of(
          "alias",
          "call",
          "copy",
          "cursor",
          "declare",
          "delete",
          "do",
          "execute",
          "fetch",
          "for",
          "foreach",
          "from",
          "insert",
          "into",
          "join",
          "lateral",
          "loop",
          "merge",
          "move",
          "open",
          "reset",
          "returning",
          "set",
          "table",
          "update",
          "using",
          "values",
          "with");

  /** Variables that PL/pgSQL declares by itself. */
  private static final Set<String> OF_THE_LANGUAGE = Set.of("found", "sqlerrm", "sqlstate");

  private PassedName() {}

  /** Returns whether that is so. */
  static boolean isIn(String source) {
    Tokens tokens = SqlLexer.lex(source, true);
    int call = -1;
    for (int index = 0; index < tokens.count(); index++) {
      if (tokens.kind(index) == TokenKind.WORD && ELSEWHERE.contains(tokens.word(index))) {
        return false;
      }
      boolean isCall = tokens.isName(index) && tokens.isMark(index + 1, '(');
      if (isCall && tokens.identifier(index).equals("set_config")) {
        if (call >= 0) {
          return false;
        }
        call = index;
      }
    }
    return call >= 0 && tokens.isMark(call + 3, ',') && isParameter(tokens, call + 2);
  }

  private static boolean isParameter(Tokens tokens, int at) {
    TokenKind kind = tokens.kind(at);
    if (kind == TokenKind.NUMBERED_PARAMETER) {
      return isOnce(tokens, at);
    }
    if (kind != TokenKind.WORD) {
      return false;
    }
    String name = tokens.identifier(at);
    return !Keywords.isReserved(name) && !OF_THE_LANGUAGE.contains(name) && isOnce(tokens, at);
  }

  /** Whether the token stands nowhere else, in whatever case or quotes. */
  private static boolean isOnce(Tokens tokens, int at) {
    String text = text(tokens, at);
    for (int index = 0; index < tokens.count(); index++) {
      if (index != at && text(tokens, index).equals(text)) {
        return false;
      }
    }
    return true;
  }

  private static String text(Tokens tokens, int index) {
    return tokens.isName(index) ? tokens.identifier(index) : tokens.raw(index);
  }
}
