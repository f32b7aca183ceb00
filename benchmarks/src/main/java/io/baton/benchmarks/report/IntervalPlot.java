package io.baton.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Values with their intervals, in groups below one another, on one axis. Values beyond the axis
 * stand at its end with their figure. Not thread-safe.
 */
public final class IntervalPlot {
  private static final double WIDTH = 900;
  private static final double LEFT = 240;
  private static final double RIGHT = 820;
  private static final double LINE = 15;
  private static final double HEAD = 36;

  private final String title;
  private final double from;
  private final double to;
  private final List<Group> groups = new ArrayList<>();

  private record Group(String label, List<Entry> entries) {}

  private record Entry(int series, double low, double value, double high) {}

  public IntervalPlot(String title, double from, double to) {
    this.title = title;
    this.from = from;
    this.to = to;
  }

  public void group(String label) {
    groups.add(new Group(label, new ArrayList<>()));
  }

  /** A value in the group begun last. */
  public void value(int series, double low, double value, double high) {
    groups.get(groups.size() - 1).entries().add(new Entry(series, low, value, high));
  }

  /** Draws it, with a band around 1 that is as wide as the control may be off. */
  public String render(double tolerance) {
    double height =
        HEAD + groups.stream().mapToDouble(group -> LINE * (group.entries().size() + 1)).sum() + 12;
    Svg svg = new Svg(WIDTH, height, title);
    Scale scale = new Scale(from, to, LEFT, RIGHT);
    for (double mark : scale.marks()) {
      svg.grid(scale.place(mark), HEAD - 8, scale.place(mark), height - 8);
      svg.softText(scale.place(mark), HEAD - 14, "middle", Scale.label(mark));
    }
    double bandStart = scale.place(1 - tolerance);
    svg.band(
        bandStart, HEAD - 8, scale.place(1 + tolerance) - bandStart, height - HEAD, "var(--s7)");
    double y = HEAD;
    for (Group group : groups) {
      svg.text(12, y + LINE, "start", group.label());
      for (Entry entry : group.entries()) {
        y += LINE;
        draw(svg, scale, entry, y - 4);
      }
      y += LINE;
    }
    return svg.render();
  }

  private static void draw(Svg svg, Scale scale, Entry entry, double y) {
    String colour = HtmlPage.colour(entry.series());
    svg.line(scale.place(entry.low()), y, scale.place(entry.high()), y, colour, 2);
    svg.circle(scale.place(entry.value()), y, 4, colour);
    svg.softText(
        RIGHT + 12,
        y + 4,
        "start",
        String.format(
            Locale.ROOT, "%.3f%s", entry.value(), scale.holds(entry.value()) ? "" : " \u2192"));
  }
}
