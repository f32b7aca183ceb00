package io.baton.session.written;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of a text: a keyword, and fields in quotes. All of it is printable ASCII, so that no way
 * of carrying a text changes what it says: what is not is written as {@code \}{@code uXXXX}, one
 * UTF-16 unit each.
 *
 * @param keyword what the line is about
 * @param fields what it says; null is written as {@code -}
 */
record SnapshotLine(String keyword, List<@Nullable String> fields) {

  private static final String NULL = "-";
  private static final HexFormat HEX = HexFormat.of();

  SnapshotLine {
    fields = Collections.unmodifiableList(new ArrayList<>(fields));
  }

  static SnapshotLine of(String keyword, @Nullable String... fields) {
    return new SnapshotLine(keyword, Arrays.asList(fields));
  }

  /** A field that there must be. */
  String field(int index) throws SQLException {
    String field = optional(index);
    if (field == null) {
      throw new SQLException("field " + (index + 1) + " has no value", "22023");
    }
    return field;
  }

  @Nullable String optional(int index) {
    return fields.get(index);
  }

  long number(int index) throws SQLException {
    try {
      return Long.parseLong(field(index));
    } catch (NumberFormatException none) {
      throw new SQLException("field " + (index + 1) + " is no number", "22023", none);
    }
  }

  boolean flag(int index) throws SQLException {
    return switch (field(index)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new SQLException("field " + (index + 1) + " is no boolean", "22023");
    };
  }

  void mustHave(int count) throws SQLException {
    if (fields.size() != count) {
      throw new SQLException("has " + fields.size() + " fields and not " + count, "22023");
    }
  }

  String text() {
    StringBuilder text = new StringBuilder(keyword);
    for (String field : fields) {
      text.append(' ');
      if (field == null) {
        text.append(NULL);
      } else {
        quote(field, text);
      }
    }
    return text.toString();
  }

  private static void quote(String field, StringBuilder text) {
    text.append('"');
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      switch (c) {
        case '"', '\\' -> text.append('\\').append(c);
        case '\n' -> text.append("\\n");
        case '\t' -> text.append("\\t");
        default -> {
          if (c >= ' ' && c <= '~') {
            text.append(c);
          } else {
            text.append("\\u").append(HEX.toHexDigits(c));
          }
        }
      }
    }
    text.append('"');
  }

  static SnapshotLine parse(String line) throws SQLException {
    int space = line.indexOf(' ');
    if (space < 0) {
      return new SnapshotLine(line, List.of());
    }
    return new SnapshotLine(line.substring(0, space), new Fields(line, space).all());
  }

  /** Reads the fields of a line. */
  private static final class Fields {
    private final String line;
    private int at;

    Fields(String line, int from) {
      this.line = line;
      this.at = from;
    }

    List<@Nullable String> all() throws SQLException {
      List<@Nullable String> fields = new ArrayList<>();
      while (at < line.length()) {
        expect(' ');
        if (peek() == '-') {
          at++;
          fields.add(null);
        } else {
          fields.add(quoted());
        }
      }
      return fields;
    }

    private char peek() throws SQLException {
      if (at >= line.length()) {
        throw malformed("ends too early");
      }
      return line.charAt(at);
    }

    private void expect(char wanted) throws SQLException {
      if (peek() != wanted) {
        throw malformed("has '" + peek() + "' in column " + (at + 1) + " and not '" + wanted + "'");
      }
      at++;
    }

    private String quoted() throws SQLException {
      expect('"');
      StringBuilder value = new StringBuilder();
      while (peek() != '"') {
        char c = line.charAt(at++);
        value.append(c == '\\' ? escaped() : c);
      }
      at++;
      return value.toString();
    }

    private char escaped() throws SQLException {
      char c = peek();
      at++;
      return switch (c) {
        case '"', '\\' -> c;
        case 'n' -> '\n';
        case 't' -> '\t';
        case 'u' -> unit();
        default -> throw malformed("has \\" + c + ", which means nothing");
      };
    }

    private char unit() throws SQLException {
      if (at + 4 > line.length()) {
        throw malformed("ends too early");
      }
      String digits = line.substring(at, at + 4);
      at += 4;
      int unit = 0;
      for (int i = 0; i < 4; i++) {
        int digit = Character.digit(digits.charAt(i), 16);
        if (digit < 0) {
          throw malformed("has \\u" + digits + ", which is no character");
        }
        unit = 16 * unit + digit;
      }
      return (char) unit;
    }

    private static SQLException malformed(String what) {
      return new SQLException(what, "22023");
    }
  }
}
