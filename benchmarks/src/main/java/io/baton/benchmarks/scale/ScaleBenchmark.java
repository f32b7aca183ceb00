package io.baton.benchmarks.scale;

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
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What many sessions in one JVM cost, and how long a failover of all of them takes. */
public final class ScaleBenchmark implements Benchmark {
  static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final String RESULTS = "results.json";
  private static final String PAGE = "index.html";
  private static final Duration OPENING_PATIENCE = Duration.ofMinutes(3);
  private static final int SPARE_CONNECTIONS = 100;

  @Override
  public String name() {
    return "scale";
  }

  @Override
  public String summary() {
    return "memory and threads by the number of sessions, and the time to restore them";
  }

  @Override
  public String settings() {
    return """
        contestants  all of %s
        sessions     50,200,500  how many in a JVM"""
        .formatted(names());
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
    int[] numbers =
        Arrays.stream(settings.text("sessions", "50,200,500").split(",", -1))
            .mapToInt(Integer::parseInt)
            .toArray();
    settings.refuseUnknown();
    output.discard(RESULTS, PAGE);
    List<Holding> holdings = new ArrayList<>();
    try (PostgresCluster cluster = start(Arrays.stream(numbers).max().orElseThrow())) {
      for (int sessions : numbers) {
        for (Contestant contestant : contestants) {
          Holding holding = measure(cluster, contestant, sessions, output);
          if (holding != null) {
            holdings.add(holding);
            output.say(String.join("  ", holding.cells()));
          }
          cluster.repair();
        }
      }
      ScaleReport report = new ScaleReport(Machine.describe(cluster), holdings);
      output.say(report.text());
      output.write(RESULTS, report.json());
      output.write(PAGE, report.html());
    }
    return REPORTED;
  }

  private static PostgresCluster start(int sessions) throws SQLException {
    PostgresCluster cluster =
        PostgresCluster.builder()
            .version(PostgresVersion.V18)
            .standbys(2)
            .synchronous()
            .perNodeAddresses()
            .setting("max_connections", Integer.toString(sessions + SPARE_CONNECTIONS))
            .start();
    try {
      AuroraEmulation.install(cluster);
      return cluster;
    } catch (SQLException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private static @Nullable Holding measure(
      PostgresCluster cluster, Contestant contestant, int sessions, Output output)
      throws IOException, InterruptedException {
    Path order = Files.createTempFile("baton-benchmark", ".order");
    write(order, cluster, contestant, sessions);
    try (Conversation holder =
        new ChildJvm(SessionHolder.class)
            .with("-Xmx1g", "-XX:+UseSerialGC")
            .with("-Dorg.slf4j.simpleLogger.logFile=" + output.folder().resolve("holder.log"))
            .converse(List.of(order.toString()))) {
      String held = holder.awaitBeginning(SessionHolder.HELD, OPENING_PATIENCE);
      if (held == null) {
        output.say(contestant + " does not hold " + sessions + " sessions");
        return null;
      }
      cluster.failover();
      holder.say(SessionHolder.RESTORE);
      String restored = holder.awaitBeginning(SessionHolder.RESTORED, PATIENCE.plusSeconds(10));
      if (restored == null) {
        output.say(contestant + " has ended while it restored " + sessions + " sessions");
        return null;
      }
      return Holding.of(contestant, sessions, held, restored);
    } finally {
      Files.deleteIfExists(order);
    }
  }

  private static void write(
      Path order, PostgresCluster cluster, Contestant contestant, int sessions) throws IOException {
    Properties properties = new Properties();
    Server.direct(cluster).withFirst(cluster.primary()).into(properties);
    properties.setProperty("contestant", contestant.name());
    properties.setProperty("sessions", Integer.toString(sessions));
    try (Writer writer = Files.newBufferedWriter(order)) {
      properties.store(writer, null);
    }
  }

  private static List<String> names() {
    return Contestants.forFailover().stream()
        .filter(contestant -> !contestant.equals(Contestants.PGJDBC_SOCKET_TIMEOUT))
        .map(Contestant::name)
        .collect(Collectors.toUnmodifiableList());
  }
}
