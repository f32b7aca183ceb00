package io.baton.session.sql;

/**
 * Cuts a text into tokens as PostgreSQL's own scanner does, {@code ?} being a parameter and {@code
 * ??} an operator as in JDBC.
 *
 * <p>The rules are those of the PostgreSQL manual, section "Lexical Structure": comments nest; a
 * string goes on after white space with a line break; a backslash escapes in {@code E''} always and
 * in plain strings where standard_conforming_strings is off; an operator ends where a comment
 * begins, and does not end in + or - unless it has one of a few characters; a dollar sign inside of
 * an identifier belongs to it. Something left open at the end of the text ends there. Each
 * character is looked at a bounded number of times.
 */
final class SqlLexer {
  private static final String OPERATOR_CHARACTERS = "~!@#^&|`?+-*/%<>=";
  private static final String CHARACTERS_THAT_KEEP_A_SIGN = "~!@#^&|`?%";

  private final String text;
  private final int length;
  private final boolean standardConformingStrings;
  private final Tokens tokens;
  private int position;

  private SqlLexer(String text, boolean standardConformingStrings) {
    this.text = text;
    this.length = text.length();
    this.standardConformingStrings = standardConformingStrings;
    this.tokens = new Tokens(text);
  }

  /** The tokens of a text, without white space and comments. */
  static Tokens lex(String text, boolean standardConformingStrings) {
    SqlLexer lexer = new SqlLexer(text, standardConformingStrings);
    while (lexer.position < lexer.length) {
      lexer.next();
    }
    return lexer.tokens;
  }

  private void next() {
    char c = text.charAt(position);
    if (isSpace(c)) {
      position++;
    } else if (startsComment(position)) {
      comment();
    } else if (isIdentifierStart(c)) {
      wordOrPrefixedString(c);
    } else if (isDigit(c) || (c == '.' && isDigit(at(position + 1)))) {
      number();
    } else {
      punctuation(c);
    }
  }

  private void punctuation(char c) {
    switch (c) {
      case '\'' ->
          string(
              standardConformingStrings ? TokenKind.STRING : TokenKind.ESCAPE_STRING,
              position,
              position + 1);
      case '"' -> quotedIdentifier(TokenKind.QUOTED_IDENTIFIER, position, position + 1);
      case '$' -> dollar();
      case '(', ')', '[', ']', ',', ';', '{', '}' -> add(TokenKind.SYMBOL, 1);
      case '.' -> add(TokenKind.SYMBOL, at(position + 1) == '.' ? 2 : 1);
      case ':' -> add(TokenKind.SYMBOL, at(position + 1) == ':' || at(position + 1) == '=' ? 2 : 1);
      default -> {
        if (c == '?' && at(position + 1) != '?') {
          add(TokenKind.PLACEHOLDER, 1);
        } else if (OPERATOR_CHARACTERS.indexOf(c) >= 0) {
          operator();
        } else {
          add(TokenKind.OTHER, 1);
        }
      }
    }
  }

  private void add(TokenKind kind, int width) {
    tokens.add(kind, position, position + width);
    position += width;
  }

  private char at(int index) {
    return index < length ? text.charAt(index) : '\0';
  }

  private boolean startsComment(int index) {
    char c = text.charAt(index);
    return (c == '-' && at(index + 1) == '-') || (c == '/' && at(index + 1) == '*');
  }

  private void comment() {
    int start = position;
    position = endOfComment(position);
    if (start + 2 < length && text.charAt(start + 2) == '+' && text.charAt(start) == '/') {
      tokens.addHint(start + 3, position);
    }
  }

  private int endOfComment(int start) {
    if (text.charAt(start) == '-') {
      int index = start + 2;
      while (index < length && text.charAt(index) != '\n' && text.charAt(index) != '\r') {
        index++;
      }
      return index;
    }
    int depth = 1;
    int index = start + 2;
    while (index < length) {
      char c = text.charAt(index);
      if (c == '*' && at(index + 1) == '/') {
        index += 2;
        if (--depth == 0) {
          return index;
        }
      } else if (c == '/' && at(index + 1) == '*') {
        index += 2;
        depth++;
      } else {
        index++;
      }
    }
    return length;
  }

  private void wordOrPrefixedString(char first) {
    char second = at(position + 1);
    if (second == '\'') {
      switch (first) {
        case 'e', 'E' -> {
          string(TokenKind.ESCAPE_STRING, position, position + 2);
          return;
        }
        case 'b', 'B', 'x', 'X' -> {
          string(TokenKind.BIT_STRING, position, position + 2);
          return;
        }
        case 'n', 'N' -> {
          string(
              standardConformingStrings ? TokenKind.STRING : TokenKind.ESCAPE_STRING,
              position,
              position + 2);
          return;
        }
        default -> {}
      }
    } else if ((first == 'u' || first == 'U') && second == '&') {
      char third = at(position + 2);
      if (third == '\'') {
        string(TokenKind.UNICODE_STRING, position, position + 3);
        return;
      }
      if (third == '"') {
        quotedIdentifier(TokenKind.UNICODE_IDENTIFIER, position, position + 3);
        return;
      }
    }
    int index = position + 1;
    while (index < length && isIdentifierPart(text.charAt(index))) {
      index++;
    }
    add(TokenKind.WORD, index - position);
  }

