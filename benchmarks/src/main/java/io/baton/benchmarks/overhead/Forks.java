package io.baton.benchmarks.overhead;

import io.baton.benchmarks.harness.ChildJvm;
import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Output;
import io.baton.benchmarks.harness.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Starts the JVMs that measure, and collects what they have found. Not thread-safe. */
final class Forks {
  private final Server server;
  private final Plan plan;
  private final Output output;
  private final List<Round> rounds = new ArrayList<>();
  private final List<Failure> failures = new ArrayList<>();

  /**
   * How much is measured.
   *
   * @param forks how many JVMs for each contestant
   * @param rounds in each of them, for each operation
   */
  record Plan(
      List<Operation> operations, int forks, int rounds, int warmUpMillis, int blockMillis) {}

  Forks(Server server, Plan plan, Output output) {
    this.server = server;
    this.plan = plan;
    this.output = output;
  }

  /** Runs one JVM. */
  void run(Contestant contestant, int fork, List<Operation> operations)
      throws IOException, InterruptedException {
    output.say("measuring " + contestant.name() + ", JVM " + (fork + 1) + " of " + plan.forks());
    Path order = Files.createTempFile("baton-benchmark", ".order");
    Path results = Files.createTempFile("baton-benchmark", ".results");
    try {
      new ForkOrder(
              server,
              contestant.name(),
              fork,
              operations,
              plan.rounds(),
              plan.warmUpMillis(),
              plan.blockMillis(),
              results)
          .write(order);
      int exit =
          new ChildJvm(OverheadFork.class)
              .with("-Xms256m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch")
              .withPropertiesOfThis("org.slf4j.")
              .run(List.of(order.toString()));
      if (exit != 0) {
        throw new IOException("The JVM that measured " + contestant + " ended with " + exit);
      }
      Findings.Content content = Findings.read(results);
      rounds.addAll(content.rounds());
      failures.addAll(content.failures());
    } finally {
      Files.deleteIfExists(order);
      Files.deleteIfExists(results);
    }
  }

  /** Forgets what was found about an operation, so that it can be measured again. */
  void forget(Contestant contestant, Operation operation) {
    rounds.removeIf(round -> isOf(round, contestant, operation));
  }

  List<Round> rounds(Contestant contestant, Operation operation) {
    return rounds.stream()
        .filter(round -> isOf(round, contestant, operation))
        .collect(Collectors.toUnmodifiableList());
  }

  List<Round> rounds() {
    return List.copyOf(rounds);
  }

  /** What could not be measured, once for each operation. */
  List<Failure> failures() {
    return failures.stream().distinct().collect(Collectors.toUnmodifiableList());
  }

  private static boolean isOf(Round round, Contestant contestant, Operation operation) {
    return round.contestant().equals(contestant.name()) && round.operation() == operation;
  }
}
