package io.baton.benchmarks.overhead;

import java.util.Locale;

/**
 * One comparison: blocks of the same number of operations by pgjdbc, by pgjdbc once more, and by a
 * contestant, taken within a fraction of a second.
 *
 * @param fork which of the JVMs that measured this contestant
 * @param times how many operations each of the three did
 */
record Round(
    String contestant,
    int fork,
    Operation operation,
    int times,
    Block base,
    Block control,
    Block contested) {

  static final String HEADER =
      "contestant\tfork\toperation\ttimes"
          + columns("pgjdbc")
          + columns("control")
          + columns("contestant");

  private static String columns(String who) {
    return "\t" + who + " ns\t" + who + " cpu ns\t" + who + " bytes";
  }

  double ratio() {
    return (double) contested.nanos() / base.nanos();
  }

  double controlRatio() {
    return (double) control.nanos() / base.nanos();
  }

  double cpuRatio() {
    return (double) contested.cpuNanos() / base.cpuNanos();
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%s\t%d\t%s\t%d\t%s\t%s\t%s",
        contestant,
        fork,
        operation.id(),
        times,
        line(base),
        line(control),
        line(contested));
  }

  private static String line(Block block) {
    return block.nanos() + "\t" + block.cpuNanos() + "\t" + block.bytes();
  }

  static Round parse(String line) {
    String[] fields = line.split("\t", -1);
    return new Round(
        fields[0],
        Integer.parseInt(fields[1]),
        Operation.of(fields[2]),
        Integer.parseInt(fields[3]),
        block(fields, 4),
        block(fields, 7),
        block(fields, 10));
  }

  private static Block block(String[] fields, int from) {
    return new Block(
        Long.parseLong(fields[from]),
        Long.parseLong(fields[from + 1]),
        Long.parseLong(fields[from + 2]));
  }
}
