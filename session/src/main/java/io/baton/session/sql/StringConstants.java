package io.baton.session.sql;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The values of PostgreSQL's string constants. */
final class StringConstants {
  private StringConstants() {}

  /** The value of a quoted constant with its prefix and quotes, continued pieces joined. */
  static String unquote(String raw, boolean escapes) {
    int index = raw.indexOf('\'') + 1;
    StringBuilder value = new StringBuilder(raw.length());
    while (index < raw.length()) {
      char c = raw.charAt(index);
      if (c == '\'') {
        if (index + 1 < raw.length() && raw.charAt(index + 1) == '\'') {
          value.append('\'');
          index += 2;
        } else {
          // The end, or the gap before the next piece. A quote in a comment of the gap is skipped
          // with its line.
          index = nextPiece(raw, index + 1);
        }
      } else if (c == '\\' && escapes && index + 1 < raw.length()) {
        index = escape(raw, index + 1, value);
      } else {
        value.append(c);
        index++;
      }
    }
    return joinBytes(value);
  }

  private static int nextPiece(String raw, int from) {
    int index = from;
    while (index < raw.length()) {
      char c = raw.charAt(index);
      if (c == '\'') {
        return index + 1;
      }
      if (c == '-') {
        while (index < raw.length() && raw.charAt(index) != '\n' && raw.charAt(index) != '\r') {
          index++;
        }
      } else {
        index++;
      }
    }
    return index;
  }

  private static int escape(String raw, int index, StringBuilder value) {
    char c = raw.charAt(index);
    switch (c) {
      case 'b' -> value.append('\b');
      case 'f' -> value.append('\f');
      case 'n' -> value.append('\n');
      case 'r' -> value.append('\r');
      case 't' -> value.append('\t');
      case 'v' -> value.append('\u000b');
      case 'x' -> {
        return bytes(raw, index, index + 1, 2, 16, value);
      }
      case 'u' -> {
        return digits(raw, index, index + 1, 4, 16, value);
      }
      case 'U' -> {
        return digits(raw, index, index + 1, 8, 16, value);
      }
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        return bytes(raw, index, index, 3, 8, value);
      }
      default -> value.append(c);
    }
    return index + 1;
  }

  /** Appends the character with the code written in digits; without digits, the letter itself. */
  private static int digits(
      String raw, int letter, int from, int atMost, int radix, StringBuilder value) {
    int index = from;
    long code = 0;
    while (index < raw.length()
        && index < from + atMost
        && Character.digit(raw.charAt(index), radix) >= 0
        && raw.charAt(index) < 0x80) {
      code = code * radix + Character.digit(raw.charAt(index), radix);
      index++;
    }
    if (index == from) {
      value.append(raw.charAt(letter));
      return letter + 1;
    }
    appendCodePoint(code, value);
    return index;
  }

  /**
   * Appends the byte written in digits. One above 127 is part of a character in UTF-8 and is kept
   * as a lone low surrogate until its fellows are there.
   */
  private static int bytes(
      String raw, int letter, int from, int atMost, int radix, StringBuilder value) {
    int length = value.length();
    int next = digits(raw, letter, from, atMost, radix, value);
    int added = value.charAt(length);
    if (next > from && added >= 0x80) {
      value.setCharAt(length, (char) (0xdc00 + (added & 0xff)));
    }
    return next;
  }

  private static String joinBytes(StringBuilder value) {
    StringBuilder joined = null;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int index = 0; index < value.length(); index++) {
      char c = value.charAt(index);
      boolean isByte =
          c >= 0xdc80
              && c <= 0xdcff
              && (index == 0 || !Character.isHighSurrogate(value.charAt(index - 1)));
      if (isByte && joined == null) {
        joined = new StringBuilder(value.length()).append(value, 0, index);
      }
      if (joined != null) {
        if (isByte) {
          bytes.write(c - 0xdc00);
        } else {
          flush(bytes, joined);
          joined.append(c);
        }
      }
    }
    if (joined == null) {
      return value.toString();
    }
    flush(bytes, joined);
    return joined.toString();
  }

  private static void flush(ByteArrayOutputStream bytes, StringBuilder joined) {
    joined.append(bytes.toString(StandardCharsets.UTF_8));
    bytes.reset();
  }

  private static void appendCodePoint(long code, StringBuilder value) {
    if (code <= Character.MAX_CODE_POINT) {
      value.appendCodePoint((int) code);
    } else {
      value.append('\ufffd');
    }
  }

  /** The value of the inside of a {@code U&} constant or identifier. */
  static String decodeUnicode(String inside, char escape) {
    if (inside.indexOf(escape) < 0) {
      return inside;
    }
    StringBuilder value = new StringBuilder(inside.length());
    int index = 0;
    while (index < inside.length()) {
      char c = inside.charAt(index);
      if (c != escape || index + 1 == inside.length()) {
        value.append(c);
        index++;
      } else if (inside.charAt(index + 1) == escape) {
        value.append(escape);
        index += 2;
      } else if (inside.charAt(index + 1) == '+') {
        index = digits(inside, index + 1, index + 2, 6, 16, value);
      } else {
        index = digits(inside, index + 1, index + 1, 4, 16, value);
      }
    }
    return value.toString();
  }
}
