package io.baton.benchmarks.failover;

import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.report.HtmlPage;
import io.baton.benchmarks.report.Json;
import io.baton.benchmarks.report.LinePlot;
import io.baton.benchmarks.report.TextTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** The courses of a run in the forms in which they are handed out. */
record FailoverReport(
    Map<String, String> machine, Duration patience, List<Course> courses, List<String> failures) {
  private static final double PLOT_FROM = -3;
  private static final double PLOT_TO = 12;
  private static final double PLOT_STEP = 0.1;

  private static final List<String> HEADER =
      List.of(
          "fault",
          "contestant",
          "runs",
          "server's own pause, s",
          "first worker after, s",
          "all workers after, s",
          "errors",
          "unknown commits",
          "lost",
          "duplicated",
          "SQLStates");

  String text() {
    return TextTable.of(HEADER, cells(), 2);
  }

  String json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("benchmark", "failover");
    json.put("machine", machine);
    json.put("patienceSeconds", patience.toSeconds());
    json.put("courses", courses.stream().map(Course::toJson).collect(Collectors.toList()));
    json.put("failures", failures);
    return Json.write(json);
  }

  String html() {
    HtmlPage page =
        new HtmlPage("What an application sees of a failover")
            .paragraph(
                "Three servers with synchronous replication, a pool of eight connections, eight"
                    + " workers with transfers in explicit transactions, all through one network"
                    + " proxy per server. Zero on the time axis is the moment at which a probe that"
                    + " asks the servers directly has committed on the new primary: what is missing"
                    + " to its right is the driver's.")
            .legend(
                contestants().stream()
                    .map(Contestant::label)
                    .collect(Collectors.toUnmodifiableList()));
    for (Scenario scenario : scenarios()) {
      page.heading(scenario.label()).plot(plot(scenario));
    }
    page.heading("Figures")
        .paragraph(
            "Seconds are medians, with the greatest in brackets; counts are sums over the runs."
                + " Errors: exceptions that the application saw. Unknown commits: those that left it"
                + " open whether the operation was committed. Lost and duplicated: what the database"
                + " said afterwards.")
        .table(HEADER, cells())
        .heading("Machine")
        .facts(machine);
    failures.forEach(page::paragraph);
    return page.render();
  }

  private String plot(Scenario scenario) {
    LinePlot plot = new LinePlot("transfers per second", "seconds since the server's recovery");
    List<Contestant> contestants = contestants();
    for (Course course : courses) {
      if (course.scenario() == scenario) {
        plot.line(
            contestants.indexOf(course.contestant()), course.rate(PLOT_FROM, PLOT_TO, PLOT_STEP));
      }
    }
    plot.moment(0, "the new primary writes");
    return plot.render();
  }

  private List<Contestant> contestants() {
    return courses.stream().map(Course::contestant).distinct().toList();
  }

  private List<Scenario> scenarios() {
    return courses.stream().map(Course::scenario).distinct().toList();
  }

  private List<List<String>> cells() {
    List<List<String>> cells = new ArrayList<>();
    for (Scenario scenario : scenarios()) {
      for (Contestant contestant : contestants()) {
        List<Course> runs =
            courses.stream()
                .filter(
                    course ->
                        course.scenario() == scenario && course.contestant().equals(contestant))
                .toList();
        if (!runs.isEmpty()) {
          cells.add(cells(scenario, contestant, runs));
        }
      }
    }
    return cells;
  }

  private List<String> cells(Scenario scenario, Contestant contestant, List<Course> runs) {
    return List.of(
        scenario.id(),
        contestant.label(),
        Integer.toString(runs.size()),
        seconds(runs, course -> OptionalDouble.of(course.serverPause())),
        seconds(runs, Course::firstResumed),
        seconds(runs, Course::allResumed),
        sum(runs, Course::errorCount),
        sum(runs, Course::unknownCommits),
        sum(runs, course -> course.verdict().lost()),
        sum(runs, course -> course.verdict().duplicated()),
        states(runs));
  }

  private String seconds(List<Course> runs, Function<Course, OptionalDouble> value) {
    double[] values =
        runs.stream()
            .mapToDouble(course -> value.apply(course).orElse(Double.POSITIVE_INFINITY))
            .sorted()
            .toArray();
    return seconds(values[values.length / 2]) + " (" + seconds(values[values.length - 1]) + ")";
  }

  private String seconds(double value) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, "%.3f", value)
        : "over " + patience.toSeconds();
  }

  private static String sum(List<Course> runs, ToLongFunction<Course> value) {
    return Long.toString(runs.stream().mapToLong(value).sum());
  }

  private static String states(List<Course> runs) {
    Map<String, Long> states = new TreeMap<>();
    runs.forEach(
        course -> course.errors().forEach((state, count) -> states.merge(state, count, Long::sum)));
    return states.entrySet().stream()
        .map(entry -> entry.getKey() + " x " + entry.getValue())
        .collect(Collectors.joining(", "));
  }
}
