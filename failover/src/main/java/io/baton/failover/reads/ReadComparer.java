package io.baton.failover.reads;

import io.baton.failover.Deadline;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Compares reads on two sides of which one follows the other by replication, while both move.
 *
 * <p>The argument. Each round looks at the old side, waits until the new side has applied all that
 * this look could have seen, looks at the new side, and at the old side again. What the new side
 * shows is then what the old side has shown at some moment between its two looks, since changes are
 * applied in the order of their commits and after them.
 *
 * <ul>
 *   <li>The new side shows what one of the two looks has shown: it is the same, at that moment. If
 *       it took much longer, it is looked at again, in as many rounds as for a difference, and the
 *       quickest look of each side counts: one may have waited for a processor.
 *   <li>The two looks differ: it moves. Nothing is known; the next round may find a quiet moment.
 *   <li>The two looks agree, and the new side shows something else: it differs, unless it was
 *       changed and changed back in between, or a commit that has been replicated is not visible
 *       yet on the old side. So it is a difference only if {@value #ROUNDS_OF_A_DIFFERENCE} rounds
 *       in a row show the very same on both sides. A value that flips back and forth would have to
 *       be on one side at each of eight looks, and on the other at each of four in between.
 * </ul>
 *
 * <p>What has no quiet moment is reported as moving, and never as a difference.
 *
 * <p>Used by one thread.
 *
 * @param <S> a read, with the values that it is run with
 */
public final class ReadComparer<S> {

  /** How often in a row a difference must be found. */
  static final int ROUNDS_OF_A_DIFFERENCE = 4;

  /** How many rounds there are at most. */
  static final int MOST_ROUNDS = 12;

  /** One side. */
  @FunctionalInterface
  public interface Side<S> {

    /**
     * Runs a read as it is at this moment.
     *
     * @throws SQLException if the connection is gone
     */
    Look look(S read) throws SQLException;
  }

  /** How far the new side has come. */
  @FunctionalInterface
  public interface Position {

    /**
     * Waits until the new side has applied what was committed on the old side before this call.
     *
     * @return false if it does not in time
     * @throws SQLException if a connection is gone
     */
    boolean awaitArrival() throws SQLException;
  }

  /** A round begins; the reads of it are run one after the other. */
  @FunctionalInterface
  public interface Pause {

    /**
     * Waits for some time, another one each time, so that looks do not fall in step with a writer.
     */
    void take();
  }

  /**
   * What came of one read.
   *
   * @param verdict what came of it; null while that is open
   * @param old the last look at the old side
   * @param successor the last look at the new side
   * @param streak in how many rounds in a row both sides have shown this, and not the same, or the
   *     same in very different times
   */
  public record Outcome(
      ReadComparison.@Nullable Verdict verdict,
      @Nullable Look old,
      @Nullable Look successor,
      int streak) {

    /** Nothing is known yet. */
    public static final Outcome OPEN = new Outcome(null, null, null, 0);
  }

  private final Side<S> old;
  private final Side<S> successor;
  private final Position position;
  private final Pause pause;

  /** Makes one. */
  public ReadComparer(Side<S> old, Side<S> successor, Position position, Pause pause) {
    this.old = old;
    this.successor = successor;
    this.position = position;
    this.pause = pause;
  }

  /**
   * Compares.
   *
   * @return what came of each read; one of which nothing was found out until the deadline moves
   * @throws SQLException if a connection is gone
   */
  public Map<S, Outcome> compare(List<S> reads, Deadline deadline, BooleanSupplier stopped)
      throws SQLException {
    Map<S, Outcome> outcomes = new LinkedHashMap<>();
    reads.forEach(read -> outcomes.put(read, Outcome.OPEN));
    for (int round = 0; round < MOST_ROUNDS && !deadline.isOver(); round++) {
      List<S> open = new ArrayList<>();
      outcomes.forEach(
          (read, outcome) -> {
            if (outcome.verdict() == null) {
              open.add(read);
            }
          });
      if (open.isEmpty() || stopped.getAsBoolean()) {
        break;
      }
      if (round > 0) {
        pause.take();
      }
      round(open, outcomes, () -> deadline.isOver() || stopped.getAsBoolean());
    }
    outcomes.replaceAll(
        (read, outcome) ->
            outcome.verdict() != null
                ? outcome
                : new Outcome(
                    isSame(outcome) ? ReadComparison.Verdict.SAME : ReadComparison.Verdict.MOVES,
                    outcome.old(),
                    outcome.successor(),
                    0));
    return outcomes;
  }

  private void round(List<S> open, Map<S, Outcome> outcomes, BooleanSupplier over)
      throws SQLException {
    Map<S, Look> before = new LinkedHashMap<>();
    for (S read : open) {
      if (over.getAsBoolean()) {
        return;
      }
      Look look = old.look(read);
      if (look instanceof Look.Rows) {
        before.put(read, look);
      } else {
        outcomes.put(read, new Outcome(ReadComparison.Verdict.UNFIT, look, null, 0));
      }
    }
    if (before.isEmpty() || !position.awaitArrival()) {
      return;
    }
    for (Map.Entry<S, Look> one : before.entrySet()) {
      if (over.getAsBoolean()) {
        return;
      }
      S read = one.getKey();
      Look there = successor.look(read);
      Look after = old.look(read);
      outcomes.put(
          read, next(outcomes.getOrDefault(read, Outcome.OPEN), one.getValue(), there, after));
    }
  }

  private static Outcome next(Outcome last, Look before, Look there, Look after) {
    if (there.isLike(before) || there.isLike(after)) {
      return same(last, there.isLike(after) ? after : before, there);
    }
    if (there instanceof Look.Unfit) {
      return new Outcome(ReadComparison.Verdict.UNFIT, after, there, 0);
    }
    if (!before.isLike(after)) {
      return new Outcome(null, after, there, 0);
    }
    Look lastOld = last.old();
    Look lastThere = last.successor();
    boolean goesOn =
        lastOld != null && lastThere != null && lastOld.isLike(after) && lastThere.isLike(there);
    int streak = goesOn ? last.streak() + 1 : 1;
    return new Outcome(
        streak < ROUNDS_OF_A_DIFFERENCE ? null : difference(after, there), after, there, streak);
  }

  private static Outcome same(Outcome last, Look here, Look there) {
    Look quickHere = quicker(last.old(), here);
    Look quickThere = quicker(last.successor(), there);
    int streak = last.verdict() == null && isSame(last) ? last.streak() + 1 : 1;
    boolean isDone = !isSlower(quickHere, quickThere) || streak >= ROUNDS_OF_A_DIFFERENCE;
    return new Outcome(
        isDone ? ReadComparison.Verdict.SAME : null, quickHere, quickThere, isDone ? 0 : streak);
  }

  private static Look quicker(@Nullable Look last, Look now) {
    return last instanceof Look.Rows before
            && now instanceof Look.Rows rows
            && before.isLike(now)
            && before.nanos() < rows.nanos()
        ? before
        : now;
  }

  private static boolean isSlower(Look here, Look there) {
    return here instanceof Look.Rows old
        && there instanceof Look.Rows rows
        && ReadComparison.isSlower(old.nanos(), rows.nanos());
  }

  private static boolean isSame(Outcome outcome) {
    Look there = outcome.successor();
    return outcome.old() != null && there != null && there.isLike(outcome.old());
  }

  private static ReadComparison.Verdict difference(Look old, Look there) {
    if (there instanceof Look.Refused refused) {
      return refused.sqlState().equals("57014") || refused.sqlState().equals("55P03")
          ? ReadComparison.Verdict.SLOW
          : ReadComparison.Verdict.REFUSED;
    }
    return old instanceof Look.Rows here && there instanceof Look.Rows rows && here.hasRowsOf(rows)
        ? ReadComparison.Verdict.ORDER
        : ReadComparison.Verdict.ROWS;
  }
}
