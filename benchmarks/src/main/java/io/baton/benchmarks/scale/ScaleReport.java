package io.baton.benchmarks.scale;

import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.report.HtmlPage;
import io.baton.benchmarks.report.Json;
import io.baton.benchmarks.report.LinePlot;
import io.baton.benchmarks.report.TextTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** What sessions cost, in the forms in which it is handed out. */
record ScaleReport(Map<String, String> machine, List<Holding> holdings) {

  String text() {
    return TextTable.of(Holding.HEADER, cells(), 1);
  }

  String json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("benchmark", "scale");
    json.put("machine", machine);
    json.put("holdings", holdings.stream().map(Holding::toJson).collect(Collectors.toList()));
    return Json.write(json);
  }

  String html() {
    return new HtmlPage("Many sessions in one JVM")
        .paragraph(
            "Each session has a setting and a prepared statement. Then the primary is crashed; from"
                + " the moment another one accepts writes, 32 threads use all sessions in turn"
                + " until each works again with its setting.")
        .legend(
            contestants().stream().map(Contestant::label).collect(Collectors.toUnmodifiableList()))
        .plot(plot("heap per session, KiB", holdings, Holding::heapKibibytesPerSession))
        .plot(plot("threads more", holdings, Holding::threads))
        .plot(
            plot(
                "seconds to restore all",
                holdings.stream().filter(holding -> holding.restoreMillis() >= 0).toList(),
                holding -> holding.restoreMillis() / 1000.0))
        .heading("Figures")
        .table(Holding.HEADER, cells())
        .heading("Machine")
        .facts(machine)
        .render();
  }

  private String plot(String title, List<Holding> shown, ToDoubleFunction<Holding> value) {
    LinePlot plot = new LinePlot(title, "sessions");
    List<Contestant> contestants = contestants();
    for (Contestant contestant : contestants) {
      plot.line(
          contestants.indexOf(contestant),
          shown.stream()
              .filter(holding -> holding.contestant().equals(contestant))
              .map(holding -> new double[] {holding.sessions(), value.applyAsDouble(holding)})
              .toList());
    }
    return plot.render();
  }

  private List<Contestant> contestants() {
    return holdings.stream().map(Holding::contestant).distinct().toList();
  }

  private List<List<String>> cells() {
    return holdings.stream().map(Holding::cells).toList();
  }
}
