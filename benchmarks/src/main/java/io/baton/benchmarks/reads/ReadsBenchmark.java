package io.baton.benchmarks.reads;

import io.baton.benchmarks.harness.Benchmark;
import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Machine;
import io.baton.benchmarks.harness.Output;
import io.baton.benchmarks.harness.Server;
import io.baton.benchmarks.harness.Settings;
import io.baton.benchmarks.report.HtmlPage;
import io.baton.benchmarks.report.Json;
import io.baton.benchmarks.report.LinePlot;
import io.baton.benchmarks.report.TextTable;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads per second over one, two and three readers, where their own work is what limits them. */
public final class ReadsBenchmark implements Benchmark {
  private static final String RESULTS = "results.json";
  private static final String PAGE = "index.html";
  private static final int MOST_READERS = 3;
  private static final List<Contestant> CONTESTANTS =
      List.of(Contestants.BATON, Contestants.PGJDBC_READERS);

  @Override
  public String name() {
    return "reads";
  }

  @Override
  public String summary() {
    return "reads per second over one, two and three readers, and their shares";
  }

  @Override
  public String settings() {
    return """
        threads      24    that read, each on a connection of its own
        warmup       3000  milliseconds before the count
        time         8000  milliseconds of counting""";
  }

  @Override
  public boolean wantsOneProcessor() {
    return false;
  }

  @Override
  public int run(Settings settings, Output output) throws Exception {
    int threads = settings.integer("threads", 24);
    int warmUp = settings.integer("warmup", 3000);
    int time = settings.integer("time", 8000);
    settings.refuseUnknown();
    output.discard(RESULTS, PAGE);
    try (PostgresCluster cluster =
        PostgresCluster.builder().version(PostgresVersion.V18).standbys(MOST_READERS).start()) {
      List<Course> courses = new ArrayList<>();
      for (int readers = 1; readers <= MOST_READERS; readers++) {
        for (Contestant contestant : CONTESTANTS) {
          try (Crowd crowd = new Crowd(contestant, with(readers, cluster), threads)) {
            crowd.read(warmUp);
            courses.add(Course.of(contestant, readers, crowd.read(time), time));
          }
        }
      }
      Map<String, String> machine = Machine.describe(cluster);
      List<List<String>> cells = courses.stream().map(Course::cells).toList();
      output.say(TextTable.of(Course.HEADER, cells, 1));
      output.write(RESULTS, json(machine, courses));
      output.write(PAGE, page(machine, courses, cells));
    }
    return REPORTED;
  }

  /** The primary, and the first of the standbys. */
  private static Server with(int readers, PostgresCluster cluster) {
    Server all = Server.direct(cluster).withFirst(cluster.primary());
    return new Server(
        all.nodes().subList(0, readers + 1), all.database(), all.user(), all.password());
  }

  private static String json(Map<String, String> machine, List<Course> courses) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("benchmark", "reads");
    json.put("machine", machine);
    json.put("courses", courses.stream().map(Course::toJson).toList());
    return Json.write(json);
  }

  private static String page(
      Map<String, String> machine, List<Course> courses, List<List<String>> cells) {
    LinePlot plot = new LinePlot("reads per second", "readers");
    for (Contestant contestant : CONTESTANTS) {
      plot.line(
          CONTESTANTS.indexOf(contestant),
          courses.stream()
              .filter(course -> course.contestant().equals(contestant))
              .map(course -> new double[] {course.readers(), course.perSecond()})
              .toList());
    }
    return new HtmlPage("Reads over several readers")
        .paragraph(
            "Connections are set to read-only. Each server answers one read after the other, for"
                + " each waits for a lock there and holds it for 4 ms: so the servers' own work is"
                + " the limit, as it is where they do not share processors.")
        .legend(CONTESTANTS.stream().map(Contestant::label).toList())
        .plot(plot.render())
        .heading("Figures")
        .table(Course.HEADER, cells)
        .heading("Machine")
        .facts(machine)
        .render();
  }
}
