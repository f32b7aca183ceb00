package io.baton.benchmarks;

import io.baton.benchmarks.application.ApplicationBenchmark;
import io.baton.benchmarks.catalogue.CatalogueBenchmark;
import io.baton.benchmarks.cutover.CutoverBenchmark;
import io.baton.benchmarks.failover.FailoverBenchmark;
import io.baton.benchmarks.firstconnection.FirstConnectionBenchmark;
import io.baton.benchmarks.harness.Benchmark;
import io.baton.benchmarks.harness.ChildJvm;
import io.baton.benchmarks.harness.Output;
import io.baton.benchmarks.harness.Pinning;
import io.baton.benchmarks.harness.Settings;
import io.baton.benchmarks.longtransaction.LongTransactionBenchmark;
import io.baton.benchmarks.micro.MicroBenchmark;
import io.baton.benchmarks.overhead.OverheadBenchmark;
import io.baton.benchmarks.overhead.ProfileBenchmark;
import io.baton.benchmarks.reads.ReadsBenchmark;
import io.baton.benchmarks.scale.ScaleBenchmark;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * Runs one benchmark by its name, or lists the names.
 *
 * <p>Arguments are {@code name=...} and {@code settings=...}, both possibly empty.
 */
public final class Benchmarks {
  private static final List<Benchmark> ALL =
      List.of(
          new OverheadBenchmark(),
          new ApplicationBenchmark(),
          new FirstConnectionBenchmark(),
          new ProfileBenchmark(),
          new FailoverBenchmark(),
          new CutoverBenchmark(),
          new CatalogueBenchmark(),
          new ScaleBenchmark(),
          new ReadsBenchmark(),
          new LongTransactionBenchmark(),
          new MicroBenchmark());

  private static final int UNKNOWN = 2;

  private Benchmarks() {}

  public static void main(String[] arguments) throws Exception {
    ChildJvm.endWithParent();
    String name = value(arguments, "name");
    Settings settings = Settings.parse(value(arguments, "settings"));
    Output output =
        new Output(
            Path.of(System.getProperty("baton.benchmarks.output", "target/benchmarks")),
            System.out);
    System.exit(run(name, settings, output, List.of(arguments)));
  }

  private static int run(String name, Settings settings, Output output, List<String> arguments)
      throws Exception {
    for (Benchmark benchmark : ALL) {
      if (benchmark.name().equals(name)) {
        OptionalInt exit =
            benchmark.wantsOneProcessor()
                ? Pinning.runPinned(Benchmarks.class, arguments, settings.integer("processor", 0))
                : OptionalInt.empty();
        return exit.isPresent() ? exit.getAsInt() : benchmark.run(settings, output.of(name));
      }
    }
    list(output);
    if (name.isEmpty()) {
      return Benchmark.REPORTED;
    }
    output.say("There is no benchmark " + name + ".");
    return UNKNOWN;
  }

  private static void list(Output output) {
    output.say("mvn -q -Pbench verify -Dbench=<name> [-Dbench.args=\"<setting>=<value> ...\"]");
    for (Benchmark benchmark : ALL) {
      output.say("");
      output.say(benchmark.name() + ": " + benchmark.summary());
      output.say(benchmark.settings().indent(4).stripTrailing());
    }
  }

  private static String value(String[] arguments, String name) {
    for (String argument : arguments) {
      if (argument.startsWith(name + "=")) {
        return argument.substring(name.length() + 1);
      }
    }
    return "";
  }
}
