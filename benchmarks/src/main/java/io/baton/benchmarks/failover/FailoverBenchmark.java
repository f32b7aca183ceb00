package io.baton.benchmarks.failover;

import io.baton.benchmarks.harness.AuroraEmulation;
import io.baton.benchmarks.harness.Benchmark;
import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Machine;
import io.baton.benchmarks.harness.Output;
import io.baton.benchmarks.harness.Settings;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What an application with a pool sees of a failover: exceptions, commits whose outcome it is not
 * told, and how long it stands still beyond the time in which no server writes.
 */
public final class FailoverBenchmark implements Benchmark {
  private static final String RESULTS = "results.json";
  private static final String PAGE = "index.html";

  @Override
  public String name() {
    return "failover";
  }

  @Override
  public String summary() {
    return "what an application sees of a crash, a switchover, a hanging server, a dead network";
  }

  @Override
  public String settings() {
    return """
        contestants  all of %s
        scenarios    all of %s
        repetitions  3     of each
        patience     70    seconds that an application has after the server's own recovery"""
        .formatted(names(), Scenario.ids());
  }

  @Override
  public boolean wantsOneProcessor() {
    return false;
  }

  @Override
  public int run(Settings settings, Output output) throws Exception {
    List<Contestant> contestants =
        settings.choice("contestants", names()).stream()
            .map(Contestants::forFailover)
            .collect(Collectors.toUnmodifiableList());
    List<Scenario> scenarios =
        settings.choice("scenarios", Scenario.ids()).stream()
            .map(Scenario::of)
            .collect(Collectors.toUnmodifiableList());
    int repetitions = settings.integer("repetitions", 3);
    Duration patience = Duration.ofSeconds(settings.integer("patience", 70));
    settings.refuseUnknown();
    output.discard(RESULTS, PAGE);
    try (PostgresCluster cluster = start()) {
      Expedition expedition = new Expedition(cluster, patience, output.folder());
      List<Course> courses = new ArrayList<>();
      List<String> failures = new ArrayList<>();
      for (int repetition = 0; repetition < repetitions; repetition++) {
        for (Scenario scenario : scenarios) {
          for (Contestant contestant : contestants) {
            try {
              courses.add(expedition.run(contestant, scenario));
              say(output, courses.get(courses.size() - 1));
            } catch (IOException e) {
              failures.add(e.toString());
              output.say(e.toString());
              cluster.repair();
            }
          }
        }
      }
      FailoverReport report =
          new FailoverReport(Machine.describe(cluster), patience, courses, failures);
      output.say(report.text());
      output.write(RESULTS, report.json());
      output.write(PAGE, report.html());
    }
    return REPORTED;
  }

  private static void say(Output output, Course course) {
    output.say(
        String.format(
            Locale.ROOT,
            "%-10s %-22s server %.2f s, then first worker %.3f s, all %.3f s; errors %s, unknown %d;"
                + " lost %d, duplicated %d, unexpected %d",
            course.scenario().id(),
            course.contestant().name(),
            course.serverPause(),
            course.firstResumed().orElse(Double.NaN),
            course.allResumed().orElse(Double.NaN),
            course.errors(),
            course.unknownCommits(),
            course.verdict().lost(),
            course.verdict().duplicated(),
            course.verdict().unexpected()));
  }

  private static PostgresCluster start() throws SQLException {
    PostgresCluster cluster =
        PostgresCluster.builder()
            .version(PostgresVersion.V18)
            .standbys(2)
            .synchronous()
            .perNodeAddresses()
            .start();
    try {
      AuroraEmulation.install(cluster);
      try (Connection connection = cluster.primary().connect();
          Statement statement = connection.createStatement()) {
        statement.execute(Expedition.TABLES);
      }
      return cluster;
    } catch (SQLException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private static List<String> names() {
    return Contestants.forFailover().stream()
        .map(Contestant::name)
        .collect(Collectors.toUnmodifiableList());
  }
}
