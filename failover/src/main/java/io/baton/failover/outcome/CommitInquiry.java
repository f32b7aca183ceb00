package io.baton.failover.outcome;

import io.baton.failover.Deadline;
import io.baton.failover.outcome.Resolution.Ending;
import io.baton.routing.consistency.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * Finds out whether a COMMIT that was cut off took place.
 *
 * <p>The current writer S is asked: what counts is whether the transaction is part of S's history,
 * for all later work builds on that. The commit marker, taken before the COMMIT, has the server it
 * was sent to, the transaction's id X, and a position M of the log at which a record that carries X
 * (or a greater id of a subtransaction) had ended.
 *
 * <p>Under {@code baton.commitOutcome=ledger} the transaction itself wrote its number into a row:
 * the row decides, in every case but the first, once the old backend is ended where it may still
 * run. Under {@code xid} nothing is written into tables, and the argument goes case by case.
 *
 * <ol>
 *   <li><b>S is of another cluster of data</b>, or on an older timeline: the commit marker means
 *       nothing there. Unknown.
 *   <li><b>S is the same run of the same server, without a recovery since</b> (same start of the
 *       postmaster, same end of the last recovery): its memory is the authority. The old backend
 *       may still be about to commit, so it is ended first; then only that backend can have had X,
 *       and what the server says of X is final.
 *   <li><b>S went through a recovery that ended at R &lt; M.</b> Along one history positions only
 *       grow, and each recovery or promotion keeps a prefix. Had S's history the commit of X, which
 *       lies past M, its last recovery would have ended past M. So it does not: not committed,
 *       whatever the server says of X, which may have been given out again.
 *   <li><b>S does not say "committed" of X.</b> A commit that is part of a history is remembered,
 *       and its id never given out again. Aborted, not yet given out, or running (in another
 *       client's transaction, for every backend of ours is gone): not committed. An id that S has
 *       forgotten: unknown.
 *   <li><b>S says "committed", and exactly one recovery lies between</b>, which ended at R &ge; M:
 *       it replayed a record with X or a greater id, so X was not given out again; it is ours that
 *       is committed. One recovery is a promotion by one timeline on a server that streamed until
 *       then and was not restarted, or one crash recovery on the same timeline.
 *   <li><b>Everything else</b>: more than one timeline, a clean restart (which forgets where an
 *       earlier recovery ended), a restart after a promotion. X may have been lost in one recovery
 *       and given out again before the next. Unknown.
 * </ol>
 *
 * <p>One limit remains, which an ordinary role cannot see: two crash recoveries of one server, one
 * right after the other, look like one. A wrong answer needs all of this: the first recovery loses
 * M, other transactions take X again, commit it and write the log past M, and the second crash
 * follows, before this session has found the server again after its connection broke. {@code
 * baton.commitOutcome=ledger} does not have this limit.
 */
public final class CommitInquiry {

  private CommitInquiry() {}

  /**
   * Asks a server.
   *
   * @param candidates the evidence of each COMMIT that may have committed the work: one, or more if
   *     a COMMIT of a replay was cut off as well
   * @param connection a fresh connection to the server, in autocommit, as the user that logged in
   * @throws SQLException if the connection breaks
   */
  public static Resolution resolve(
      List<CommitEvidence> candidates, Connection connection, Deadline deadline)
      throws SQLException {
    Resolution last = Resolution.unknown("nothing had been noted ahead of the COMMIT");
    Resolution unknown = null;
    for (CommitEvidence candidate : candidates) {
      last = resolve(candidate, connection, deadline);
      if (last.ending() == Ending.COMMITTED) {
        return last;
      }
      if (last.ending() == Ending.UNKNOWN) {
        unknown = last;
      }
    }
    return unknown == null ? last : unknown;
  }

  private static Resolution resolve(CommitEvidence noted, Connection connection, Deadline deadline)
      throws SQLException {
    ServerInstance then = noted.server();
    ServerInstance now = ServerInstance.of(connection, then.kind());
    if (!now.isOfClusterOf(then)) {
      return Resolution.unknown("the server that takes writes now is of another cluster");
    }
    if (now.timeline() < then.timeline()) {
      return Resolution.unknown("the server that takes writes now is on an older timeline");
    }
    if (now.isSameRunAs(then) && !Fence.off(then, connection, deadline)) {
      return Resolution.unknown("its old backend could not be ended");
    }
    if (noted instanceof CommitMarker marker) {
      return judge(marker, now, TransactionState.of(marker.transaction(), connection));
    }
    LedgerEntry entry = (LedgerEntry) noted;
    return judge(entry, Ledger.lastCommit(entry.session(), connection));
  }

  /** An entry is there if and only if its transaction is part of the server's history. */
  private static Resolution judge(LedgerEntry entry, long lastCommit) {
    String says = "the ledger has commit " + lastCommit + " as the session's last";
    return lastCommit >= entry.number()
        ? Resolution.committed(says)
        : Resolution.notCommitted(says + ", and this was " + entry.number());
  }

  /**
   * Derives the outcome from a server's answers.
   *
   * @param noted the commit marker, taken ahead of the COMMIT
   * @param now the server that was asked, of the same cluster and no older timeline; where it is
   *     the same run, the old backend is gone
   * @param state what it said of the transaction's id
   */
  static Resolution judge(CommitMarker noted, ServerInstance now, TransactionState state) {
    boolean sameRun = now.hasNotRecoveredSince(noted.server());
    Lsn end = now.replayed();
    if (!sameRun && end != null && !end.hasReached(noted.position())) {
      return Resolution.notCommitted(
          "the server's history continues from "
              + end
              + ", before the transaction's "
              + noted.position());
    }
    return switch (state) {
      case FORGOTTEN -> Resolution.unknown("the server has forgotten the transaction's id");
      case ABORTED, IN_PROGRESS, IN_THE_FUTURE ->
          Resolution.notCommitted(
              "transaction " + noted.transaction() + " is not committed in the server's history");
      case COMMITTED -> committed(noted, now, sameRun);
    };
  }

  private static Resolution committed(CommitMarker noted, ServerInstance now, boolean sameRun) {
    String says = "the server says that transaction " + noted.transaction() + " is committed";
    if (sameRun) {
      return Resolution.committed(says + ", and it never went down");
    }
    if (now.continues(noted.server(), noted.position())) {
      return Resolution.committed(
          says + ", and its one recovery reached " + now.replayed() + ", past " + noted.position());
    }
    return Resolution.unknown(
        says + ", but more than one recovery may lie between, after which an id can be used again");
  }
}
