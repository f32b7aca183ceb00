package io.baton.benchmarks.application;

import java.util.Locale;

/**
 * What an application did in a stretch of time, as its JVM says it to the one that measures.
 *
 * @param perSecond transactions, the ones that the application rolls back included
 * @param p50 half of the transactions took no longer than this, in microseconds
 * @param p99 99 of a hundred
 * @param cpu what the JVM used of the processors, in microseconds for each transaction
 * @param bytes what its terminals allocated, for each transaction
 * @param compiled how long its compiler was at work meanwhile, in milliseconds
 * @param errors transactions that ended with an error and were not counted
 */
record Stretch(
    double perSecond, double p50, double p99, double cpu, double bytes, long compiled, int errors) {

  /** How a line of these begins. */
  static final String DONE = "done";

  String line() {
    return String.format(
        Locale.ROOT,
        "%s %f %f %f %f %f %d %d",
        DONE,
        perSecond,
        p50,
        p99,
        cpu,
        bytes,
        compiled,
        errors);
  }

  static Stretch of(String line) {
    String[] words = line.split(" ", -1);
    return new Stretch(
        Double.parseDouble(words[1]),
        Double.parseDouble(words[2]),
        Double.parseDouble(words[3]),
        Double.parseDouble(words[4]),
        Double.parseDouble(words[5]),
        Long.parseLong(words[6]),
        Integer.parseInt(words[7]));
  }
}
