package io.baton.benchmarks.cutover;

import io.baton.benchmarks.cutover.CutoverRound.Taken;
import io.baton.benchmarks.harness.Benchmark;
import io.baton.benchmarks.harness.Machine;
import io.baton.benchmarks.harness.Output;
import io.baton.benchmarks.harness.Settings;
import io.baton.benchmarks.report.HtmlPage;
import io.baton.benchmarks.report.Json;
import io.baton.benchmarks.report.TextTable;
import io.baton.testkit.PostgresVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/** How long a running application waits when it is cut over to PostgreSQL 18. */
public final class CutoverBenchmark implements Benchmark {
  private static final String RESULTS = "results.json";
  private static final String PAGE = "index.html";
  private static final int TEXT_COLUMNS = 1;
  private static final List<String> HEADER =
      List.of(
          "from, sessions",
          "new transactions waited, ms: median (least, most)",
          "of which writes were refused, ms",
          "longest transfer from then on, ms",
          "longest while sessions were prepared, ms");

  @Override
  public String name() {
    return "cutover";
  }

  @Override
  public String summary() {
    return "how long a pool at work waits when it is cut over to PostgreSQL 18";
  }

  @Override
  public String settings() {
    return """
        from      15,14   versions to leave, with commas between
        sessions  8,100   connections of the pool, each with a thread that uses it
        rate      1000    transfers in a second of all together; 0 for as many as they can, which
                          may be more than a subscription applies
        rounds    10      of each, on new clusters; the median counts""";
  }

  @Override
  public boolean wantsOneProcessor() {
    return false;
  }

  @Override
  public int run(Settings settings, Output output) throws Exception {
    String[] versions = settings.text("from", "15,14").split(",", -1);
    String[] crowds = settings.text("sessions", "8,100").split(",", -1);
    int rate = settings.integer("rate", 1000);
    int rounds = settings.integer("rounds", 10);
    settings.refuseUnknown();
    output.discard(RESULTS, PAGE);
    List<List<String>> cells = new ArrayList<>();
    Map<String, Object> measured = new LinkedHashMap<>();
    for (String version : versions) {
      for (String crowd : crowds) {
        CutoverRound round =
            new CutoverRound(
                PostgresVersion.of(Integer.parseInt(version)), Integer.parseInt(crowd), rate);
        String what = "PostgreSQL " + version + ", " + crowd;
        List<Taken> taken = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
          Taken one = round.run();
          if (!one.result().opened()) {
            output.say(what + ": taken back, and not counted: " + one.result().reason());
            continue;
          }
          taken.add(one);
          output.say(
              "%s: waited %d ms, refused %d ms, longest transfer %d ms, before %d ms, %d transfers"
                  .formatted(
                      what,
                      one.result().pause().toMillis(),
                      one.result().fenced().toMillis(),
                      one.longest() / 1_000_000,
                      one.longestBefore() / 1_000_000,
                      one.operations()));
        }
        if (taken.isEmpty()) {
          continue;
        }
        cells.add(
            List.of(
                what,
                spread(taken, one -> one.result().pause().toMillis()),
                spread(taken, one -> one.result().fenced().toMillis()),
                spread(taken, one -> one.longest() / 1_000_000),
                spread(taken, one -> one.longestBefore() / 1_000_000)));
        measured.put(what, taken.stream().map(one -> one.result().pause().toMillis()).toList());
      }
    }
    Map<String, String> machine = Machine.describe();
    output.say(TextTable.of(HEADER, cells, TEXT_COLUMNS));
    output.write(
        RESULTS,
        Json.write(Map.of("benchmark", name(), "machine", machine, "pauseMillis", measured)));
    output.write(
        PAGE,
        new HtmlPage("A cut over to PostgreSQL 18")
            .paragraph(
                "%d rounds of each, %s transfers in a second, servers and pool on one machine."
                    .formatted(rounds, rate == 0 ? "as many as possible" : String.valueOf(rate)))
            .table(HEADER, cells)
            .heading("Machine")
            .facts(machine)
            .render());
    return REPORTED;
  }

  private static String spread(List<Taken> taken, ToLongFunction<Taken> value) {
    long[] sorted = taken.stream().mapToLong(value).sorted().toArray();
    return "%d (%d, %d)".formatted(sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
  }
}
