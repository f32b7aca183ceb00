package io.baton.benchmarks.overhead;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The median of paired ratios, and the interval that holds it with 95%.
 *
 * <p>The interval is from a bootstrap in two stages, JVMs first and then the rounds in each: rounds
 * of one JVM share its compiled code and its connections, and are no independent witnesses.
 *
 * @param rounds how many ratios it is made of
 */
record Estimate(double median, double low, double high, int rounds) {
  private static final int RESAMPLES = 2000;
  private static final double TAIL = 0.025;

  /**
   * @param ratiosByFork the ratios that each JVM measured
   */
  static Estimate of(List<double[]> ratiosByFork) {
    double[] all = ratiosByFork.stream().flatMapToDouble(Arrays::stream).toArray();
    // The same results give the same interval.
    Random random = new Random(all.length);
    double[] medians = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      medians[i] = median(resample(ratiosByFork, all.length, random));
    }
    Arrays.sort(medians);
    return new Estimate(
        median(all),
        medians[(int) (TAIL * RESAMPLES)],
        medians[(int) ((1 - TAIL) * RESAMPLES) - 1],
        all.length);
  }

  private static double[] resample(List<double[]> ratiosByFork, int size, Random random) {
    double[] sample = new double[size];
    int filled = 0;
    while (filled < size) {
      double[] fork = ratiosByFork.get(random.nextInt(ratiosByFork.size()));
      for (int i = 0; i < fork.length && filled < size; i++) {
        sample[filled++] = fork[random.nextInt(fork.length)];
      }
    }
    return sample;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Groups rounds by the JVM that measured them, and takes a ratio of each. */
  static Estimate of(List<Round> rounds, ToDoubleFunction<Round> ratio) {
    Map<Integer, List<Round>> byFork =
        rounds.stream()
            .collect(Collectors.groupingBy(Round::fork, LinkedHashMap::new, Collectors.toList()));
    return of(
        byFork.values().stream()
            .map(fork -> fork.stream().mapToDouble(ratio).toArray())
            .collect(Collectors.toUnmodifiableList()));
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("median", median);
    json.put("low", low);
    json.put("high", high);
    json.put("rounds", rounds);
    return json;
  }
}
