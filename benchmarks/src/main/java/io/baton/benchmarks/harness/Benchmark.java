package io.baton.benchmarks.harness;

/** A measurement that can be asked for by its name. */
public interface Benchmark {
  /** The exit code of a benchmark that has reported. */
  int REPORTED = 0;

  /** The exit code of a benchmark that refuses to report what it has measured. */
  int REFUSED = 3;

  String name();

  /** What is measured, in one line. */
  String summary();

  /** The names of the settings it takes, with their defaults and meanings, one in a line. */
  String settings();

  /** Whether it is to be run on one processor, with all that it starts. */
  boolean wantsOneProcessor();

  /**
   * Measures, prints and writes the results.
   *
   * @return the exit code of the program
   */
  int run(Settings settings, Output output) throws Exception;
}
