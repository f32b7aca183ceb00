package io.baton.examples.demo;

import io.baton.examples.demo.Ledger.Wait;
import io.baton.examples.demo.Timeline.Event;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What an event meant to the application.
 *
 * @param longestPauseNanos the longest time that a worker waited for one operation
 * @param afterWritableNanos how long after the new primary's first write the last of the workers
 *     that were waiting by then had its operation settled: the part of the pause that is the
 *     driver's and the pool's; 0 where the primary did not change
 * @param errors how many exceptions the application saw, by SQLState
 * @param commitsInDoubt how many of these left a commit in doubt
 */
record Impact(
    Event event,
    long longestPauseNanos,
    long afterWritableNanos,
    Map<String, Long> errors,
    long commitsInDoubt) {

  /** The impact of every event, in the order of the events. */
  static List<Impact> of(List<Event> events, Ledger.Snapshot ledger) {
    return IntStream.range(0, events.size())
        .mapToObj(
            index ->
                of(
                    events.get(index),
                    ledger.waits().stream()
                        .filter(
                            wait -> index == eventOf(wait.beganNanos(), wait.endedNanos(), events))
                        .toList(),
                    ledger.errors().stream()
                        .filter(error -> index == eventOf(error.atNanos(), error.atNanos(), events))
                        .toList()))
        .toList();
  }

  private static Impact of(Event event, List<Wait> waits, List<ApplicationError> errors) {
    long pause = waits.stream().mapToLong(Wait::nanos).max().orElse(0);
    long afterWritable =
        !event.kind().movesPrimary()
            ? 0
            : waits.stream()
                .filter(wait -> wait.beganNanos() < event.writableNanos())
                .mapToLong(wait -> wait.endedNanos() - event.writableNanos())
                .reduce(0, Math::max);
    long inDoubt = errors.stream().filter(ApplicationError::leavesCommitInDoubt).count();
    return new Impact(event, pause, afterWritable, bySqlState(errors), inDoubt);
  }

  /**
   * The index of the event that something counts for: the first one that began while it lasted,
   * otherwise the one that began last before it; -1 if there was none yet.
   */
  private static int eventOf(long beganNanos, long endedNanos, List<Event> events) {
    int last = -1;
    for (Event event : events) {
      if (event.beganNanos() > endedNanos) {
        return last;
      }
      last++;
      if (event.beganNanos() >= beganNanos) {
        return last;
      }
    }
    return last;
  }

  String errorsText() {
    return errorsText(errors);
  }

  /** Such as {@code 8 (08006: 7, 57P01: 1)}. */
  static String errorsText(Map<String, Long> errors) {
    if (errors.isEmpty()) {
      return "none";
    }
    long all = errors.values().stream().mapToLong(count -> count).sum();
    return all
        + errors.entrySet().stream()
            .map(state -> state.getKey() + ": " + state.getValue())
            .collect(Collectors.joining(", ", " (", ")"));
  }

  static Map<String, Long> bySqlState(List<ApplicationError> errors) {
    Map<String, Long> counts = new TreeMap<>();
    errors.forEach(error -> counts.merge(error.sqlState(), 1L, Long::sum));
    return counts;
  }
}
