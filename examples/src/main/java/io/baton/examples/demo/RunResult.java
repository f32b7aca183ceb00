package io.baton.examples.demo;

import io.baton.examples.demo.Timeline.Event;
import java.util.List;

/**
 * Everything known about a run when it is over; the report is made from this alone.
 *
 * @param nodes names of the cluster's nodes
 * @param servers what they are, for people
 * @param firstPrimary which of them was the primary at the start
 * @param workers how many workers there were
 * @param endNanos when the load ended
 * @param timeline the events in order
 * @param recovered whether after every event all workers went on
 */
record RunResult(
    Surroundings surroundings,
    List<String> nodes,
    String servers,
    String firstPrimary,
    int workers,
    long endNanos,
    List<Event> timeline,
    Ledger.Snapshot ledger,
    boolean recovered,
    Verdict verdict) {

  /** Whether the demo shows what it is there to show. */
  boolean isGood() {
    return recovered && verdict.holds();
  }

  /** Whether it was about another major version. */
  boolean isUpgrade() {
    return timeline.stream().anyMatch(event -> event.kind() == Timeline.Kind.UPGRADE);
  }

  List<Impact> impacts() {
    return Impact.of(timeline, ledger);
  }
}
