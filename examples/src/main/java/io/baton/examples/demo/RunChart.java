package io.baton.examples.demo;

import io.baton.examples.demo.Ledger.Wait;
import io.baton.examples.demo.Timeline.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The picture of a run as one SVG over one axis of time: the throughput with the events on it, who
 * was the primary, and for each worker the operations that took long and the errors it saw.
 */
final class RunChart {
  static final double WIDTH = 1120;
  static final double LEFT = 76;
  static final double RIGHT = 16;

  /** An operation that takes longer is drawn as a pause of its worker. */
  static final long PAUSE_NANOS = 100_000_000;

  private static final double CURVE_TOP = 54;
  private static final double CURVE_HEIGHT = 220;
  private static final double LABEL_WIDTH = 92;
  private static final double LABEL_HEIGHT = 16;
  private static final double PRIMARY_TOP = CURVE_TOP + CURVE_HEIGHT + 30;
  private static final double PRIMARY_HEIGHT = 18;
  private static final double LANES_TOP = PRIMARY_TOP + PRIMARY_HEIGHT + 12;
  private static final double LANE_HEIGHT = 14;
  private static final double LANE_BAR = 9;

  private final RunResult result;
  private final Throughput throughput;
  private final double highestTick;
  private final double tickStep;
  private final StringBuilder svg = new StringBuilder();

  RunChart(RunResult result, Throughput throughput) {
    this.result = result;
    this.throughput = throughput;
    this.tickStep = step(Math.max(10, throughput.highest()) / 4);
    this.highestTick = Math.ceil(Math.max(10, throughput.highest()) / tickStep) * tickStep;
  }

  String svg() {
    double height = LANES_TOP + result.workers() * LANE_HEIGHT + 8;
    svg.append(
        "<svg id=\"chart\" viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"%s\">\n"
            .formatted(
                Html.number(WIDTH),
                Html.number(height),
                "Operations per second over the run, with the events on it"));
    events(height - 8);
    grid();
    curve();
    primaries();
    lanes();
    svg.append(
        "<line id=\"cursor\" class=\"cursor\" y1=\"%s\" y2=\"%s\" visibility=\"hidden\"/>\n"
            .formatted(Html.number(CURVE_TOP), Html.number(height - 8)));
    return svg.append("</svg>").toString();
  }

  private double x(long nanos) {
    double share = Math.min(1.0, Math.max(0, nanos) / (double) result.endNanos());
    return LEFT + share * (WIDTH - LEFT - RIGHT);
  }

  private double y(double perSecond) {
    return CURVE_TOP + CURVE_HEIGHT * (1 - perSecond / highestTick);
  }

  private void events(double bottom) {
    double freeFrom = 0;
    for (Event event : result.timeline()) {
      String css = event.kind().text();
      double began = x(event.beganNanos());
      String title =
          event.label()
              + ": "
              + event.detail()
              + " at "
              + Terminal.moment(event.beganNanos()).strip();
      svg.append(
          Html.rectangle(
              "span " + css,
              began,
              CURVE_TOP,
              Math.max(1, x(event.endedNanos()) - began),
              bottom - CURVE_TOP,
              title));
      svg.append(
          Html.rectangle(
              "down " + css,
              began,
              CURVE_TOP,
              x(event.writableNanos()) - began,
              bottom - CURVE_TOP,
              title));
      if (event.kind().movesPrimary()) {
        // A label that would run into the one before it goes one row up.
        double row = began < freeFrom ? LABEL_HEIGHT : 0;
        svg.append(Html.line("mark " + css, began, CURVE_TOP - 8 - row, began, bottom));
        svg.append(Html.label("mark " + css, began, CURVE_TOP - 14 - row, event.label()));
        freeFrom = row > 0 ? 0 : began + LABEL_WIDTH;
      }
    }
  }

