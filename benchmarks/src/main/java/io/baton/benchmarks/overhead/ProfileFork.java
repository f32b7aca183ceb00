package io.baton.benchmarks.overhead;

import io.baton.benchmarks.harness.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;

/** A JVM that is sampled while pgjdbc and one contestant take turns. */
public final class ProfileFork {
  private static final Duration PERIOD = Duration.ofMillis(10);
  private static final int BLOCK_MILLIS = 20;

  private ProfileFork() {}

  /** The argument is the file of a {@link ForkOrder}, whose rounds are seconds here. */
  public static void main(String[] arguments)
      throws IOException, InterruptedException, SQLException {
    ChildJvm.endWithParent();
    ForkOrder order = ForkOrder.read(Path.of(arguments[0]));
    List<String> lines = new ArrayList<>();
    for (Operation operation : order.operations()) {
      lines.add(profile(order, operation).line());
    }
    Files.write(order.results(), lines);
    // Monitors of contestants may be threads that would keep the JVM.
    System.exit(0);
  }

  private static Profile profile(ForkOrder order, Operation operation)
      throws IOException, InterruptedException, SQLException {
    Path file = Files.createTempFile("baton-benchmark", ".jfr");
    try (Triple triple = Triple.open(operation, order.resolveContestant(), order.server())) {
      triple.warmUp(TimeUnit.MILLISECONDS.toNanos(order.warmUpMillis()));
      int times = triple.timesWithin(TimeUnit.MILLISECONDS.toNanos(BLOCK_MILLIS));
      Block bare = new Block(0, 0, 0);
      Block wrapped = new Block(0, 0, 0);
      long rounds = 0;
      try (Recording recording = new Recording()) {
        recording.enable(Samples.event()).withPeriod(PERIOD);
        recording.start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(order.rounds());
        while (System.nanoTime() < end) {
          Block[] blocks = triple.measure(times);
          bare = bare.plus(blocks[0]).plus(blocks[1]);
          wrapped = wrapped.plus(blocks[2]);
          rounds++;
        }
        recording.stop();
        recording.dump(file);
      }
      Samples samples = Samples.of(file, Thread.currentThread().getName());
      long operations = rounds * 2 * times;
      return Profile.of(order.contestant(), operation, operations, bare, wrapped, samples, PERIOD);
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
