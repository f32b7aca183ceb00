package io.baton.examples.demo;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Pieces of HTML and SVG; every text that comes from elsewhere goes through {@link #escape}. */
final class Html {
  private Html() {}

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** An element that holds a text. */
  static String element(String tag, String cssClass, String text) {
    return "<%s class=\"%s\">%s</%1$s>".formatted(tag, cssClass, escape(text));
  }

  /** A table row; the first cell is its heading, the others are right-aligned by the style. */
  static String row(String heading, List<String> cells) {
    return cells.stream()
        .map(cell -> "<td>" + escape(cell) + "</td>")
        .collect(
            Collectors.joining(
                "", "<tr><th scope=\"row\">" + escape(heading) + "</th>", "</tr>\n"));
  }

  static String rectangle(
      String cssClass, double x, double y, double width, double height, String title) {
    return "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\">%s</rect>\n"
        .formatted(
            cssClass,
            number(x),
            number(y),
            number(width),
            number(height),
            title.isEmpty() ? "" : "<title>" + escape(title) + "</title>");
  }

  static String line(String cssClass, double x1, double y1, double x2, double y2) {
    return "<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>\n"
        .formatted(cssClass, number(x1), number(y1), number(x2), number(y2));
  }

  static String label(String cssClass, double x, double y, String text) {
    return "<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n"
        .formatted(cssClass, number(x), number(y), escape(text));
  }

  /** A number as SVG wants it, whatever the locale. */
  static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
