package io.baton.benchmarks.firstconnection;

import io.baton.benchmarks.harness.AuroraEmulation;
import io.baton.benchmarks.harness.Benchmark;
import io.baton.benchmarks.harness.ChildJvm;
import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Conversation;
import io.baton.benchmarks.harness.Machine;
import io.baton.benchmarks.harness.Output;
import io.baton.benchmarks.harness.Server;
import io.baton.benchmarks.harness.Settings;
import io.baton.benchmarks.report.HtmlPage;
import io.baton.benchmarks.report.Json;
import io.baton.benchmarks.report.TextTable;
import io.baton.testkit.PostgresCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the first connection of a JVM takes, and its first query: a new JVM each time, all
 * contestants in turns. What counts is the ratio to pgjdbc of the same round, and of all rounds the
 * median. One more pgjdbc is the control.
 */
public final class FirstConnectionBenchmark implements Benchmark {
  private static final String RESULTS = "results.json";
  private static final String PAGE = "index.html";
  private static final String CONTROL = "pgjdbc again";
  private static final int TEXT_COLUMNS = 1;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final List<String> HEADER =
      List.of(
          "pgjdbc = 1",
          "first connection: median (least, most)",
          "milliseconds",
          "first query, milliseconds");

  /** How long one took, in nanoseconds. */
  private record Taken(long connecting, long asking) {}

  @Override
  public String name() {
    return "first-connection";
  }

  @Override
  public String summary() {
    return "what the first connection of a young JVM takes, against pgjdbc";
  }

  @Override
  public String settings() {
    return """
        contestants  baton,aws  of those of overhead
        rounds       15         new JVMs of each
        jvm                     options of the JVM, with commas between""";
  }

  @Override
  public boolean wantsOneProcessor() {
    return false;
  }

  @Override
  public int run(Settings settings, Output output) throws Exception {
    List<String> chosen = List.of(settings.text("contestants", "baton,aws").split(",", -1));
    int rounds = settings.integer("rounds", 15);
    String options = settings.text("jvm", "");
    settings.refuseUnknown();
    output.discard(RESULTS, PAGE);
    Map<String, List<Taken>> taken = new LinkedHashMap<>();
    List<String> all = new ArrayList<>(List.of(Contestants.PGJDBC.name(), CONTROL));
    all.addAll(chosen);
    try (PostgresCluster cluster = PostgresCluster.builder().start()) {
      AuroraEmulation.install(cluster);
      Server server = Server.direct(cluster);
      for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < all.size(); i++) {
          String name = all.get((i + round) % all.size());
          taken
              .computeIfAbsent(name, first -> new ArrayList<>())
              .add(connect(contestant(name), server, options));
        }
      }
      report(taken, Machine.describe(cluster), output);
    }
    return REPORTED;
  }

  private static Contestant contestant(String name) {
    return Contestants.forOverhead(name.equals(CONTROL) ? Contestants.PGJDBC.name() : name);
  }

  private static Taken connect(Contestant contestant, Server server, String options)
      throws IOException, InterruptedException {
    ChildJvm jvm =
        new ChildJvm(FirstConnectionFork.class)
            .with("-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
    if (!options.isEmpty()) {
      jvm.with(options.split(",", -1));
    }
    try (Conversation conversation =
        jvm.converse(
            List.of(
                contestant.driverClass(),
                contestant.url(server),
                server.user(),
                server.password()))) {
      String line = conversation.awaitBeginning(FirstConnectionFork.TOOK, PATIENCE);
      if (line == null) {
        throw new IOException(contestant + " does not connect");
      }
      String[] words = line.substring(FirstConnectionFork.TOOK.length()).split(" ", -1);
      conversation.awaitEnd(PATIENCE);
      return new Taken(Long.parseLong(words[0]), Long.parseLong(words[1]));
    }
  }

  private static void report(
      Map<String, List<Taken>> taken, Map<String, String> machine, Output output)
      throws IOException {
    List<Taken> measure = taken.getOrDefault(Contestants.PGJDBC.name(), List.of());
    List<List<String>> cells = new ArrayList<>();
    Map<String, Object> measured = new LinkedHashMap<>();
    taken.forEach(
        (name, ofOne) -> {
          double[] ratios = new double[ofOne.size()];
          for (int i = 0; i < ratios.length; i++) {
            ratios[i] = (double) ofOne.get(i).connecting() / measure.get(i).connecting();
          }
          Arrays.sort(ratios);
          cells.add(
              List.of(
                  name,
                  String.format(
                      Locale.ROOT,
                      "%.2f (%.2f, %.2f)",
                      ratios[ratios.length / 2],
                      ratios[0],
                      ratios[ratios.length - 1]),
                  median(ofOne.stream().mapToLong(Taken::connecting).toArray()),
                  median(ofOne.stream().mapToLong(Taken::asking).toArray())));
          measured.put(name, ofOne.stream().map(Taken::connecting).toList());
        });
    output.say(TextTable.of(HEADER, cells, TEXT_COLUMNS));
    output.write(
        RESULTS,
        Json.write(
            Map.of("benchmark", "first-connection", "machine", machine, "nanoseconds", measured)));
    output.write(
        PAGE,
        new HtmlPage("The first connection of a JVM")
            .paragraph("Each in a new JVM. Ratios are those to pgjdbc of the same round.")
            .table(HEADER, cells)
            .heading("Machine")
            .facts(machine)
            .render());
  }

  private static String median(long[] nanoseconds) {
    Arrays.sort(nanoseconds);
    return String.format(Locale.ROOT, "%.0f", nanoseconds[nanoseconds.length / 2] / 1e6);
  }
}
