package io.baton.benchmarks.longtransaction;

import io.baton.benchmarks.harness.Benchmark;
import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Machine;
import io.baton.benchmarks.harness.Output;
import io.baton.benchmarks.harness.Server;
import io.baton.benchmarks.harness.Settings;
import io.baton.benchmarks.report.HtmlPage;
import io.baton.benchmarks.report.Json;
import io.baton.benchmarks.report.TextTable;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What one long transaction costs in memory and time, and whether it survives its connection. */
public final class LongTransactionBenchmark implements Benchmark {
  private static final String RESULTS = "results.json";
  private static final String PAGE = "index.html";
  private static final int TEXT_COLUMNS = 2;
  private static final List<Contestant> CONTESTANTS =
      List.of(Contestants.PGJDBC, Contestants.BATON, Contestants.BATON_LARGE_JOURNAL);

  @Override
  public String name() {
    return "long-transaction";
  }

  @Override
  public String summary() {
    return "memory and time of one transaction of very many statements and rows";
  }

  @Override
  public String settings() {
    return """
        statements  100000   that write a row each
        rows        1000000  that are read, 1000 at a time
        rounds      3        of all contestants, one after the other; the median counts""";
  }

  @Override
  public boolean wantsOneProcessor() {
    return true;
  }

  @Override
  public int run(Settings settings, Output output) throws Exception {
    LongTransaction measured =
        new LongTransaction(
            settings.integer("statements", 100_000), settings.integer("rows", 1_000_000));
    int rounds = settings.integer("rounds", 3);
    settings.refuseUnknown();
    output.discard(RESULTS, PAGE);
    try (PostgresCluster cluster = PostgresCluster.builder().version(PostgresVersion.V18).start()) {
      Server server = Server.direct(cluster);
      try (Connection connection = cluster.primary().connect()) {
        LongTransaction.prepare(connection);
      }
      Map<Contestant, List<Findings>> runs = new LinkedHashMap<>();
      for (int round = 0; round <= rounds; round++) {
        for (Contestant contestant : CONTESTANTS) {
          Findings found = measured.run(contestant, server);
          output.say((round == 0 ? "warm-up  " : "") + String.join("  ", found.cells()));
          if (round > 0) {
            runs.computeIfAbsent(contestant, first -> new ArrayList<>()).add(found);
          }
        }
      }
      List<Findings> medians = runs.values().stream().map(Findings::median).toList();
      Map<String, String> machine = Machine.describe(cluster);
      List<List<String>> cells = medians.stream().map(Findings::cells).toList();
      output.say(TextTable.of(Findings.HEADER, cells, TEXT_COLUMNS));
      output.write(RESULTS, json(machine, medians));
      output.write(
          PAGE,
          new HtmlPage("One long transaction")
              .paragraph(
                  measured.statements()
                      + " statements and "
                      + measured.rows()
                      + " rows; then its backend is ended.")
              .table(Findings.HEADER, cells)
              .heading("Machine")
              .facts(machine)
              .render());
    }
    return REPORTED;
  }

  private static String json(Map<String, String> machine, List<Findings> medians) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("benchmark", "long-transaction");
    json.put("machine", machine);
    json.put("contestants", medians.stream().map(Findings::toJson).toList());
    return Json.write(json);
  }
}
