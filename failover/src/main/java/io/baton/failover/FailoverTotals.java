package io.baton.failover;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * What became of the sessions that lost their server. Immutable.
 *
 * @param moves how many moves of sessions there were
 * @param ends how often work that was cut off ended in each way
 * @param longestPause the longest time that a call of the application waited for its recovery
 */
public record FailoverTotals(long moves, Map<FailoverEnd, Long> ends, Duration longestPause) {

  /** Nothing happened so far. */
  public static final FailoverTotals NONE = new FailoverTotals(0, Map.of(), Duration.ZERO);

  /** Makes it with a copy of its parts. */
  public FailoverTotals {
    ends = Map.copyOf(ends);
  }

  /** Returns how often work that was cut off ended in a way. */
  public long of(FailoverEnd end) {
    return ends.getOrDefault(end, 0L);
  }

  FailoverTotals withMove() {
    return new FailoverTotals(moves + 1, ends, longestPause);
  }

  FailoverTotals with(FailoverEnd end) {
    Map<FailoverEnd, Long> more = new EnumMap<>(FailoverEnd.class);
    more.putAll(ends);
    more.merge(end, 1L, Long::sum);
    return new FailoverTotals(moves, more, longestPause);
  }

  FailoverTotals withPause(Duration pause) {
    return pause.compareTo(longestPause) > 0 ? new FailoverTotals(moves, ends, pause) : this;
  }

  /** Returns the two taken together. */
  public FailoverTotals plus(FailoverTotals other) {
    Map<FailoverEnd, Long> sum = new EnumMap<>(FailoverEnd.class);
    sum.putAll(ends);
    other.ends.forEach((end, count) -> sum.merge(end, count, Long::sum));
    return new FailoverTotals(
        moves + other.moves,
        sum,
        longestPause.compareTo(other.longestPause) > 0 ? longestPause : other.longestPause);
  }
}
