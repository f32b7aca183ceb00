package io.baton.benchmarks.overhead;

import io.baton.benchmarks.harness.Contestant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What one operation costs with one contestant.
 *
 * @param time against pgjdbc
 * @param control pgjdbc against itself, in the same rounds
 * @param cpu of the client, against pgjdbc
 * @param baseNanos what one operation takes with pgjdbc
 * @param baseBytes what the client allocates for one operation with pgjdbc
 * @param bytesMore what it allocates beyond that
 * @param baseRoundTrips with pgjdbc, on the wire for each operation; null if they were not counted
 * @param roundTrips with the contestant
 */
record Row(
    Contestant contestant,
    Operation operation,
    Estimate time,
    Estimate control,
    Estimate cpu,
    double baseNanos,
    double baseBytes,
    double bytesMore,
    @Nullable Double baseRoundTrips,
    @Nullable Double roundTrips) {
  /** How far the control may be from 1. */
  static final double TOLERANCE = 0.02;

  static Row of(Contestant contestant, Operation operation, List<Round> rounds) {
    double baseBytes = median(rounds, round -> perOperation(round, round.base().bytes()));
    return new Row(
        contestant,
        operation,
        Estimate.of(rounds, Round::ratio),
        Estimate.of(rounds, Round::controlRatio),
        Estimate.of(rounds, Round::cpuRatio),
        median(rounds, round -> perOperation(round, round.base().nanos())),
        baseBytes,
        median(rounds, round -> perOperation(round, round.contested().bytes())) - baseBytes,
        null,
        null);
  }

  Row withRoundTrips(@Nullable Double ofBase, @Nullable Double ofContestant) {
    return new Row(
        contestant,
        operation,
        time,
        control,
        cpu,
        baseNanos,
        baseBytes,
        bytesMore,
        ofBase,
        ofContestant);
  }

  private static double perOperation(Round round, long sum) {
    return (double) sum / round.times();
  }

  private static double median(List<Round> rounds, ToDoubleFunction<Round> value) {
    return Estimate.median(rounds.stream().mapToDouble(value).toArray());
  }

  /** Whether pgjdbc was equal to itself, without which the row means nothing. */
  boolean isBelievable() {
    return Math.abs(control.median() - 1) <= TOLERANCE;
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("contestant", contestant.name());
    json.put("operation", operation.id());
    json.put("control", control.toJson());
    json.put("believable", isBelievable());
    if (isBelievable()) {
      json.put("ratio", time.toJson());
      json.put("cpuRatio", cpu.toJson());
      json.put("pgjdbcNanos", baseNanos);
      json.put("pgjdbcBytes", baseBytes);
      json.put("bytesMore", bytesMore);
      json.put("statements", operation.statements());
      if (baseRoundTrips != null && roundTrips != null) {
        json.put("pgjdbcRoundTrips", baseRoundTrips);
        json.put("roundTrips", roundTrips);
      }
    }
    return json;
  }
}
