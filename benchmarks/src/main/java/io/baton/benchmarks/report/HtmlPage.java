package io.baton.benchmarks.report;

import java.util.List;
import java.util.Map;

/**
 * A page that needs nothing but itself: style and plots are in it, in light and dark. Not
 * thread-safe.
 */
public final class HtmlPage {
  /** How many series have a colour of their own. */
  static final int COLOURS = 8;

  private static final String STYLE =
      """
      :root { color-scheme: light dark;
        --ink: #1d2433; --soft: #667085; --line: #d9dee7; --ground: #ffffff; --panel: #f6f7f9;
        --s0: #2563c9; --s1: #c2571a; --s2: #1f8a5b; --s3: #8d3fb5; --s4: #b3261e; --s5: #0e7c86;
        --s6: #8a6d00; --s7: #5b6472; }
      @media (prefers-color-scheme: dark) { :root {
        --ink: #e6e9ef; --soft: #98a2b3; --line: #333b49; --ground: #14181f; --panel: #1c222c;
        --s0: #6ea8fe; --s1: #f79552; --s2: #57c799; --s3: #c794e8; --s4: #f2827a; --s5: #5cc8d1;
        --s6: #d9bd4f; --s7: #aab3c0; } }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground);
        max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.6rem; margin-bottom: .2rem } h2 { font-size: 1.15rem; margin-top: 2rem }
      p, li { max-width: 52rem } .soft { color: var(--soft) }
      .wide { overflow-x: auto }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
      th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right;
        white-space: nowrap }
      th { color: var(--soft); font-weight: 500 }
      th:first-child, td:first-child { text-align: left }
      svg { max-width: 100%; height: auto; background: var(--panel); border-radius: 6px }
      svg text { font: 12px system-ui, sans-serif; fill: var(--ink) }
      svg .soft { fill: var(--soft) } svg .grid { stroke: var(--line); stroke-width: 1 }
      .key { display: inline-block; width: .8em; height: .8em; border-radius: 2px;
        margin: 0 .35em 0 1em }
      """;

  private final StringBuilder body = new StringBuilder();
  private final String title;

  public HtmlPage(String title) {
    this.title = title;
    body.append("<h1>").append(escape(title)).append("</h1>\n");
  }

  public HtmlPage heading(String text) {
    body.append("<h2>").append(escape(text)).append("</h2>\n");
    return this;
  }

  public HtmlPage paragraph(String text) {
    body.append("<p>").append(escape(text)).append("</p>\n");
    return this;
  }

  /** A plot, ready made. */
  public HtmlPage plot(String svg) {
    body.append("<div class=\"wide\">\n").append(svg).append("</div>\n");
    return this;
  }

  /** What the colours of the plots below mean. */
  public HtmlPage legend(List<String> series) {
    body.append("<p>");
    for (int i = 0; i < series.size(); i++) {
      body.append("<span class=\"key\" style=\"background:")
          .append(colour(i))
          .append("\"></span>")
          .append(escape(series.get(i)));
    }
    body.append("</p>\n");
    return this;
  }

  public HtmlPage table(List<String> header, List<List<String>> rows) {
    body.append("<div class=\"wide\"><table>\n<tr>");
    header.forEach(cell -> body.append("<th>").append(escape(cell)).append("</th>"));
    body.append("</tr>\n");
    for (List<String> row : rows) {
      body.append("<tr>");
      row.forEach(cell -> body.append("<td>").append(escape(cell)).append("</td>"));
      body.append("</tr>\n");
    }
    body.append("</table></div>\n");
    return this;
  }

  /** Pairs of a name and what it is. */
  public HtmlPage facts(Map<String, String> facts) {
    body.append("<ul class=\"soft\">\n");
    facts.forEach(
        (name, value) ->
            body.append("<li>")
                .append(escape(name))
                .append(": ")
                .append(escape(value))
                .append("</li>\n"));
    body.append("</ul>\n");
    return this;
  }

  public String render() {
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
        + escape(title)
        + "</title>\n<style>\n"
        + STYLE
        + "</style>\n</head>\n<body>\n"
        + body
        + "</body>\n</html>\n";
  }

  /** The colour of a series, as style sheets name it. */
  static String colour(int series) {
    return "var(--s" + series % COLOURS + ")";
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