  private void grid() {
    for (double tick = 0; tick <= highestTick; tick += tickStep) {
      svg.append(Html.line("grid", LEFT, y(tick), WIDTH - RIGHT, y(tick)));
      svg.append(Html.label("left tick", LEFT - 8, y(tick) + 4, Units.count((long) tick)));
    }
    svg.append(Html.label("left unit", LEFT - 8, CURVE_TOP - 14, "per second"));
    double seconds = Units.seconds(result.endNanos());
    double stepSeconds = Math.max(1, step(seconds / 10));
    for (double tick = 0; tick <= seconds; tick += stepSeconds) {
      svg.append(
          Html.label(
              "below tick",
              x((long) (tick * 1e9)),
              CURVE_TOP + CURVE_HEIGHT + 17,
              String.format(Locale.ROOT, "%.0f s", tick)));
    }
  }

  private void curve() {
    List<Double> rates = throughput.perSecond();
    List<String> points = new ArrayList<>();
    for (int slice = 0; slice < rates.size(); slice++) {
      // A slice is drawn at its middle.
      long at = slice * throughput.sliceNanos() + throughput.sliceNanos() / 2;
      points.add(Html.number(x(at)) + "," + Html.number(y(rates.get(slice))));
    }
    String line = String.join(" L", points);
    double first = x(throughput.sliceNanos() / 2);
    double last = x((rates.size() - 1) * throughput.sliceNanos() + throughput.sliceNanos() / 2);
    svg.append(
        "<path class=\"area\" d=\"M%s,%s L%s L%s,%s Z\"/>\n"
            .formatted(
                Html.number(first), Html.number(y(0)), line, Html.number(last), Html.number(y(0))));
    svg.append("<path class=\"curve\" d=\"M" + line + "\"/>\n");
  }

  /** From the moment at which a server took its first write, it was the primary. */
  private void primaries() {
    svg.append(Html.label("left tick", LEFT - 8, PRIMARY_TOP + 13, "primary"));
    String primary = result.firstPrimary();
    long since = 0;
    for (Event event : result.timeline()) {
      if (event.kind().movesPrimary()) {
        primary(primary, since, event.beganNanos());
        primary = event.primary();
        since = event.writableNanos();
      }
    }
    primary(primary, since, result.endNanos());
  }

  private void primary(String name, long from, long to) {
    int colour = Math.max(0, result.nodes().indexOf(name)) % 4;
    double left = x(from);
    double width = Math.max(1, x(to) - left);
    svg.append(
        Html.rectangle(
            "node node" + colour,
            left,
            PRIMARY_TOP,
            width,
            PRIMARY_HEIGHT,
            name + " was the primary"));
    if (width > 50) {
      svg.append(Html.label("node", left + width / 2, PRIMARY_TOP + 13, name));
    }
  }

  private void lanes() {
    for (int worker = 0; worker < result.workers(); worker++) {
      double top = laneTop(worker);
      svg.append(Html.rectangle("lane", LEFT, top, WIDTH - LEFT - RIGHT, LANE_BAR, ""));
      svg.append(Html.label("left tick", LEFT - 8, top + 8.5, "worker " + (worker + 1)));
    }
    for (Wait wait : result.ledger().waits()) {
      if (wait.nanos() >= PAUSE_NANOS) {
        double left = x(wait.beganNanos());
        svg.append(
            Html.rectangle(
                "pause",
                left,
                laneTop(wait.worker()),
                Math.max(1.5, x(wait.endedNanos()) - left),
                LANE_BAR,
                "worker %d waited %s for operation %d"
                    .formatted(wait.worker() + 1, Units.duration(wait.nanos()), wait.number())));
      }
    }
    for (ApplicationError error : result.ledger().errors()) {
      svg.append(
          Html.rectangle(
              "error",
              x(error.atNanos()) - 1.5,
              laneTop(error.worker()) - 1.5,
              3,
              LANE_BAR + 3,
              "worker %d: SQLState %s %s, %s"
                  .formatted(
                      error.worker() + 1,
                      error.sqlState(),
                      error.during().text(),
                      error.message())));
    }
  }

  private static double laneTop(int worker) {
    return LANES_TOP + worker * LANE_HEIGHT;
  }

  /** The step of 1, 2 or 5 times a power of ten that is nearest above. */
  private static double step(double atLeast) {
    double power = Math.pow(10, Math.floor(Math.log10(atLeast)));
    for (int factor : new int[] {1, 2, 5}) {
      if (factor * power >= atLeast) {
        return factor * power;
      }
    }
    return 10 * power;
  }
}
