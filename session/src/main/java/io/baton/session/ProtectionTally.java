package io.baton.session;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many calls were covered, and what took the cover away: of a session, or of all sessions of a
 * cluster. Thread-safe; counting a call takes no lock.
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

  private static final int MOST_CAUSES = 1_000;

  private final LongAdder calls = new LongAdder();
  private final LongAdder notInSession = new LongAdder();
  private final LongAdder notInTransaction = new LongAdder();
  private final Map<Cause, LongAdder> causes = new ConcurrentHashMap<>();

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

  /** A cover was taken away. Of very many causes, those that came last are not told apart. */
  public void lost(Cause cause) {
    LongAdder known = causes.get(cause);
    if (known == null) {
      boolean isOneTooMany = causes.size() >= MOST_CAUSES;
      Cause counted = isOneTooMany ? new Cause(cause.cover(), cause.reason(), "(others)") : cause;
      known = causes.computeIfAbsent(counted, any -> new LongAdder());
    }
    known.increment();
  }

  /** How many calls there were. */
  public long calls() {
    return calls.sum();
  }

  /** How many of them were covered. */
  public long covered(Cover cover) {
    LongAdder uncovered = cover == Cover.SESSION ? notInSession : notInTransaction;
    return Math.max(0, calls.sum() - uncovered.sum());
  }

  /** What took covers away, the most frequent first. */
  public List<Loss> losses() {
    return causes.entrySet().stream()
        .map(entry -> new Loss(entry.getKey(), entry.getValue().sum()))
        .sorted(Comparator.comparingLong(Loss::count).reversed())
        .toList();
  }
}
