package io.baton.engine;

import io.baton.session.SessionTracker;
import io.baton.session.SessionTracker.Crossroads;
import io.baton.session.sql.StatementAnalysis;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The transaction that an interrupted call was made in, and the ways on from it: what becomes of
 * what is known of it, and of the state of its session.
 *
 * <p>Confined to one recovery.
 */
final class InterruptedTransaction {

  private final CallRecorder recorder;
  private final CallFacts facts;
  private final SessionTracker tracker;
  private final Crossroads ways;

  /** The work of the transaction; null if none was under way. */
  private final @Nullable OpenTransaction work;

  InterruptedTransaction(CallRecorder recorder, CallFacts facts) {
    this.recorder = recorder;
    this.facts = facts;
    this.tracker = recorder.tracker();
    this.ways = tracker.crossroads();
    this.work = recorder.transaction();
  }

  /** The work of the transaction; null if none was under way. */
  @Nullable OpenTransaction work() {
    return work;
  }

  /**
   * Whether the session is the same whether the call, or the transaction that it was to end, took
   * place or not, as far as the catalogue tells.
   *
   * @param analysis what the call does; null if it does nothing to the session
   */
  boolean leavesSession(@Nullable StatementAnalysis analysis) {
    boolean isWorkSafe = facts.block() != TransactionBlock.OPEN || tracker.isSameEitherWay(ways);
    return isWorkSafe && (analysis == null || tracker.isLeftAloneBy(analysis));
  }

  /** It is to be replayed: the session stands as it stood when it began. */
  OpenTransaction beginAgain() {
    tracker.begunAgain(ways);
    OpenTransaction again = Objects.requireNonNull(work).begunAgain();
    recorder.replace(again);
    return again;
  }

  /** It is over, and the application knows it, or has not seen anything of it. */
  void end(boolean committed) {
    if (facts.block().isOpen()) {
      if (committed) {
        tracker.committed(ways);
      } else {
        tracker.rolledBack(ways);
      }
    }
    recorder.replace(null);
  }

  /** It is gone, and the application has to roll back. Does nothing if that is known already. */
  void lose() {
    OpenTransaction now = recorder.transaction();
    if (now == null || now == work || !now.isLost()) {
      boolean inCommit =
          facts.block() != TransactionBlock.FAILED
              && (facts.effect() == CallEffect.COMMIT || facts.effect() == CallEffect.MAY_COMMIT);
      recorder.lose(ways, inCommit);
    }
  }

  /** It is to be replayed, unless it is lost. */
  void standAgain(boolean lost) {
    if (lost) {
      lose();
    } else {
      beginAgain();
    }
  }

  /** The call is to be made again without it, unless the transaction that it begins is lost. */
  void endAgain(boolean lost) {
    if (lost && facts.block() != TransactionBlock.NONE) {
      lose();
    } else {
      end(false);
    }
  }
}
