package io.baton.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines over a common axis, with marked moments. Not thread-safe. */
public final class LinePlot {
  private static final double WIDTH = 900;
  private static final double HEIGHT = 260;
  private static final double LEFT = 70;
  private static final double RIGHT = 880;
  private static final double TOP = 28;
  private static final double BOTTOM = 216;

  private final String title;
  private final String abscissa;
  private final List<Series> lines = new ArrayList<>();
  private final List<Moment> moments = new ArrayList<>();

  private record Series(int number, List<double[]> points) {}

  private record Moment(double at, String label) {}

  /**
   * An empty plot.
   *
   * @param abscissa what the horizontal axis shows, with its unit
   */
  public LinePlot(String title, String abscissa) {
    this.title = title;
    this.abscissa = abscissa;
  }

  /**
   * Adds a line.
   *
   * @param points pairs of x and y
   */
  public void line(int series, List<double[]> points) {
    lines.add(new Series(series, List.copyOf(points)));
  }

  /** A moment at which something happened. */
  public void moment(double at, String label) {
    moments.add(new Moment(at, label));
  }

  public String render() {
    Svg svg = new Svg(WIDTH, HEIGHT, title);
    Scale across = new Scale(extreme(0, -1), extreme(0, 1), LEFT, RIGHT);
    Scale up = new Scale(0, Math.max(1e-9, extreme(1, 1)) * 1.08, BOTTOM, TOP);
    for (double mark : across.marks()) {
      svg.grid(across.place(mark), TOP, across.place(mark), BOTTOM);
      svg.softText(across.place(mark), BOTTOM + 16, "middle", Scale.label(mark));
    }
    for (double mark : up.marks()) {
      svg.grid(LEFT, up.place(mark), RIGHT, up.place(mark));
      svg.softText(LEFT - 8, up.place(mark) + 4, "end", Scale.label(mark));
    }
    for (Moment moment : moments) {
      double x = across.place(moment.at());
      svg.line(x, TOP - 6, x, BOTTOM, "var(--ink)", 1);
      svg.text(x + 4, TOP - 8, "start", moment.label());
    }
    for (Series line : lines) {
      StringBuilder points = new StringBuilder();
      for (double[] point : line.points()) {
        points.append(
            String.format(Locale.ROOT, "%.1f,%.1f ", across.place(point[0]), up.place(point[1])));
      }
      svg.path(points.toString().strip(), HtmlPage.colour(line.number()));
    }
    svg.text(12, 16, "start", title);
    svg.softText(RIGHT, HEIGHT - 8, "end", abscissa);
    return svg.render();
  }

  /** The greatest value of one coordinate, or with -1 the least. */
  private double extreme(int coordinate, int sign) {
    return sign
        * lines.stream()
            .flatMap(line -> line.points().stream())
            .mapToDouble(point -> sign * point[coordinate])
            .max()
            .orElse(sign);
  }
}
