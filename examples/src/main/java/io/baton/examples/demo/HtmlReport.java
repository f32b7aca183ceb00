package io.baton.examples.demo;

import io.baton.examples.demo.ApplicationError.Step;
import io.baton.examples.demo.Timeline.Event;
import io.baton.examples.demo.Timeline.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The report of a run: one HTML file that needs nothing besides itself. */
final class HtmlReport {
  private static final String TEMPLATE = "report.html";
  private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z-]+)}}");
  private static final long SLICE_NANOS = 100_000_000;

  private final RunResult result;
  private final Throughput throughput;

  HtmlReport(RunResult result) {
    this.result = result;
    this.throughput = Throughput.of(result.ledger().settled(), result.endNanos(), SLICE_NANOS);
  }

  /** Writes the report; returns where, as an absolute path. */
  Path writeTo(Path file) throws IOException {
    Path absolute = file.toAbsolutePath().normalize();
    return Files.writeString(absolute, html());
  }

  String html() throws IOException {
    Map<String, String> contents =
        Map.ofEntries(
            Map.entry("driver", Html.escape(result.surroundings().driver())),
            Map.entry("subtitle", Html.escape(subtitle())),
            Map.entry("verdict-class", result.verdict().holds() ? "good" : "bad"),
            Map.entry("verdict", Html.escape(result.verdict().headline())),
            Map.entry("faults", faults()),
            Map.entry("tiles", tiles()),
            Map.entry("chart", new RunChart(result, throughput).svg()),
            Map.entry("pause-limit", Units.duration(RunChart.PAUSE_NANOS)),
            Map.entry("event-key", eventKey()),
            Map.entry("events", events()),
            Map.entry("errors", errors()),
            Map.entry("database", database()),
            Map.entry("surroundings", surroundings()),
            Map.entry("data", data()));
    Matcher places = PLACE.matcher(template());
    return places.replaceAll(
        place -> {
          String content = contents.get(place.group(1));
          if (content == null) {
            throw new IllegalStateException("Nothing to put at " + place.group());
          }
          return Matcher.quoteReplacement(content);
        });
  }

  private String subtitle() {
    return "%s through HikariCP, %s, %s"
        .formatted(
            Units.counted(result.workers(), "worker"),
            result.servers(),
            result.surroundings().when());
  }

  private String faults() {
    List<String> faults = result.verdict().faults();
    return faults.isEmpty()
        ? ""
        : faults.stream()
            .map(fault -> "<li>" + Html.escape(fault) + "</li>")
            .collect(Collectors.joining("", "<ul>", "</ul>"));
  }

  private String tiles() {
    Verdict verdict = result.verdict();
    Ledger.Snapshot ledger = result.ledger();
    return tile("acknowledged", verdict.acknowledged(), false)
        + tile("lost", verdict.lost().size(), true)
        + tile("done twice", verdict.duplicated().size(), true)
        + tile("errors the application saw", ledger.errors().size(), true)
        + tile("commits in doubt", ledger.commitsInDoubt(), true)
        + tile("longest pause", Units.duration(ledger.longestPauseNanos()), "");
  }

  private static String tile(String name, long count, boolean shouldBeNone) {
    String css = !shouldBeNone ? "" : count == 0 ? "good" : "bad";
    return tile(name, Units.count(count), css);
  }

  private static String tile(String name, String value, String css) {
    return "<div class=\"tile %s\">%s%s</div>\n"
        .formatted(css, Html.element("b", "value", value), Html.element("span", "name", name));
  }

  private String eventKey() {
    return result.isUpgrade()
        ? keyed(Kind.UPGRADE, "moved to the new cluster")
        : keyed(Kind.CRASH, "crash")
            + keyed(Kind.SWITCHOVER, "switchover")
            + keyed(Kind.REBUILD, "crashed node rebuilt as a standby");
  }

  private static String keyed(Kind kind, String meaning) {
    return "<li><i style=\"background: var(--%s)\"></i>%s</li>\n".formatted(kind.text(), meaning);
  }

  private String events() {
    StringBuilder rows = new StringBuilder();
    for (Impact impact : result.impacts()) {
      Event event = impact.event();
      boolean moves = event.kind().movesPrimary();
      rows.append("<tr class=\"")
          .append(event.kind().text())
          .append("\"><th scope=\"row\"><i></i>")
          .append(Html.escape(event.label()))
          .append("</th>")
          .append(Html.element("td", "text", event.detail()));
      for (String cell :
          List.of(
              Terminal.moment(event.beganNanos()).strip(),
              moves ? Units.duration(event.withoutWriterNanos()) : "",
              Units.duration(impact.longestPauseNanos()),
              moves ? Units.duration(impact.afterWritableNanos()) : "",
              impact.errorsText())) {
        rows.append("<td>").append(Html.escape(cell)).append("</td>");
      }
      rows.append("</tr>\n");
    }
    return rows.toString();
  }

  private String errors() {
    Map<String, Map<Step, List<ApplicationError>>> groups =
        result.ledger().errors().stream()
            .collect(
                Collectors.groupingBy(
                    ApplicationError::sqlState,
                    TreeMap::new,
                    Collectors.groupingBy(
                        ApplicationError::during, TreeMap::new, Collectors.toList())));
    if (groups.isEmpty()) {
      return "<p>None.</p>";
    }
    StringBuilder rows = new StringBuilder();
    groups.forEach(
        (state, steps) ->
            steps.forEach(
                (step, errors) ->
                    rows.append("<tr>")
                        .append(Html.element("th", "", state))
                        .append("<td>")
                        .append(Units.count(errors.size()))
                        .append("</td>")
                        .append(Html.element("td", "text", step.text()))
                        .append(Html.element("td", "text", errors.get(0).message()))
                        .append("</tr>\n")));
    return """
        <div class="wide"><table><thead><tr><th>SQLState</th><th>times</th>\
        <th class="text">where</th><th class="text">the first one said</th></tr></thead>
        <tbody>%s</tbody></table></div>"""
        .formatted(rows);
  }

  private String database() {
    Verdict verdict = result.verdict();
    Ledger.Snapshot ledger = result.ledger();
    StringBuilder rows = new StringBuilder();
    rows.append(fact("Acknowledged: commit() returned", verdict.acknowledged()));
    rows.append(fact("Acknowledged and not in the database", verdict.lost().size()));
    rows.append(fact("More than once in the database", verdict.duplicated().size()));
    if (result.isUpgrade()) {
      rows.append(fact("In the old database and not in the new one", verdict.leftBehind().size()));
    }
    rows.append(fact("Committed though reported as not committed", verdict.unaccounted().size()));
    rows.append(
        Html.row(
            "Commits in doubt: found, run again, still open",
            List.of(
                "%s, %s, %s"
                    .formatted(
                        Units.count(ledger.foundCommitted()),
                        Units.count(ledger.foundMissing()),
                        Units.count(ledger.stillInDoubt())))));
    rows.append(fact("Reads with impossible values", verdict.wrongReads().size()));
    rows.append(
        Html.row(
            "Sum of all balances",
            List.of(
                Units.count(verdict.total())
                    + (verdict.total() == Verdict.EXPECTED_TOTAL ? " (as before)" : " (wrong)"))));
    rows.append(fact("Accounts that are not the sum of their operations", verdict.wrongBalances()));
    verdict
        .byServer()
        .forEach((server, count) -> rows.append(fact("Operations run on " + server, count)));
    return rows.toString();
  }

  private static String fact(String name, long count) {
    return Html.row(name, List.of(Units.count(count)));
  }

  private String surroundings() {
    Surroundings surroundings = result.surroundings();
    return Html.row("Driver", List.of(surroundings.driver()))
        + Html.row("URL", List.of(surroundings.url()))
        + Html.row("Pool", List.of(surroundings.pool()))
        + Html.row("Server", List.of(surroundings.server()))
        + Html.row("JVM", List.of(surroundings.java()))
        + Html.row("Machine", List.of(surroundings.machine()));
  }

  /** What the script needs to tell about the moment under the pointer. */
  private String data() {
    String rates =
        throughput.perSecond().stream()
            .map(rate -> String.format(Locale.ROOT, "%.0f", rate))
            .collect(Collectors.joining(","));
    return "{\"left\":%s,\"width\":%s,\"end\":%s,\"slice\":%s,\"rates\":[%s]}"
        .formatted(
            Html.number(RunChart.LEFT),
            Html.number(RunChart.WIDTH - RunChart.LEFT - RunChart.RIGHT),
            Units.seconds(result.endNanos()),
            Units.seconds(SLICE_NANOS),
            rates);
  }

  private static String template() throws IOException {
    try (InputStream stream = HtmlReport.class.getResourceAsStream(TEMPLATE)) {
      if (stream == null) {
        throw new IOException(TEMPLATE + " is missing from the class path");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
