package io.baton.failover.reads;

import java.util.List;

/**
 * What one side gave for a read, to be told and kept: no value of a row.
 *
 * @param hash the hash of all rows, whatever their order; empty if there were none to be had
 * @param rows how many there were
 * @param nanos how long it took, the last time
 * @param plan the kinds of the nodes of its plan, from the top, each with the relation that it
 *     reads
 * @param odd the hash of a row that the other side lacks; empty if there is none
 */
public record ReadSide(String hash, long rows, long nanos, List<String> plan, String odd) {

  /** That of a read which gave nothing. */
  public static final ReadSide NONE = new ReadSide("", 0, 0, List.of(), "");

  /** Makes one with a copy of the plan. */
  public ReadSide {
    plan = List.copyOf(plan);
  }

  /** Returns how long it took, in milliseconds, for people. */
  String time() {
    return "%.1f ms".formatted(nanos / 1e6);
  }
}
