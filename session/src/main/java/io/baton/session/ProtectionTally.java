package io.baton.session;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many calls of one session were covered, and what took the cover away.
 *
 * <p>Any thread may read it. It is written by one at a time, with whatever keeps the calls of a
 * session apart; so counting takes no lock, no fence, and touches nothing that other sessions do.
 */
public final class ProtectionTally {

  /** What a call can be covered by. */
  public enum Cover {
    /** Its session could be built again on another server. */
    SESSION,
    /** The loss of its server would not be seen: it is replayed, or run again. */
    TRANSACTION
  }

  /**
   * Something that took a cover away.
   *
   * @param cover which
   * @param reason why, for people
   * @param statement the fingerprint of the statement, without data
   */
  public record Cause(Cover cover, String reason, String statement) {}

  /** A cause, and how often it was one. */
  public record Loss(Cause cause, long count) {}

  /** How often something was so. */
  public static final class Count {
    private final AtomicLong number = new AtomicLong();

    private Count() {}

    /** Once more. */
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
   * What counts how often a cover was taken away by a cause; it may be kept. Of very many causes,
   * those that came last are not told apart.
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

  /** Counts all that another one has counted. */
  void add(ProtectionTally other) {
    calls.add(other.calls.get());
    notInSession.add(other.notInSession.get());
    notInTransaction.add(other.notInTransaction.get());
    other.causes.forEach((cause, count) -> lossesBy(cause).add(count.get()));
  }

  /** How many calls there were. */
  public long calls() {
    return calls.get();
  }

  /** How many of them were covered. */
  public long covered(Cover cover) {
    Count uncovered = cover == Cover.SESSION ? notInSession : notInTransaction;
    return Math.max(0, calls.get() - uncovered.get());
  }

  /** What took covers away, the most frequent first. */
  public List<Loss> losses() {
    return causes.entrySet().stream()
        .map(entry -> new Loss(entry.getKey(), entry.getValue().get()))
        .sorted(Comparator.comparingLong(Loss::count).reversed())
        .toList();
  }
}
