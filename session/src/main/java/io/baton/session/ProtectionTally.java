package io.baton.session;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the calls of one session that were covered, and the causes of lost cover.
 *
 * <p>Any thread may read it. One thread at a time writes it: the one that makes the session's call.
 * So counting takes no lock and no memory fence, and touches no data of other sessions.
 */
public final class ProtectionTally {

  /** What a call can be covered by. */
  public enum Cover {
    /** The session can be rebuilt on another server. */
    SESSION,
    /**
     * The application does not notice the loss of the server: the call is replayed or run again.
     */
    TRANSACTION
  }

  /**
   * A cause of lost cover.
   *
   * @param cover the cover that was lost
   * @param reason why it was lost, for a human reader
   * @param statement the fingerprint of the statement, which holds no data
   */
  public record Cause(Cover cover, String reason, String statement) {}

  /** A cause, and how often it occurred. */
  public record Loss(Cause cause, long count) {}

  /** A counter. */
  public static final class Count {
    private final AtomicLong number = new AtomicLong();

    private Count() {}

    /** Adds one. */
    public void increment() {
      add(1);
    }

    private void add(long more) {
      number.setOpaque(number.getPlain() + more);
    }

    private long get() {
      return number.getOpaque();
    }
  }

  private static final int MOST_CAUSES = 250;

  private final Count calls = new Count();
  private final Count notInSession = new Count();
  private final Count notInTransaction = new Count();
  private final Map<Cause, Count> causes = new ConcurrentHashMap<>();

  /** Counts a call. */
  public void count(boolean sessionCovered, boolean transactionCovered) {
    calls.increment();
    if (!sessionCovered) {
      notInSession.increment();
    }
    if (!transactionCovered) {
      notInTransaction.increment();
    }
  }

  /**
   * Returns the counter of a cause; the caller may keep it. Past a number of causes, further ones
   * share one counter.
   */
  public Count lossesBy(Cause cause) {
    Count known = causes.get(cause);
    if (known != null) {
      return known;
    }
    boolean isOneTooMany = causes.size() >= MOST_CAUSES;
    Cause counted = isOneTooMany ? new Cause(cause.cover(), cause.reason(), "(others)") : cause;
    return causes.computeIfAbsent(counted, any -> new Count());
  }

  /** Adds the counts of another tally. */
  void add(ProtectionTally other) {
    calls.add(other.calls.get());
    notInSession.add(other.notInSession.get());
    notInTransaction.add(other.notInTransaction.get());
    other.causes.forEach((cause, count) -> lossesBy(cause).add(count.get()));
  }

  /** Returns the number of calls. */
  public long calls() {
    return calls.get();
  }

  /** Returns the number of calls that were covered. */
  public long covered(Cover cover) {
    Count uncovered = cover == Cover.SESSION ? notInSession : notInTransaction;
    return Math.max(0, calls.get() - uncovered.get());
  }

  /** Returns the causes of lost cover, the most frequent first. */
  public List<Loss> losses() {
    return causes.entrySet().stream()
        .map(entry -> new Loss(entry.getKey(), entry.getValue().get()))
        .sorted(Comparator.comparingLong(Loss::count).reversed())
        .toList();
  }
}
