package io.baton.routing.admission;

import io.baton.routing.admission.FleetSimulation.Outcome;
import io.baton.routing.admission.FleetSimulation.Setting;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The questions and logins of fleets against time, as a picture. */
final class FleetPlot {

  private static final int WIDTH = 760;
  private static final int HEIGHT = 170;
  private static final int LEFT = 60;
  private static final int TOP = 30;
  private static final int BOTTOM = 30;
  private static final int RIGHT = 20;
  private static final int SECONDS = 30;

  private FleetPlot() {}

  static String of(Map<Setting, Outcome> outcomes) {
    StringBuilder svg = new StringBuilder();
    int panels = 0;
    for (Map.Entry<Setting, Outcome> entry : outcomes.entrySet()) {
      Setting with = entry.getKey();
      if (!with.admitted() || with.patience().toSeconds() < SECONDS) {
        continue;
      }
      Setting without = new Setting(with.programs(), with.sessions(), false, with.patience());
      Outcome other = outcomes.get(without);
      if (other != null) {
        panel(svg, panels++ * HEIGHT, with, entry.getValue(), other);
      }
    }
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "
        + WIDTH
        + " "
        + panels * HEIGHT
        + "\" font-family=\"sans-serif\" font-size=\"11\">\n"
        + "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        + svg
        + "</svg>\n";
  }

  private static void panel(
      StringBuilder svg, int y, Setting setting, Outcome with, Outcome without) {
    int largest =
        Math.max(
            Collections.max(with.queries()),
            Math.max(Collections.max(with.logins()), Collections.max(without.logins())));
    text(
        svg,
        LEFT,
        y + 16,
        String.format(
            Locale.ROOT,
            "%,d programs with %d sessions each: questions (grey), logins with admission (blue) and"
                + " without (red), a second",
            setting.programs(),
            setting.sessions()));
    text(svg, 4, y + TOP + 8, String.format(Locale.ROOT, "%,d", perSecond(largest)));
    text(svg, 4, y + HEIGHT - BOTTOM, "0");
    for (int second = 0; second <= SECONDS; second += 5) {
      double x = x(second);
      svg.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#ddd\"/>%n",
              x,
              x,
              y + TOP,
              y + HEIGHT - BOTTOM));
      text(svg, (int) x - 8, y + HEIGHT - BOTTOM + 14, second + " s");
    }
    line(svg, y, with.queries(), largest, "#888");
    line(svg, y, without.logins(), largest, "#c33");
    line(svg, y, with.logins(), largest, "#25c");
  }

  private static long perSecond(int inSlice) {
    return inSlice * 1000L / FleetSimulation.SLICE.toMillis();
  }

  private static double x(double second) {
    return LEFT + second * (WIDTH - LEFT - RIGHT) / SECONDS;
  }

  private static void line(
      StringBuilder svg, int y, List<Integer> series, int largest, String colour) {
    svg.append("<polyline fill=\"none\" stroke=\"").append(colour).append("\" points=\"");
    double slice = FleetSimulation.SLICE.toMillis() / 1000.0;
    for (int i = 0; i < series.size() && i * slice <= SECONDS; i++) {
      svg.append(
          String.format(
              Locale.ROOT,
              "%.0f,%.0f ",
              x(i * slice),
              y + HEIGHT - BOTTOM - (double) series.get(i) * (HEIGHT - TOP - BOTTOM) / largest));
    }
    svg.append("\"/>\n");
  }

  private static void text(StringBuilder svg, int x, int y, String text) {
    svg.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\">%s</text>%n", x, y, text));
  }
}
