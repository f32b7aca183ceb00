package io.baton.failover;

import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One failover: from the first session that notices the loss of a server, until all that noticed it
 * have moved and no other has come for a moment.
 *
 * <p>Guarded by the lock of {@link Failovers}.
 */
final class Failover {

  /** How long no further session may have come. */
  static final Duration QUIET = Duration.ofSeconds(1);

  /** How long it waits at most for a writer, after the last session has given up. */
  static final Duration LONGEST_WITHOUT_WRITER = Duration.ofMinutes(5);

  private long began;
  private final Set<Endpoint> left = new LinkedHashSet<>();
  private final Set<Endpoint> reached = new LinkedHashSet<>();
  private final Set<Long> moved = new HashSet<>();
  private final Set<Long> waiting = new HashSet<>();
  private FailoverTotals totals = FailoverTotals.NONE;
  private long lastChange;

  Failover(Endpoint from, long now) {
    this.began = now;
    this.lastChange = now;
    left.add(from);
  }

  long began() {
    return began;
  }

  void left(Endpoint from, long now) {
    left.add(from);
    lastChange = now;
  }

  void moved(long session, Endpoint to, long now) {
    reached.add(to);
    moved.add(session);
    waiting.remove(session);
    totals = totals.withMove();
    lastChange = now;
  }

  void ended(long session, FailoverEnd end, long now) {
    if (end == FailoverEnd.NO_SERVER) {
      waiting.add(session);
    }
    totals = totals.with(end);
    lastChange = now;
  }

  void paused(Duration pause, long now) {
    totals = totals.withPause(pause);
    began = Math.min(began, now - pause.toNanos()); // The first had to notice it.
    lastChange = now;
  }

  Set<Endpoint> left() {
    return left;
  }

  /** Whether sessions have found another server than those that were left. */
  boolean isElsewhere() {
    return reached.stream().anyMatch(server -> !left.contains(server));
  }

  /** Whether it is over, if no recovery is under way. */
  boolean isOver(boolean hasWriter, long now) {
    long quiet = now - lastChange;
    return quiet >= QUIET.toNanos()
        && (waiting.isEmpty() || hasWriter || quiet >= LONGEST_WITHOUT_WRITER.toNanos());
  }

  /**
   * Its account, for the log.
   *
   * @param idle how many sessions of the servers that were left have not noticed it yet
   */
  String account(int idle) {
    StringBuilder text =
        new StringBuilder("Failover from ")
            .append(names(left))
            .append(" is over after ")
            .append((lastChange - began) / 1_000_000)
            .append(" ms: sessions moved ")
            .append(moved.size());
    if (!reached.isEmpty()) {
      text.append(" (to ").append(names(reached)).append(')');
    }
    add(text, "transactions replayed", totals.of(FailoverEnd.TRANSACTION_REPLAYED));
    add(text, "COMMITs settled", totals.of(FailoverEnd.COMMIT_SETTLED));
    add(text, "transactions lost (40001)", totals.of(FailoverEnd.TRANSACTION_LOST));
    add(text, "outcomes unknown (08007)", totals.of(FailoverEnd.OUTCOME_UNKNOWN));
    add(text, "sessions lost (08006)", totals.of(FailoverEnd.SESSION_LOST));
    add(text, "without a server (08001)", waiting.size());
    if (idle > 0) {
      add(text, "idle, to move when they are used", idle);
    }
    return text.append("; longest pause ")
        .append(totals.longestPause().toMillis())
        .append(" ms")
        .toString();
  }

  private static void add(StringBuilder text, String what, long count) {
    text.append(", ").append(what).append(' ').append(count);
  }

  private static String names(Set<Endpoint> endpoints) {
    return endpoints.stream().map(Endpoint::toString).collect(Collectors.joining(", "));
  }
}
