package io.baton.benchmarks.overhead;

import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.report.HtmlPage;
import io.baton.benchmarks.report.IntervalPlot;
import io.baton.benchmarks.report.Json;
import io.baton.benchmarks.report.TextTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The rows of a run in the forms in which they are handed out. */
record OverheadReport(
    Map<String, String> machine, List<Row> control, List<Row> rows, List<Failure> failures) {
  private static final List<String> HEADER =
      List.of(
          "operation",
          "contestant",
          "time",
          "95% interval",
          "control",
          "client CPU",
          "pgjdbc \u00b5s",
          "pgjdbc bytes",
          "bytes more",
          "pgjdbc round trips",
          "round trips");

  private static final double PLOT_FROM = 0.9;
  private static final double PLOT_TO = 1.6;

  String text() {
    return TextTable.of(HEADER, cells(), 2)
        + failures.stream().map(failure -> sentence(failure) + "\n").collect(Collectors.joining());
  }

  String json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("benchmark", "overhead");
    json.put("machine", machine);
    json.put("control", control.stream().map(Row::toJson).collect(Collectors.toList()));
    json.put("rows", rows.stream().map(Row::toJson).collect(Collectors.toList()));
    json.put(
        "failures", failures.stream().map(OverheadReport::sentence).collect(Collectors.toList()));
    return Json.write(json);
  }

  String html() {
    List<Contestant> contestants =
        rows.stream().map(Row::contestant).distinct().collect(Collectors.toUnmodifiableList());
    HtmlPage page =
        new HtmlPage("What a driver costs per operation")
            .paragraph(
                "Time of one operation against pgjdbc on the same server in the same moment: median"
                    + " of paired ratios, with the interval that holds it with 95%. Client and"
                    + " server share one processor, so the server's share of the work is in it."
                    + " The grey band is how far pgjdbc may be from itself; rows whose own control"
                    + " is outside are left out.")
            .legend(
                contestants.stream()
                    .map(Contestant::label)
                    .collect(Collectors.toUnmodifiableList()))
            .plot(plot(contestants).render(Row.TOLERANCE))
            .heading("Figures")
            .paragraph(
                "Control: pgjdbc against itself in the same rounds. Bytes: allocated by the calling"
                    + " thread for one operation. Round trips: counted in a proxy, in a pass of its"
                    + " own.")
            .table(HEADER, cells())
            .heading("The control, before all others")
            .table(List.of("operation", "pgjdbc / pgjdbc", "95% interval"), controlCells())
            .heading("Machine")
            .facts(machine);
    if (!failures.isEmpty()) {
      page.heading("Not measured");
      failures.forEach(failure -> page.paragraph(sentence(failure)));
    }
    return page.render();
  }

  private IntervalPlot plot(List<Contestant> contestants) {
    IntervalPlot plot = new IntervalPlot("Time against pgjdbc", PLOT_FROM, PLOT_TO);
    Map<Operation, List<Row>> byOperation =
        rows.stream()
            .filter(Row::isBelievable)
            .collect(
                Collectors.groupingBy(Row::operation, LinkedHashMap::new, Collectors.toList()));
    byOperation.forEach(
        (operation, rowsOfIt) -> {
          plot.group(operation.label());
          for (Row row : rowsOfIt) {
            plot.value(
                contestants.indexOf(row.contestant()),
                row.time().low(),
                row.time().median(),
                row.time().high());
          }
        });
    return plot;
  }

  private List<List<String>> cells() {
    return rows.stream().map(OverheadReport::cells).collect(Collectors.toUnmodifiableList());
  }

  private static List<String> cells(Row row) {
    boolean believable = row.isBelievable();
    return List.of(
        row.operation().label(),
        row.contestant().label(),
        believable ? ratio(row.time().median()) : "refused",
        believable ? interval(row.time()) : "",
        ratio(row.control().median()),
        believable ? ratio(row.cpu().median()) : "",
        number("%,.1f", row.baseNanos() / 1000),
        number("%,.0f", row.baseBytes()),
        number("%,.0f", row.bytesMore()),
        roundTrips(row.baseRoundTrips()),
        roundTrips(row.roundTrips()));
  }

  private List<List<String>> controlCells() {
    return control.stream()
        .map(
            row ->
                List.of(
                    row.operation().label(),
                    ratio(row.control().median()),
                    interval(row.control())))
        .collect(Collectors.toUnmodifiableList());
  }

  private static String roundTrips(@Nullable Double count) {
    return count == null ? "" : number("%.2f", count);
  }

  private static String ratio(double value) {
    return number("%.3f", value);
  }

  private static String interval(Estimate estimate) {
    return ratio(estimate.low()) + " to " + ratio(estimate.high());
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String sentence(Failure failure) {
    return failure.contestant() + ", " + failure.operation().id() + ": " + failure.reason();
  }
}
