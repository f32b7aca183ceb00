package io.baton.examples.demo;

import io.baton.examples.demo.Ledger.Wait;
import java.util.Arrays;
import java.util.List;

/**
 * Wait operations per second in equal slices of time.
 *
 * @param sliceNanos the length of a slice
 * @param perSecond the rate in each slice, from time 0 on
 */
record Throughput(long sliceNanos, List<Double> perSecond) {

  static Throughput of(List<Wait> settled, long endNanos, long sliceNanos) {
    double[] rates = new double[(int) Math.max(1, endNanos / sliceNanos)];
    double one = 1e9 / sliceNanos;
    for (Wait operation : settled) {
      int slice = (int) (operation.endedNanos() / sliceNanos);
      if (slice < rates.length) {
        rates[slice] += one;
      }
    }
    return new Throughput(sliceNanos, Arrays.stream(rates).boxed().toList());
  }

  double highest() {
    return perSecond.stream().mapToDouble(rate -> rate).max().orElse(0);
  }
}
