package io.baton.benchmarks.overhead;

import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where the time of an operation goes, in microseconds for each.
 *
 * @param samples how many were taken
 * @param bareTime what one takes with pgjdbc, on the clock
 * @param bareCpu the processor's time of it that the client had
 * @param bareDriver of that, in Java code of pgjdbc, by samples
 * @param wrappedTime what one takes with the contestant, on the clock
 * @param wrappedCpu the processor's time of it that the client had
 * @param wrappedDriver of that, in Java code of pgjdbc, by samples
 * @param wrapper of that, in Java code of the contestant, by samples
 * @param methods the contestant's methods in which most of it was, with their times
 */
record Profile(
    String contestant,
    Operation operation,
    int samples,
    double bareTime,
    double bareCpu,
    double bareDriver,
    double wrappedTime,
    double wrappedCpu,
    double wrappedDriver,
    double wrapper,
    Map<String, Double> methods) {

  static final List<String> HEADER =
      List.of(
          "operation",
          "contestant",
          "\u00b5s with pgjdbc",
          "client CPU",
          "in pgjdbc",
          "\u00b5s with it",
          "client CPU",
          "in pgjdbc",
          "in it",
          "samples");

  private static final int MOST_METHODS = 12;
  private static final double NANOS_OF_MICRO = 1000;
  private static final int TURNS_OF_PGJDBC = 2;
  private static final int FIXED_FIELDS = 10;

  /** Works a profile out. */
  static Profile of(
      String contestant,
      Operation operation,
      long operations,
      Block bare,
      Block wrapped,
      Samples samples,
      Duration period) {
    double sample = period.toNanos() / NANOS_OF_MICRO / operations;
    double once = NANOS_OF_MICRO * operations;
    double twice = once * TURNS_OF_PGJDBC;
    Map<String, Double> methods = new LinkedHashMap<>();
    samples.methods().entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
        .limit(MOST_METHODS)
        .forEach(entry -> methods.put(entry.getKey(), entry.getValue() * sample));
    return new Profile(
        contestant,
        operation,
        samples.bare() + samples.underneath() + samples.wrapper(),
        bare.nanos() / twice,
        bare.cpuNanos() / twice,
        samples.bare() * sample / TURNS_OF_PGJDBC,
        wrapped.nanos() / once,
        wrapped.cpuNanos() / once,
        samples.underneath() * sample,
        samples.wrapper() * sample,
        methods);
  }

  Contestant resolveContestant() {
    return Contestants.forOverhead(contestant);
  }

  String line() {
    List<String> fields = new ArrayList<>();
    fields.add(contestant);
    fields.add(operation.id());
    fields.add(Integer.toString(samples));
    for (double time :
        new double[] {
          bareTime, bareCpu, bareDriver, wrappedTime, wrappedCpu, wrappedDriver, wrapper
        }) {
      fields.add(Double.toString(time));
    }
    methods.forEach(
        (method, time) -> {
          fields.add(method);
          fields.add(Double.toString(time));
        });
    return String.join("\t", fields);
  }

  static Profile parse(String line) {
    String[] fields = line.split("\t", -1);
    double[] times =
        Arrays.stream(fields, 3, FIXED_FIELDS).mapToDouble(Double::parseDouble).toArray();
    Map<String, Double> methods = new LinkedHashMap<>();
    for (int i = FIXED_FIELDS; i < fields.length; i += 2) {
      methods.put(fields[i], Double.valueOf(fields[i + 1]));
    }
    return new Profile(
        fields[0],
        Operation.of(fields[1]),
        Integer.parseInt(fields[2]),
        times[0],
        times[1],
        times[2],
        times[3],
        times[4],
        times[5],
        times[6],
        methods);
  }

  List<String> cells() {
    return List.of(
        operation.label(),
        resolveContestant().label(),
        micros(bareTime),
        micros(bareCpu),
        micros(bareDriver),
        micros(wrappedTime),
        micros(wrappedCpu),
        micros(wrappedDriver),
        micros(wrapper),
        Integer.toString(samples));
  }

  List<List<String>> methodCells() {
    return methods.entrySet().stream()
        .map(entry -> List.of(entry.getKey(), micros(entry.getValue())))
        .toList();
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("contestant", contestant);
    json.put("operation", operation.id());
    json.put("samples", samples);
    json.put("pgjdbcMicros", bareTime);
    json.put("pgjdbcCpuMicros", bareCpu);
    json.put("pgjdbcDriverMicros", bareDriver);
    json.put("micros", wrappedTime);
    json.put("cpuMicros", wrappedCpu);
    json.put("driverMicros", wrappedDriver);
    json.put("ownMicros", wrapper);
    json.put("methods", methods);
    return json;
  }

  private static String micros(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
