package io.baton.benchmarks.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes maps, lists, texts, numbers and truth values as JSON (RFC 8259), indented. A number that
 * JSON cannot say, such as infinity, becomes null.
 */
public final class Json {
  private final StringBuilder text = new StringBuilder();

  private Json() {}

  public static String write(Object value) {
    Json json = new Json();
    json.append(value, 0);
    return json.text.append('\n').toString();
  }

  private void append(@Nullable Object value, int depth) {
    if (value instanceof Map<?, ?> map) {
      appendMap(map, depth);
    } else if (value instanceof List<?> list) {
      appendList(list, depth);
    } else if (value instanceof Double number) {
      text.append(Double.isFinite(number) ? decimal(number) : "null");
    } else if (value == null || value instanceof Number || value instanceof Boolean) {
      text.append(value);
    } else {
      appendText(value.toString());
    }
  }

  /** Six significant digits; nothing here was measured better. */
  private static String decimal(double number) {
    return new BigDecimal(number).round(new MathContext(6)).stripTrailingZeros().toPlainString();
  }

  private void appendMap(Map<?, ?> map, int depth) {
    text.append('{');
    String separator = "";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      text.append(separator);
      newLine(depth + 1);
      appendText(String.valueOf(entry.getKey()));
      text.append(": ");
      append(entry.getValue(), depth + 1);
      separator = ",";
    }
    if (!map.isEmpty()) {
      newLine(depth);
    }
    text.append('}');
  }

  private void appendList(List<?> list, int depth) {
    boolean flat = list.stream().allMatch(Number.class::isInstance);
    text.append('[');
    String separator = "";
    for (Object element : list) {
      text.append(separator);
      if (!flat) {
        newLine(depth + 1);
      }
      append(element, depth + 1);
      separator = flat ? ", " : ",";
    }
    if (!flat) {
      newLine(depth);
    }
    text.append(']');
  }

  private void newLine(int depth) {
    text.append('\n').append("  ".repeat(depth));
  }

  private void appendText(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char character = value.charAt(i);
      switch (character) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\t' -> text.append("\\t");
        case '\r' -> text.append("\\r");
        default -> {
          if (character < ' ') {
            text.append(String.format(Locale.ROOT, "\\u%04x", (int) character));
          } else {
            text.append(character);
          }
        }
      }
    }
    text.append('"');
  }
}
