package io.baton.benchmarks.overhead;

import io.baton.benchmarks.harness.ChildJvm;
import io.baton.benchmarks.harness.Contestant;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

/**
 * A JVM that measures one contestant and pgjdbc in turns.
 *
 * <p>A contestant has its JVM for itself, since every further implementation of {@code Connection}
 * makes the calls of all others slower; it has several, one after another, since what the compiler
 * makes of the same code differs from one to the next. pgjdbc's code is shared by all three that
 * are timed, so that what differs is the wrapper's own.
 */
public final class OverheadFork {
  private OverheadFork() {}

  /** The argument is the file of a {@link ForkOrder}. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    ChildJvm.endWithParent();
    ForkOrder order = ForkOrder.read(Path.of(arguments[0]));
    try (Findings findings = Findings.to(order.results())) {
      for (Operation operation : order.operations()) {
        measure(order, operation, findings);
      }
    }
    // Monitors of contestants may be threads that would keep the JVM.
    System.exit(0);
  }

  private static void measure(ForkOrder order, Operation operation, Findings findings)
      throws IOException, InterruptedException {
    Contestant contestant = order.resolveContestant();
    try (Triple triple = Triple.open(operation, contestant, order.server())) {
      triple.warmUp(TimeUnit.MILLISECONDS.toNanos(order.warmUpMillis()));
      int times = triple.timesWithin(TimeUnit.MILLISECONDS.toNanos(order.blockMillis()));
      for (int i = 0; i < order.rounds(); i++) {
        Block[] blocks = triple.measure(times);
        findings.add(
            new Round(
                order.contestant(),
                order.fork(),
                operation,
                2 * times,
                blocks[0],
                blocks[1],
                blocks[2]));
      }
    } catch (SQLException e) {
      findings.add(new Failure(order.contestant(), operation, e.toString()));
    }
  }
}
