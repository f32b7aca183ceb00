package io.baton.benchmarks.longtransaction;

import io.baton.benchmarks.harness.Contestant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * What a contestant's long transaction took.
 *
 * @param statementNanos for its statements
 * @param statementBytes what was held because of them
 * @param rowNanos for its rows
 * @param rowBytes what was held because of them, in addition
 * @param endNanos for the statement after the loss of its connection
 * @param end what that statement ended with
 */
record Findings(
    Contestant contestant,
    long statementNanos,
    long statementBytes,
    long rowNanos,
    long rowBytes,
    long endNanos,
    String end) {

  static final List<String> HEADER =
      List.of(
          "contestant",
          "after its loss",
          "statements, s",
          "held, MB",
          "rows, s",
          "held more, MB",
          "statement after its loss, s");

  private static final double NANOS = 1e9;
  private static final double MEGA = 1e6;

  /** The medians of several runs. */
  static Findings median(List<Findings> runs) {
    Findings any = runs.get(0);
    return new Findings(
        any.contestant,
        median(runs, Findings::statementNanos),
        median(runs, Findings::statementBytes),
        median(runs, Findings::rowNanos),
        median(runs, Findings::rowBytes),
        median(runs, Findings::endNanos),
        any.end);
  }

  private static long median(List<Findings> runs, ToLongFunction<Findings> value) {
    return runs.stream()
        .sorted(Comparator.comparingLong(value))
        .skip(runs.size() / 2)
        .mapToLong(value)
        .findFirst()
        .orElseThrow();
  }

  List<String> cells() {
    return List.of(
        contestant.label(),
        end,
        number(statementNanos / NANOS),
        number(statementBytes / MEGA),
        number(rowNanos / NANOS),
        number(rowBytes / MEGA),
        number(endNanos / NANOS));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("contestant", contestant.name());
    json.put("statementSeconds", statementNanos / NANOS);
    json.put("statementBytes", statementBytes);
    json.put("rowSeconds", rowNanos / NANOS);
    json.put("rowBytes", rowBytes);
    json.put("endSeconds", endNanos / NANOS);
    json.put("end", end);
    return json;
  }
}
