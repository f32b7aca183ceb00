package io.baton.benchmarks.application;

import io.baton.benchmarks.harness.ChildJvm;
import io.baton.benchmarks.harness.Conversation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** A contestant of whole applications, with its JVM and what it did. Used by one thread. */
final class Applicant {

  static final List<String> HEADER =
      List.of(
          "pgjdbc = 1",
          "goodput: median (least, most)",
          "p50",
          "p99",
          "CPU of the client",
          "transactions/s",
          "p99, ms",
          "bytes for each",
          "compiler, ms",
          "errors");

  /** What a stretch may take longer than it was told. */
  private static final Duration SLACK = Duration.ofSeconds(30);

  private final String name;
  private final ApplicationOrder order;
  private final List<Stretch> stretches = new ArrayList<>();
  private @Nullable Conversation jvm;

  Applicant(String name, ApplicationOrder order) {
    this.name = name;
    this.order = order;
  }

  String name() {
    return name;
  }

  List<Stretch> stretches() {
    return stretches;
  }

  /** Starts its JVM, which connects. */
  void start(Duration patience) throws IOException, InterruptedException {
    Path file = Files.createTempFile("baton-benchmark", ".order");
    try {
      order.write(file);
      Conversation started =
          new ChildJvm(ApplicationFork.class)
              .with("-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
              .converse(List.of(file.toString()));
      jvm = started;
      if (started.awaitBeginning(ApplicationFork.CONNECTED, patience) == null) {
        throw new IOException(name + " does not connect");
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  void warmUp(Duration time) throws IOException, InterruptedException {
    work(time);
  }

  Stretch run(Duration time) throws IOException, InterruptedException {
    Stretch done = work(time);
    stretches.add(done);
    return done;
  }

  private Stretch work(Duration time) throws IOException, InterruptedException {
    Conversation present = jvm;
    if (present == null) {
      throw new IllegalStateException(name + " is not started");
    }
    present.say(ApplicationFork.RUN + time.toMillis());
    String line = present.awaitBeginning(Stretch.DONE, time.plus(SLACK));
    if (line == null) {
      throw new IOException(name + " does not come to its end");
    }
    return Stretch.of(line);
  }

  /** Ends its JVM, and waits for that. */
  void close() throws IOException, InterruptedException {
    Conversation present = jvm;
    jvm = null;
    if (present != null) {
      try (present) {
        present.say(ApplicationFork.END);
        present.awaitEnd(SLACK);
      }
    }
  }

  /** Its row of the table; ratios are those to the other one in the same round. */
  List<String> cells(Applicant measure) {
    double[] goodput = ratios(measure, Stretch::perSecond);
    return List.of(
        name,
        "%s (%s, %s)"
            .formatted(
                ratio(median(goodput)), ratio(goodput[0]), ratio(goodput[goodput.length - 1])),
        ratio(median(ratios(measure, Stretch::p50))),
        ratio(median(ratios(measure, Stretch::p99))),
        ratio(median(ratios(measure, Stretch::cpu))),
        String.valueOf(Math.round(median(values(Stretch::perSecond)))),
        String.format(Locale.ROOT, "%.1f", median(values(Stretch::p99)) / 1_000),
        String.valueOf(Math.round(median(values(Stretch::bytes)))),
        String.valueOf(Math.round(median(values(Stretch::compiled)))),
        String.valueOf(stretches.stream().mapToInt(Stretch::errors).sum()));
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private double[] ratios(Applicant measure, ToDoubleFunction<Stretch> value) {
    double[] ratios = new double[stretches.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] =
          value.applyAsDouble(stretches.get(i)) / value.applyAsDouble(measure.stretches.get(i));
    }
    Arrays.sort(ratios);
    return ratios;
  }

  private double[] values(ToDoubleFunction<Stretch> value) {
    double[] values = stretches.stream().mapToDouble(value).toArray();
    Arrays.sort(values);
    return values;
  }

  private static double median(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
