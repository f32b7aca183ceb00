package io.baton.session.sql;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a text, and what their texts mean. Built by {@link SqlLexer}, read-only afterwards.
 *
 * <p>Indices past the end are allowed in all questions of the form {@code is...} and answer false,
 * so that readers need not guard each look ahead.
 */
@SuppressWarnings("EnumOrdinal") // the kinds are kept as bytes, and only while the text is read
final class Tokens {
  private static final int MAXIMUM_IDENTIFIER_BYTES = 63;
  private static final TokenKind[] KINDS = TokenKind.values();
  private static final byte SYMBOL = (byte) TokenKind.SYMBOL.ordinal();
  private static final byte PLACEHOLDER = (byte) TokenKind.PLACEHOLDER.ordinal();
  private static final int LEAST_CAPACITY = 16;
  private static final int CHARACTERS_OF_A_TOKEN = 6;

  private final String text;

  /** The ordinal of the kind of each token: a megabyte of text may be a million of them. */
  private byte[] kinds;

  private int[] starts;
  private int[] ends;
  private int count;
  private int @Nullable [] closing;
  private int @Nullable [] placeholders;
  private int hintStart = -1;
  private int hintEnd = -1;

  Tokens(String text) {
    this.text = text;
    int expected = LEAST_CAPACITY + text.length() / CHARACTERS_OF_A_TOKEN;
    kinds = new byte[expected];
    starts = new int[expected];
    ends = new int[expected];
  }

  void add(TokenKind kind, int start, int end) {
    if (count == kinds.length) {
      kinds = Arrays.copyOf(kinds, count * 2);
      starts = Arrays.copyOf(starts, count * 2);
      ends = Arrays.copyOf(ends, count * 2);
    }
    kinds[count] = (byte) kind.ordinal();
    starts[count] = start;
    ends[count] = end;
    count++;
  }

  /** Notes the inside of a comment that begins like a hint; the first one that is for us counts. */
  void addHint(int start, int end) {
    if (hintStart < 0 && text.regionMatches(skipSpace(start), "baton:", 0, 6)) {
      hintStart = start;
      hintEnd = end;
    }
  }

  private int skipSpace(int from) {
    int index = from;
    while (index < text.length() && SqlLexer.isSpace(text.charAt(index))) {
      index++;
    }
    return index;
  }

  /** The inside of the hint comment, or an empty text. */
  String hint() {
    return hintStart < 0 ? "" : text.substring(hintStart, Math.max(hintStart, hintEnd - 2));
  }

  int count() {
    return count;
  }

  String text() {
    return text;
  }

  TokenKind kind(int index) {
    return index >= 0 && index < count ? KINDS[kinds[index]] : TokenKind.OTHER;
  }

  int start(int index) {
    return starts[index];
  }

  int end(int index) {
    return ends[index];
  }

  /** The token as written. */
  String raw(int index) {
    return text.substring(starts[index], ends[index]);
  }

  /** The number of characters of the token. */
  int length(int index) {
    return ends[index] - starts[index];
  }

  /** Whether the token is this word, written without quotes in any case. */
  boolean isWord(int index, String lowerCase) {
    return kind(index) == TokenKind.WORD
        && ends[index] - starts[index] == lowerCase.length()
        && isFolded(starts[index], lowerCase);
  }

