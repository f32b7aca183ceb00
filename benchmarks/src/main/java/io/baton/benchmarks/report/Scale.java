package io.baton.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The way from values to places on one axis of a plot, and the round values to mark on it.
 *
 * @param from the value at {@code start}
 * @param to the value at {@code end}
 */
record Scale(double from, double to, double start, double end) {
  private static final int MARKS = 6;

  double place(double value) {
    double share = (value - from) / (to - from);
    return start + Math.max(0, Math.min(1, share)) * (end - start);
  }

  boolean holds(double value) {
    return value >= from && value <= to;
  }

  /** Values in steps of 1, 2 or 5 times a power of ten. */
  List<Double> marks() {
    double step = step();
    List<Double> marks = new ArrayList<>();
    for (long i = (long) Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i++) {
      marks.add(i * step);
    }
    return marks;
  }

  private double step() {
    double rough = (to - from) / MARKS;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double digits = rough / power;
    return power * (digits <= 1 ? 1 : digits <= 2 ? 2 : digits <= 5 ? 5 : 10);
  }

  static String label(double value) {
    if (value == Math.rint(value)) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
