package io.baton.examples.demo;

import io.baton.examples.demo.Ledger.Settled;
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

  /** The impact of every event. What happens up to the next event counts for the one before it. */
  static List<Impact> of(List<Event> events, Ledger.Snapshot ledger) {
    return IntStream.range(0, events.size())
        .mapToObj(
            index ->
                of(
                    events.get(index),
                    index == 0 ? 0 : events.get(index - 1).beganNanos(),
                    index + 1 == events.size()
                        ? Long.MAX_VALUE
                        : events.get(index + 1).beganNanos(),
                    ledger))
        .toList();
  }

  /**
   * @param previousNanos when the event before this one began: an operation that was begun earlier
   *     than that counts for an earlier event
   */
  private static Impact of(
      Event event, long previousNanos, long nextNanos, Ledger.Snapshot ledger) {
    long pause = 0;
    long afterWritable = 0;
    for (Settled operation : ledger.settled()) {
      boolean counts =
          operation.endedNanos() >= event.beganNanos()
              && operation.beganNanos() >= previousNanos
              && operation.beganNanos() < nextNanos;
      if (counts) {
        pause = Math.max(pause, operation.nanos());
        if (event.kind().movesPrimary() && operation.beganNanos() < event.writableNanos()) {
          afterWritable = Math.max(afterWritable, operation.endedNanos() - event.writableNanos());
        }
      }
    }
    List<ApplicationError> errors =
        ledger.errors().stream()
            .filter(error -> error.atNanos() >= event.beganNanos() && error.atNanos() < nextNanos)
            .toList();
    long inDoubt = errors.stream().filter(ApplicationError::leavesCommitInDoubt).count();
    return new Impact(event, pause, afterWritable, bySqlState(errors), inDoubt);
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
