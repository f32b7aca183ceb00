package io.baton.benchmarks.overhead;

import io.baton.benchmarks.harness.Benchmark;
import io.baton.benchmarks.harness.ChildJvm;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where the time goes that a wrapper costs: samples of the JVM's own recorder. */
public final class ProfileBenchmark implements Benchmark {
  private static final String RESULTS = "results.json";
  private static final String PAGE = "index.html";
  private static final List<String> METHOD_HEADER = List.of("method", "\u00b5s");
  private static final String MEANING =
      "Microseconds for each operation. In pgjdbc, in it: Java code by samples of the JVM, one in"
          + " ten milliseconds; what the JDK does counts for its caller. What is left of the"
          + " client's CPU is the kernel's, for sending and receiving.";

  @Override
  public String name() {
    return "profile";
  }

  @Override
  public String summary() {
    return "where the time of an operation goes: in pgjdbc, in the wrapper, in which methods";
  }

  @Override
  public String settings() {
    return """
        contestants  baton  of those of overhead
        operations   all of %s
        warmup       8000  milliseconds before the recording
        seconds      60    that are recorded, for each operation
        processor    0     the one to run on"""
        .formatted(Operation.ids());
  }

  @Override
  public boolean wantsOneProcessor() {
    return true;
  }

  @Override
  public int run(Settings settings, Output output) throws Exception {
    List<Contestant> contestants =
        List.of(settings.text("contestants", Contestants.BATON.name()).split(",", -1)).stream()
            .map(Contestants::forOverhead)
            .toList();
    List<Operation> operations =
        settings.choice("operations", Operation.ids()).stream().map(Operation::of).toList();
    int warmUp = settings.integer("warmup", 8000);
    int seconds = settings.integer("seconds", 60);
    settings.refuseUnknown();
    output.discard(RESULTS, PAGE);
    try (PostgresCluster cluster = OverheadBenchmark.start()) {
      List<Profile> profiles = new ArrayList<>();
      for (Contestant contestant : contestants) {
        for (Operation operation : operations) {
          output.say("sampling " + contestant.name() + ", " + operation.id());
          profiles.add(sample(Server.direct(cluster), contestant, operation, warmUp, seconds));
        }
      }
      Map<String, String> machine = Machine.describe(cluster);
      output.say(MEANING);
      output.say(TextTable.of(Profile.HEADER, profiles.stream().map(Profile::cells).toList(), 2));
      for (Profile profile : profiles) {
        output.say(profile.operation().label() + ", " + profile.resolveContestant().label());
        output.say(TextTable.of(METHOD_HEADER, profile.methodCells(), 1));
      }
      output.write(RESULTS, json(machine, profiles));
      output.write(PAGE, page(machine, profiles));
    }
    return REPORTED;
  }

  private static Profile sample(
      Server server, Contestant contestant, Operation operation, int warmUp, int seconds)
      throws IOException, InterruptedException {
    Path order = Files.createTempFile("baton-benchmark", ".order");
    Path results = Files.createTempFile("baton-benchmark", ".results");
    try {
      new ForkOrder(server, contestant.name(), 0, List.of(operation), seconds, warmUp, 0, results)
          .write(order);
      int exit =
          new ChildJvm(ProfileFork.class)
              .with("-Xms256m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch")
              .with("-XX:+UnlockDiagnosticVMOptions", "-XX:+DebugNonSafepoints")
              .withPropertiesOfThis("org.slf4j.")
              .run(List.of(order.toString()));
      if (exit != 0) {
        throw new IOException("The JVM that was sampled ended with " + exit);
      }
      return Profile.parse(Files.readString(results).strip());
    } finally {
      Files.deleteIfExists(order);
      Files.deleteIfExists(results);
    }
  }

  private static String json(Map<String, String> machine, List<Profile> profiles) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("benchmark", "profile");
    json.put("machine", machine);
    json.put("profiles", profiles.stream().map(Profile::toJson).toList());
    return Json.write(json);
  }

  private static String page(Map<String, String> machine, List<Profile> profiles) {
    HtmlPage page =
        new HtmlPage("Where the time of an operation goes")
            .paragraph(MEANING)
            .table(Profile.HEADER, profiles.stream().map(Profile::cells).toList());
    for (Profile profile : profiles) {
      page.heading(profile.operation().label() + ", " + profile.resolveContestant().label())
          .table(METHOD_HEADER, profile.methodCells());
    }
    return page.heading("Machine").facts(machine).render();
  }
}
