package io.baton.benchmarks.application;

import io.baton.benchmarks.harness.AuroraEmulation;
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
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whole applications: what they get done in a second, beside pgjdbc on the same server.
 *
 * <p>Each contestant is a JVM of its own with its terminals connected all the time; they work one
 * after the other, in stretches of a few seconds, in turns that begin with another one each round.
 * What counts is the ratio to pgjdbc of the same round, and of all rounds the median. One more
 * pgjdbc is the control.
 *
 * <p>Before that all warm up; or, with {@code young}, each stretch is the beginning of a new JVM.
 */
public final class ApplicationBenchmark implements Benchmark {
  private static final String RESULTS = "results.json";
  private static final String PAGE = "index.html";
  private static final String CONTROL = "pgjdbc again";
  private static final int TEXT_COLUMNS = 1;
  private static final Duration CONNECTING = Duration.ofSeconds(60);

  @Override
  public String name() {
    return "application";
  }

  @Override
  public String summary() {
    return "goodput and latency of TPC-C's five transactions and of TPC-B's, against pgjdbc";
  }

  @Override
  public String settings() {
    return """
        workload     tpcc  or tpcb
        scale        2     warehouses, or branches
        terminals    10    connections of each application, each in use all the time
        contestants  all of %s
        warm         60    seconds that each one works before it is measured
        seconds      5     of each stretch
        rounds       12    stretches of each one
        young        0     1: each stretch is the beginning of a JVM's life, without warming up"""
        .formatted(names());
  }

  @Override
  public boolean wantsOneProcessor() {
    return false;
  }

  @Override
  public int run(Settings settings, Output output) throws Exception {
    String workload = settings.text("workload", "tpcc");
    int scale = settings.integer("scale", 2);
    int terminals = settings.integer("terminals", 10);
    List<String> chosen = settings.choice("contestants", names());
    Duration warm = Duration.ofSeconds(settings.integer("warm", 60));
    Duration stretch = Duration.ofSeconds(settings.integer("seconds", 5));
    int rounds = settings.integer("rounds", 12);
    boolean young = settings.integer("young", 0) != 0;
    settings.refuseUnknown();
    output.discard(RESULTS, PAGE);
    try (PostgresCluster cluster = start(terminals * (chosen.size() + 2))) {
      fill(cluster, Workload.named(workload, scale), output);
      List<Applicant> applicants = new ArrayList<>();
      Server server = Server.direct(cluster);
      List<String> all = new ArrayList<>(List.of(Contestants.PGJDBC.name(), CONTROL));
      all.addAll(chosen);
      for (String name : all) {
        String contestant = name.equals(CONTROL) ? Contestants.PGJDBC.name() : name;
        applicants.add(
            new Applicant(
                name, new ApplicationOrder(server, contestant, workload, scale, terminals)));
      }
      if (!young) {
        for (Applicant one : applicants) {
          one.start(CONNECTING);
          output.say(one.name() + " warms up");
          one.warmUp(warm);
        }
      }
      for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < applicants.size(); i++) {
          Applicant one = applicants.get((i + round) % applicants.size());
          if (young) {
            one.start(CONNECTING);
          }
          Stretch done = one.run(stretch);
          if (young) {
            one.close();
          }
          output.say("round " + round + ", " + one.name() + ": " + done);
        }
      }
      for (Applicant one : applicants) {
        one.close();
      }
      requireConsistency(cluster, Workload.named(workload, scale));
      report(workload, young, applicants, Machine.describe(cluster), output);
    }
    return REPORTED;
  }

  private static void report(
      String workload,
      boolean young,
      List<Applicant> applicants,
      Map<String, String> machine,
      Output output)
      throws IOException {
    Applicant measure = applicants.get(0);
    List<List<String>> cells = new ArrayList<>();
    Map<String, Object> measured = new LinkedHashMap<>();
    for (Applicant one : applicants) {
      cells.add(one.cells(measure));
      measured.put(one.name(), one.stretches().stream().map(Stretch::line).toList());
    }
    output.say(TextTable.of(Applicant.HEADER, cells, TEXT_COLUMNS));
    output.write(
        RESULTS,
        Json.write(
            Map.of(
                "benchmark", "application",
                "workload", workload,
                "young", young,
                "machine", machine,
                "stretches", measured)));
    output.write(
        PAGE,
        new HtmlPage("Whole applications: " + workload)
            .paragraph(young ? "Each stretch is the beginning of a JVM's life." : "Warmed up.")
            .table(Applicant.HEADER, cells)
            .heading("Machine")
            .facts(machine)
            .render());
  }

  private static PostgresCluster start(int connections) throws SQLException {
    PostgresCluster cluster =
        PostgresCluster.builder()
            .version(PostgresVersion.V18)
            .perNodeAddresses()
            .setting("max_connections", Integer.toString(connections + 50))
            .setting("shared_buffers", "512MB")
            .setting("max_wal_size", "4GB")
            .start();
    try {
      AuroraEmulation.install(cluster);
      return cluster;
    } catch (SQLException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private static void fill(PostgresCluster cluster, Workload workload, Output output)
      throws SQLException {
    long began = System.nanoTime();
    try (Connection owner = cluster.primary().connect();
        Statement statement = owner.createStatement()) {
      for (String sql : workload.schema()) {
        statement.execute(sql);
      }
    }
    output.say("filled in " + Duration.ofNanos(System.nanoTime() - began).toSeconds() + " s");
  }

  private static void requireConsistency(PostgresCluster cluster, Workload workload)
      throws SQLException {
    try (Connection owner = cluster.primary().connect();
        Statement statement = owner.createStatement()) {
      for (String sql : workload.inconsistencies()) {
        try (ResultSet rows = statement.executeQuery(sql)) {
          if (rows.next()) {
            throw new IllegalStateException("The database is not consistent: " + rows.getString(1));
          }
        }
      }
    }
  }

  private static List<String> names() {
    return Contestants.forOverhead().stream()
        .filter(one -> !one.name().equals("baton-replay-session"))
        .map(Contestant::name)
        .toList();
  }
}
