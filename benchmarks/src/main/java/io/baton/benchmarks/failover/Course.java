package io.baton.benchmarks.failover;

import io.baton.benchmarks.failover.Journal.Acknowledged;
import io.baton.benchmarks.failover.Journal.Trouble;
import io.baton.benchmarks.harness.Contestant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * One failover as one application lived through it. Times are of the {@link WallClock}.
 *
 * @param struck when the fault was done
 * @param recovered when another server had committed, as {@link WriteProbe} saw it
 * @param well whether all workers worked again before the patience was at its end
 */
record Course(
    Contestant contestant,
    Scenario scenario,
    long struck,
    long recovered,
    boolean well,
    Journal.Content seen,
    Verdict verdict) {
  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  /** How long the cluster itself did not write, in seconds. */
  double serverPause() {
    return (recovered - struck) / NANOS_PER_SECOND;
  }

  /**
   * How long after that the first worker had an operation acknowledged, in seconds; empty if none
   * had.
   */
  OptionalDouble firstResumed() {
    return resumed().values().stream().mapToDouble(Double::doubleValue).min();
  }

  /** How long until the last worker had; empty if not all had. */
  OptionalDouble allResumed() {
    return well
        ? resumed().values().stream().mapToDouble(Double::doubleValue).max()
        : OptionalDouble.empty();
  }

  private Map<Integer, Double> resumed() {
    Map<Integer, Double> byWorker = new TreeMap<>();
    for (Acknowledged operation : seen.acknowledged()) {
      if (operation.ended() >= recovered) {
        byWorker.merge(operation.worker(), sinceRecovered(operation.ended()), Math::min);
      }
    }
    return byWorker;
  }

  /** Exceptions from the fault on, by SQLState. */
  Map<String, Long> errors() {
    return troubles().stream()
        .collect(Collectors.groupingBy(Trouble::state, TreeMap::new, Collectors.counting()));
  }

  long errorCount() {
    return troubles().size();
  }

  /** Commits of which the application was not told what has become of them. */
  long unknownCommits() {
    return troubles().stream().filter(Trouble::inDoubt).count();
  }

  private List<Trouble> troubles() {
    return seen.troubles().stream()
        .filter(trouble -> trouble.at() >= struck)
        .collect(Collectors.toUnmodifiableList());
  }

  /** Acknowledged operations per second: pairs of seconds since the recovery and the rate. */
  List<double[]> rate(double from, double to, double step) {
    int steps = (int) Math.round((to - from) / step);
    int[] counts = new int[steps];
    for (Acknowledged operation : seen.acknowledged()) {
      double at = sinceRecovered(operation.ended());
      if (at >= from && at < to) {
        counts[Math.min(steps - 1, (int) ((at - from) / step))]++;
      }
    }
    List<double[]> rate = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      rate.add(new double[] {from + (i + 0.5) * step, counts[i] / step});
    }
    return rate;
  }

  private double sinceRecovered(long time) {
    return (time - recovered) / NANOS_PER_SECOND;
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("contestant", contestant.name());
    json.put("scenario", scenario.id());
    json.put("serverPauseSeconds", serverPause());
    json.put("firstWorkerResumedAfterSeconds", firstResumed().orElse(Double.NaN));
    json.put("allWorkersResumedAfterSeconds", allResumed().orElse(Double.NaN));
    json.put("errors", errors());
    json.put("unknownCommits", unknownCommits());
    json.put("acknowledged", seen.acknowledged().size());
    json.put("lost", verdict.lost());
    json.put("duplicated", verdict.duplicated());
    json.put("unexpected", verdict.unexpected());
    return json;
  }
}
