package io.baton.benchmarks.overhead;

import io.baton.benchmarks.harness.AuroraEmulation;
import io.baton.benchmarks.harness.Benchmark;
import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Machine;
import io.baton.benchmarks.harness.Output;
import io.baton.benchmarks.harness.Pinning;
import io.baton.benchmarks.harness.Server;
import io.baton.benchmarks.harness.Settings;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What contestants cost per operation, against pgjdbc on the same server, with client and server on
 * one processor.
 *
 * <p>First of all pgjdbc is measured against itself. Where it is not equal to itself within {@link
 * Row#TOLERANCE}, nothing is reported: then the machine is not calm enough, or the method is wrong.
 */
public final class OverheadBenchmark implements Benchmark {
  private static final String DATA = "rounds.tsv";
  private static final String RESULTS = "results.json";
  private static final String PAGE = "index.html";

  @Override
  public String name() {
    return "overhead";
  }

  @Override
  public String summary() {
    return "time, client CPU, memory and round trips per operation, in pairs with pgjdbc";
  }

  @Override
  public String settings() {
    return """
        contestants  all of %s
        operations   all of %s
        forks        2     JVMs for each contestant
        rounds       120   in each JVM for each operation; six blocks each
        warmup       5000  milliseconds before the first round of an operation, on all processors,
                           so that the compiler has one for itself
        block        1     milliseconds that pgjdbc takes for a block; the shorter, the less noise
        retries      2     further attempts where pgjdbc is not equal to itself
        processor    0     the one to run on"""
        .formatted(names(Contestants.forOverhead()), Operation.ids());
  }

  @Override
  public boolean wantsOneProcessor() {
    return true;
  }

  @Override
  public int run(Settings settings, Output output) throws Exception {
    List<Contestant> contestants =
        settings.choice("contestants", names(Contestants.forOverhead())).stream()
            .map(Contestants::forOverhead)
            .collect(Collectors.toUnmodifiableList());
    Forks.Plan plan =
        new Forks.Plan(
            settings.choice("operations", Operation.ids()).stream()
                .map(Operation::of)
                .collect(Collectors.toUnmodifiableList()),
            settings.integer("forks", 2),
            settings.integer("rounds", 120),
            settings.integer("warmup", 5000),
            settings.integer("block", 1));
    int retries = settings.integer("retries", 2);
    settings.refuseUnknown();
    output.discard(DATA, RESULTS, PAGE);
    if (!Pinning.isPinned()) {
      output.say("not pinned to one processor: expect the control to be off");
    }
    try (PostgresCluster cluster = start()) {
      Forks forks = new Forks(Server.direct(cluster), plan, output);
      Comparison comparison = new Comparison(forks, plan, retries, output);
      List<Row> control = comparison.control();
      if (control.isEmpty()) {
        return REFUSED;
      }
      comparison.measure(contestants);
      List<Row> rows = comparison.rows(contestants, new RoundTrips(cluster));
      OverheadReport report =
          new OverheadReport(describe(cluster, plan), control, rows, forks.failures());
      output.say(report.text());
      output.write(DATA, data(forks.rounds()));
      output.write(RESULTS, report.json());
      output.write(PAGE, report.html());
      return rows.stream().allMatch(Row::isBelievable) ? REPORTED : REFUSED;
    }
  }

  /** One server that does nothing in the background that it need not do. */
  static PostgresCluster start() throws SQLException {
    PostgresCluster cluster =
        PostgresCluster.builder()
            .version(PostgresVersion.V18)
            .setting("shared_buffers", "256MB")
            .setting("autovacuum", "off")
            .setting("checkpoint_timeout", "1h")
            .setting("max_wal_size", "16GB")
            .setting("jit", "off")
            .start();
    try {
      AuroraEmulation.install(cluster);
      try (Connection connection = cluster.primary().connect()) {
        Schema.create(connection);
      }
      return cluster;
    } catch (SQLException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private static Map<String, String> describe(PostgresCluster cluster, Forks.Plan plan)
      throws SQLException {
    Map<String, String> description = new LinkedHashMap<>(Machine.describe(cluster));
    description.put("client and server", Pinning.isPinned() ? "on one processor" : "not pinned");
    description.put(
        "plan",
        "%d JVMs x %d rounds x 6 blocks of %d ms for each contestant and operation"
            .formatted(plan.forks(), plan.rounds(), plan.blockMillis()));
    return description;
  }

  private static String data(List<Round> rounds) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(Round.HEADER);
    rounds.forEach(round -> lines.add(round.line()));
    return String.join("\n", lines) + "\n";
  }

  private static List<String> names(List<Contestant> contestants) {
    return contestants.stream().map(Contestant::name).collect(Collectors.toUnmodifiableList());
  }
}
