package io.baton.benchmarks.micro;

import io.baton.benchmarks.harness.Benchmark;
import io.baton.benchmarks.harness.Machine;
import io.baton.benchmarks.harness.Output;
import io.baton.benchmarks.harness.Settings;
import io.baton.benchmarks.report.HtmlPage;
import io.baton.benchmarks.report.TextTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the JMH benchmarks of this package. */
public final class MicroBenchmark implements Benchmark {
  private static final String RESULTS = "results.json";
  private static final String PAGE = "index.html";
  private static final String ALLOCATED = "gc.alloc.rate.norm";
  private static final List<String> HEADER =
      List.of("benchmark", "parameters", "time", "\u00b1 (99.9%)", "unit", "bytes");

  @Override
  public String name() {
    return "jmh";
  }

  @Override
  public String summary() {
    return "the analysis of statements by length and number of texts, by JMH";
  }

  @Override
  public String settings() {
    return """
        include      .*    a regular expression that the benchmarks' names contain
        forks        2     JVMs for each
        processor    0     the one to run on""";
  }

  @Override
  public boolean wantsOneProcessor() {
    return true;
  }

  @Override
  public int run(Settings settings, Output output) throws Exception {
    String include = settings.text("include", ".*");
    int forks = settings.integer("forks", 2);
    settings.refuseUnknown();
    output.discard(RESULTS, PAGE);
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("\\Q" + MicroBenchmark.class.getPackageName() + "\\E.*" + include)
            .forks(forks)
            .shouldFailOnError(true)
            .addProfiler(GCProfiler.class)
            .resultFormat(ResultFormatType.JSON)
            .result(output.folder().resolve(RESULTS).toString());
    List<List<String>> cells = cells(new Runner(options.build()).run());
    output.say(TextTable.of(HEADER, cells, 2));
    output.write(PAGE, page(cells));
    return REPORTED;
  }

  private static String page(List<List<String>> cells) {
    return new HtmlPage("Parts that run on every call")
        .paragraph("Average time of one call, and what it allocates; by JMH.")
        .table(HEADER, cells)
        .heading("Machine")
        .facts(Machine.describe())
        .render();
  }

  private static List<List<String>> cells(Collection<RunResult> results) {
    List<List<String>> cells = new ArrayList<>();
    for (RunResult result : results) {
      Result<?> time = result.getPrimaryResult();
      Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
      cells.add(
          List.of(
              shortName(result.getParams().getBenchmark()),
              result.getParams().getParamsKeys().stream()
                  .map(key -> key + "=" + result.getParams().getParam(key))
                  .collect(Collectors.joining(", ")),
              number(time.getScore()),
              number(time.getScoreError()),
              time.getScoreUnit(),
              allocated == null ? "" : number(allocated.getScore())));
    }
    return cells;
  }

  private static String shortName(String benchmark) {
    return benchmark.substring(MicroBenchmark.class.getPackageName().length() + 1);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
  }
}
