package io.baton.benchmarks.overhead;

import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Output;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The course of the measurement: the control, then the contestants in turns, then again what the
 * control of its own rounds has spoilt. Not thread-safe.
 */
final class Comparison {
  private final Forks forks;
  private final Forks.Plan plan;
  private final int retries;
  private final Output output;

  Comparison(Forks forks, Forks.Plan plan, int retries, Output output) {
    this.forks = forks;
    this.plan = plan;
    this.retries = retries;
    this.output = output;
  }

  /**
   * Measures pgjdbc against itself and prints it.
   *
   * @return empty if it is not equal to itself; it was said then
   */
  List<Row> control() throws IOException, InterruptedException {
    run(List.of(Contestants.PGJDBC), plan.operations());
    repeatSpoilt(Contestants.PGJDBC);
    List<Row> rows = new ArrayList<>();
    output.say("");
    output.say("control: pgjdbc against itself");
    for (Operation operation : plan.operations()) {
      List<Round> rounds = forks.rounds(Contestants.PGJDBC, operation);
      if (rounds.isEmpty()) {
        output.say("pgjdbc itself cannot do " + operation.id() + ": " + forks.failures());
        return List.of();
      }
      Row row = Row.of(Contestants.PGJDBC, operation, rounds);
      rows.add(row);
      output.say(
          String.format(
              Locale.ROOT,
              "  %-36s %.3f  (%.3f to %.3f)%s",
              operation.label(),
              row.control().median(),
              row.control().low(),
              row.control().high(),
              row.isBelievable() ? "" : "  off by more than 2%"));
    }
    output.say("");
    if (rows.stream().allMatch(Row::isBelievable)) {
      return rows;
    }
    output.say(
        "Refusing to report: pgjdbc is not equal to itself within 2%. Make the machine calm, or"
            + " raise rounds and forks.");
    return List.of();
  }

  /** All contestants in turns, one JVM of each after the other. */
  void measure(List<Contestant> contestants) throws IOException, InterruptedException {
    run(contestants, plan.operations());
    for (Contestant contestant : contestants) {
      repeatSpoilt(contestant);
    }
  }

  private void run(List<Contestant> contestants, List<Operation> operations)
      throws IOException, InterruptedException {
    for (int fork = 0; fork < plan.forks(); fork++) {
      for (Contestant contestant : contestants) {
        forks.run(contestant, fork, operations);
      }
    }
  }

  private void repeatSpoilt(Contestant contestant) throws IOException, InterruptedException {
    for (int attempt = 0; attempt < retries; attempt++) {
      List<Operation> spoilt = spoilt(contestant);
      if (spoilt.isEmpty()) {
        return;
      }
      output.say("the control is off by more than 2%, measuring again: " + spoilt);
      spoilt.forEach(operation -> forks.forget(contestant, operation));
      run(List.of(contestant), spoilt);
    }
  }

  private List<Operation> spoilt(Contestant contestant) {
    List<Operation> spoilt = new ArrayList<>();
    for (Operation operation : plan.operations()) {
      Row row = row(contestant, operation);
      if (row != null && !row.isBelievable()) {
        spoilt.add(operation);
      }
    }
    return spoilt;
  }

  /** What was found, with the round trips counted now. */
  List<Row> rows(List<Contestant> contestants, RoundTrips roundTrips) {
    List<Row> rows = new ArrayList<>();
    for (Operation operation : plan.operations()) {
      Double ofBase = roundTrips.count(Contestants.PGJDBC, operation);
      for (Contestant contestant : contestants) {
        Row row = row(contestant, operation);
        if (row != null) {
          rows.add(row.withRoundTrips(ofBase, roundTrips.count(contestant, operation)));
        }
      }
    }
    return rows;
  }

  private @Nullable Row row(Contestant contestant, Operation operation) {
    List<Round> rounds = forks.rounds(contestant, operation);
    return rounds.isEmpty() ? null : Row.of(contestant, operation, rounds);
  }
}