  /** Compares as the server folds keywords: letters of ASCII only. */
  private boolean isFolded(int start, String lowerCase) {
    for (int i = 0; i < lowerCase.length(); i++) {
      char c = text.charAt(start + i);
      if (c != lowerCase.charAt(i)
          && (c < 'A' || c > 'Z' || c + ('a' - 'A') != lowerCase.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** Whether the tokens from this index are these words, each written without quotes. */
  boolean areWords(int index, String... lowerCase) {
    for (int i = 0; i < lowerCase.length; i++) {
      if (!isWord(index + i, lowerCase[i])) {
        return false;
      }
    }
    return true;
  }

  /** Whether the token is an operator or a symbol written so. */
  boolean isMark(int index, char mark) {
    TokenKind kind = kind(index);
    return (kind == TokenKind.SYMBOL || kind == TokenKind.OPERATOR)
        && ends[index] - starts[index] == 1
        && text.charAt(starts[index]) == mark;
  }

  /**
   * The index of the parenthesis or bracket that closes the one at this index; {@link #count} if
   * none does. All of them are found at the first question, in one pass.
   */
  int closing(int open) {
    int[] known = closing;
    if (known == null) {
      known = matched();
      closing = known;
    }
    return known[open];
  }

  private int[] matched() {
    int[] matches = new int[count];
    int[] open = new int[16];
    int depth = 0;
    int parentheses = 0;
    for (int index = 0; index < count; index++) {
      char mark = bracket(index);
      if (mark == '(' || mark == '[') {
        matches[index] = count;
        parentheses += mark == '(' ? 1 : 0;
        open = depth == open.length ? Arrays.copyOf(open, depth * 2) : open;
        open[depth++] = index;
      } else if (mark == ')' && parentheses > 0) {
        while (bracket(open[--depth]) == '[') {
          // A bracket that is open in closed parentheses is closed by nothing.
        }
        matches[open[depth]] = index;
        parentheses--;
      } else if (mark == ']' && depth > 0 && bracket(open[depth - 1]) == '[') {
        matches[open[--depth]] = index;
      }
    }
    return matches;
  }

  /** The parenthesis or bracket that the token is, or something else. */
  private char bracket(int index) {
    return kinds[index] == SYMBOL ? text.charAt(starts[index]) : ' ';
  }

  /** How many placeholders there are before the token at this index. */
  int placeholdersBefore(int index) {
    int[] known = placeholders;
    if (known == null) {
      known = new int[count + 1];
      for (int at = 0; at < count; at++) {
        known[at + 1] = known[at] + (kinds[at] == PLACEHOLDER ? 1 : 0);
      }
      placeholders = known;
    }
    return known[index];
  }

  /** Whether the token is {@code ::}. */
  boolean isCast(int index) {
    return kind(index) == TokenKind.SYMBOL
        && ends[index] - starts[index] == 2
        && text.charAt(starts[index] + 1) == ':';
  }

  /** Whether the token can be a name: a word, or an identifier in quotes. */
  boolean isName(int index) {
    return switch (kind(index)) {
      case WORD, QUOTED_IDENTIFIER, UNICODE_IDENTIFIER -> true;
      default -> false;
    };
  }

  /** Whether the token is a string constant whose value {@link #string} gives. */
  boolean isString(int index) {
    return switch (kind(index)) {
      case STRING, ESCAPE_STRING, UNICODE_STRING, DOLLAR_STRING -> true;
      default -> false;
    };
  }

  /** The word in lower case. */
  String word(int index) {
    return length(index) <= MAXIMUM_IDENTIFIER_BYTES / 3
        ? SharedNames.folded(text, starts[index], ends[index])
        : foldAscii(raw(index));
  }

  /** The operator as the server knows it. */
  String operator(int index) {
    return length(index) == 1
        ? SharedNames.folded(text, starts[index], ends[index])
        : raw(index).replace("??", "?");
  }

  /** The identifier as the server sees it: unquoted, or folded and cut to 63 bytes. */
  String identifier(int index) {
    return truncate(
        switch (kind(index)) {
          case QUOTED_IDENTIFIER -> unquote(index, 1, '"');
          case UNICODE_IDENTIFIER ->
              StringConstants.decodeUnicode(unquote(index, 3, '"'), escapeCharacter(index));
          default -> word(index);
        });
  }

  /** The value of a string constant. */
  String string(int index) {
    return switch (kind(index)) {
      case DOLLAR_STRING -> {
        String raw = raw(index);
        int tag = raw.indexOf('$', 1) + 1;
        yield raw.length() >= 2 * tag ? raw.substring(tag, raw.length() - tag) : "";
      }
      case UNICODE_STRING ->
          StringConstants.decodeUnicode(
              StringConstants.unquote(raw(index), false), escapeCharacter(index));
      default -> StringConstants.unquote(raw(index), kind(index) == TokenKind.ESCAPE_STRING);
    };
  }

  /** The escape character of a Unicode token: a backslash, or what UESCAPE behind it says. */
  private char escapeCharacter(int index) {
    if (isWord(index + 1, "uescape") && isString(index + 2)) {
      String escape = StringConstants.unquote(raw(index + 2), false);
      if (escape.length() == 1) {
        return escape.charAt(0);
      }
    }
    return '\\';
  }

  private String unquote(int index, int from, char quote) {
    String raw = raw(index);
    int to =
        raw.length() > from && raw.charAt(raw.length() - 1) == quote
            ? raw.length() - 1
            : raw.length();
    String single = String.valueOf(quote);
    return raw.substring(Math.min(from, to), to).replace(single + single, single);
  }

  static String foldAscii(String raw) {
    for (int index = 0; index < raw.length(); index++) {
      char c = raw.charAt(index);
      if (c >= 'A' && c <= 'Z') {
        char[] folded = raw.toCharArray();
        for (int i = index; i < folded.length; i++) {
          if (folded[i] >= 'A' && folded[i] <= 'Z') {
            folded[i] = (char) (folded[i] + ('a' - 'A'));
          }
        }
        return new String(folded);
      }
    }
    return raw;
  }

  private static String truncate(String name) {
    if (name.length() * 3 <= MAXIMUM_IDENTIFIER_BYTES) {
      return name;
    }
    int bytes = 0;
    int index = 0;
    while (index < name.length()) {
      int codePoint = name.codePointAt(index);
      bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      if (bytes > MAXIMUM_IDENTIFIER_BYTES) {
        return name.substring(0, index);
      }
      index += Character.charCount(codePoint);
    }
    return name;
  }
}