  private void string(TokenKind kind, int start, int content) {
    boolean escapes = kind == TokenKind.ESCAPE_STRING;
    int index = content;
    while (index < length) {
      char c = text.charAt(index);
      if (c == '\'') {
        if (at(index + 1) == '\'') {
          index += 2;
          continue;
        }
        int continued = continuation(index + 1);
        if (continued < 0) {
          index++;
          break;
        }
        index = continued;
      } else if (c == '\\' && escapes) {
        index += 2;
      } else {
        index++;
      }
    }
    index = Math.min(index, length);
    tokens.add(kind, start, index);
    position = index;
  }

  /**
   * Where a string goes on whose closing quote is before this index: past the opening quote of the
   * next piece, or -1. Between the pieces there must be white space with a line break, and there
   * may be comments to the end of a line.
   */
  private int continuation(int index) {
    boolean lineBreak = false;
    int at = index;
    while (at < length) {
      char c = text.charAt(at);
      if (c == '\n' || c == '\r') {
        lineBreak = true;
        at++;
      } else if (isSpace(c)) {
        at++;
      } else if (c == '-' && at(at + 1) == '-') {
        at = endOfComment(at);
      } else {
        return c == '\'' && lineBreak ? at + 1 : -1;
      }
    }
    return -1;
  }

  private void quotedIdentifier(TokenKind kind, int start, int content) {
    int index = content;
    while (index < length) {
      if (text.charAt(index) == '"') {
        if (at(index + 1) != '"') {
          index++;
          break;
        }
        index++;
      }
      index++;
    }
    tokens.add(kind, start, index);
    position = index;
  }

  private void dollar() {
    int index = position + 1;
    if (isDigit(at(index))) {
      while (index < length && isDigit(text.charAt(index))) {
        index++;
      }
      add(TokenKind.NUMBERED_PARAMETER, index - position);
      return;
    }
    if (index < length && isIdentifierStart(text.charAt(index))) {
      while (index < length && isIdentifierPart(text.charAt(index)) && text.charAt(index) != '$') {
        index++;
      }
    }
    if (at(index) != '$') {
      add(TokenKind.OTHER, 1);
      return;
    }
    String delimiter = text.substring(position, index + 1);
    int close = text.indexOf(delimiter, index + 1);
    int end = close < 0 ? length : close + delimiter.length();
    add(TokenKind.DOLLAR_STRING, end - position);
  }

  private void number() {
    int index = position;
    if (text.charAt(index) == '0' && "xXoObB".indexOf(at(index + 1)) >= 0) {
      index += 2;
      while (index < length && (isHexadecimal(text.charAt(index)) || text.charAt(index) == '_')) {
        index++;
      }
      add(TokenKind.NUMBER, index - position);
      return;
    }
    index = digits(index);
    // "1..10" is a range: 1, then "..".
    if (at(index) == '.' && at(index + 1) != '.') {
      index = digits(index + 1);
    }
    if (at(index) == 'e' || at(index) == 'E') {
      int exponent = index + 1;
      if (at(exponent) == '+' || at(exponent) == '-') {
        exponent++;
      }
      if (isDigit(at(exponent))) {
        index = digits(exponent);
      }
    }
    add(TokenKind.NUMBER, index - position);
  }

  private int digits(int from) {
    int index = from;
    while (index < length
        && (isDigit(text.charAt(index))
            || (text.charAt(index) == '_' && index > from && isDigit(at(index + 1))))) {
      index++;
    }
    return index;
  }

  private void operator() {
    int end = position;
    while (end < length
        && OPERATOR_CHARACTERS.indexOf(text.charAt(end)) >= 0
        && !startsComment(end)) {
      if (text.charAt(end) == '?') {
        if (at(end + 1) != '?') {
          break;
        }
        end++;
      }
      end++;
    }
    int last = end;
    if (end - position > 1 && !keepsSign(position, end)) {
      while (last - position > 1
          && (text.charAt(last - 1) == '+' || text.charAt(last - 1) == '-')) {
        last--;
      }
    }
    add(TokenKind.OPERATOR, last - position);
    while (position < end) {
      // What was cut off is nothing but signs, each of which is an operator of its own.
      add(TokenKind.OPERATOR, 1);
    }
  }

  private boolean keepsSign(int from, int to) {
    for (int index = from; index < to; index++) {
      if (CHARACTERS_THAT_KEEP_A_SIGN.indexOf(text.charAt(index)) >= 0) {
        return true;
      }
    }
    return false;
  }

  static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isHexadecimal(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  static boolean isIdentifierStart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
  }

  static boolean isIdentifierPart(char c) {
    return isIdentifierStart(c) || isDigit(c) || c == '$';
  }
}
