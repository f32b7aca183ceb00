package io.baton.benchmarks.report;

import java.util.Locale;

/** The drawing of one plot. Not thread-safe. */
final class Svg {
  private final StringBuilder content = new StringBuilder();
  private final double width;
  private final double height;
  private final String title;

  Svg(double width, double height, String title) {
    this.width = width;
    this.height = height;
    this.title = title;
  }

  void grid(double x1, double y1, double x2, double y2) {
    append(
        "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", x1, y1, x2, y2);
  }

  void line(double x1, double y1, double x2, double y2, String colour, double strokeWidth) {
    append(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" style=\"stroke:%s;stroke-width:%.1f\"/>",
        x1, y1, x2, y2, colour, strokeWidth);
  }

  void circle(double x, double y, double radius, String colour) {
    append("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" style=\"fill:%s\"/>", x, y, radius, colour);
  }

  void band(double x, double y, double bandWidth, double bandHeight, String colour) {
    append(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" style=\"fill:%s;opacity:.15\"/>",
        x, y, bandWidth, bandHeight, colour);
  }

  /** A line through points that are given as {@code x,y} pairs. */
  void path(String points, String colour) {
    append(
        "<polyline points=\"%s\" style=\"fill:none;stroke:%s;stroke-width:1.6\"/>", points, colour);
  }

  /**
   * @param anchor {@code start}, {@code middle} or {@code end}
   */
  void text(double x, double y, String anchor, String text) {
    append(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
        x, y, anchor, HtmlPage.escape(text));
  }

  void softText(double x, double y, String anchor, String text) {
    append(
        "<text class=\"soft\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
        x, y, anchor, HtmlPage.escape(text));
  }

  private void append(String format, Object... values) {
    content.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  String render() {
    return String.format(
        Locale.ROOT,
        "<svg viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" role=\"img\" aria-label=\"%s\">%n%s</svg>%n",
        width,
        height,
        width,
        HtmlPage.escape(title),
        content);
  }
}
