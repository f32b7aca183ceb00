package io.baton.failover.outcome;

import io.baton.failover.Deadline;
import io.baton.failover.outcome.Fence.Presence;
import io.baton.failover.outcome.Resolution.Ending;
import io.baton.routing.consistency.Lsn;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a COMMIT that was cut off took place.
 *
 * <p>The current writer S is asked: what counts is whether the transaction is part of S's history,
 * for all later work builds on that. The commit marker, taken before the COMMIT, has the server it
 * was sent to, the transaction's id X, and a position M of the log at which a record that carries X
 * (or a greater id of a subtransaction) had ended.
 *
 * <p>Under {@code baton.commitOutcome=ledger} the transaction itself wrote its number into a row:
 * the row decides, in every case but the first, once the old backend is proved gone where it may
 * still run. Under {@code xid} nothing is written into tables, and the argument goes case by case.
 *
 * <ol>
 *   <li><b>S is of another cluster of data</b>, or on an older timeline: the commit marker means
 *       nothing there. Unknown.
 *   <li><b>S is the same run of the same server, without a recovery since</b> (same start of the
 *       postmaster, same end of the last recovery): its memory is the authority. While the server
 *       says that X is in progress, nothing is concluded: the old backend is ended, or waited for
 *       where it has committed and waits for a synchronous standby. Committed and aborted are
 *       final, for X is given out once in a run. The list of backends is not part of this argument:
 *       a role may not be shown what it would need there, and behind a pooler a backend serves
 *       others.
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
 *       then and was not restarted, or one crash recovery on the same timeline of the same server,
 *       known by its postmaster or by its own address. The address that the client connects to does
 *       not tell servers apart.
 *   <li><b>S says "committed", and no recovery lies between</b>: it is the same server on the same
 *       timeline, stopped and started again, and each stop was a clean one ({@link CleanStops}). So
 *       nothing of its log was lost, and X was given out once; it is ours that is committed.
 *   <li><b>Everything else</b>: more than one timeline, a restart after a promotion, a clean
 *       restart after a crash (it forgets where that recovery ended), another server on the same
 *       timeline, a timeline that two servers were seen to write. X may have been lost in one
 *       recovery and given out again before the next. Unknown.
 * </ol>
 *
 * <p><b>Instances of Aurora</b> show no positions, so the id alone is noted. Case 2 holds there as
 * it stands; that S has gone through no recovery is told by its name, the start of its postmaster
 * and the age of its statistics, which every crash resets. An instance that was restarted in place,
 * known by its name and its own address, still has the same storage, and remembers what is
 * committed in it: "aborted", "in progress" and "in the future" prove that X is not. "Committed"
 * proves nothing there, for X may have been lost and given out again. Of another instance nothing
 * is concluded: after a blue/green switchover the same names lead to a copy, which was brought up
 * to date by logical replication, with ids of its own.
 *
 * <p>Committed is said only once what S shows is as durable as the session asked for: see {@link
 * CommitBarrier}.
 *
 * <p><b>Assumptions</b>, which an ordinary role cannot check. (A) One server at a time writes a
 * timeline. Two standbys promoted behind each other's back break it; {@link WriterHistories}
 * notices if this JVM has met both. (B) Two servers with one address of their own (a virtual
 * address that both take) are not on the same timeline. (C) Two crash recoveries of one server, one
 * right after the other, look like one. A wrong answer under C needs all of this: the first
 * recovery loses M, other transactions take X again, commit it and write the log past M, and the
 * second crash follows, before this session has found the server again after its connection broke.
 * (D) The clock of a server is not set back, by more than the age of its backend, in a crash that
 * is followed by a clean restart; and the whole server is not put back to a copy of its data that
 * was made while it was stopped, both before the session has found it again. {@code
 * baton.commitOutcome=ledger} rests on none of the four.
 *
 * <p>Used by one thread.
 */
public final class CommitInquiry {

  private static final String FORGOTTEN = "the server has forgotten the transaction's id";

  private final Connection connection;
  private final ServerInstance now;
  private final Circumstances circumstances;

  /**
   * What an inquiry takes into account besides the evidence.
   *
   * @param histories which servers were seen to write which timeline
   * @param barrier how durable a commit has to be
   * @param hasOwnBackend whether the lost connection had a backend of its own; behind a pooler, the
   *     one it had may serve another client by now
   * @param deadline how long a transaction that is still in progress is waited for
   */
  public record Circumstances(
      WriterHistories histories, CommitBarrier barrier, boolean hasOwnBackend, Deadline deadline) {}

  /**
   * Creates an inquiry.
   *
   * @param connection a fresh connection to the server, in autocommit, as the role that logged in
   * @param now the server that it leads to
   */
  public CommitInquiry(Connection connection, ServerInstance now, Circumstances circumstances) {
    this.connection = connection;
    this.now = now;
    this.circumstances = circumstances;
  }

  /**
   * Asks the server.
   *
   * @param candidates the evidence of each COMMIT that may have committed the work: one, or more if
   *     a COMMIT of a replay was cut off as well
   * @throws SQLException if the connection breaks, or the server does not answer a question
   */
  public Resolution resolve(List<CommitEvidence> candidates) throws SQLException {
    Resolution last = Resolution.unknown("nothing had been noted ahead of the COMMIT");
    Resolution unknown = null;
    for (CommitEvidence candidate : candidates) {
      last = resolve(candidate);
      if (last.ending() == Ending.COMMITTED) {
        String doubt = circumstances.barrier().pass(now, connection);
        return doubt == null ? last : Resolution.unknown(last.evidence() + ", but " + doubt);
      }
      if (last.ending() == Ending.UNKNOWN) {
        unknown = last;
      }
    }
    return unknown == null ? last : unknown;
  }

  /**
   * Sees to it that a call that was cut off takes no effect any more, if it has not yet: where its
   * backend may still run it, the backend is ended and waited for.
   *
   * @param then the server and backend that ran it
   * @return why it may still take effect; empty if it cannot, be it only because the server's
   *     history is another one now
   * @throws SQLException if the connection breaks, or the server does not allow it
   */
  public Optional<String> obstacleToEnd(ServerInstance then) throws SQLException {
    if (!now.isOfClusterOf(then) || now.timeline() < then.timeline()) {
      return Optional.of("the server that takes writes now knows nothing of it");
    }
    return now.hasNotRecoveredSince(then)
        ? Optional.ofNullable(whatKeepsTheBackend(then))
        : Optional.empty();
  }

  private Resolution resolve(CommitEvidence noted) throws SQLException {
    ServerInstance then = noted.server();
    if (!now.isOfClusterOf(then)) {
      return Resolution.unknown("the server that takes writes now is of another cluster");
    }
    if (now.timeline() < then.timeline()) {
      return Resolution.unknown("the server that takes writes now is on an older timeline");
    }
    if (noted instanceof CommitMarker marker) {
      return resolve(marker);
    }
    String obstacle = now.isSameRunAs(then) ? whatKeepsTheBackend(then) : null;
    if (obstacle != null) {
      return Resolution.unknown(obstacle);
    }
    LedgerEntry entry = (LedgerEntry) noted;
    return judge(entry, Ledger.lastCommit(entry.session(), connection));
  }

  private Resolution resolve(CommitMarker marker) throws SQLException {
    Fence.Pause pause = new Fence.Pause(circumstances.deadline());
    for (; ; ) {
      TransactionState state = TransactionState.of(marker.transaction(), connection);
      if (state != TransactionState.IN_PROGRESS || !now.hasNotRecoveredSince(marker.server())) {
        return marker.position() == null
            ? judge(marker, now, state)
            : judge(marker, now, state, history(marker, state));
      }
      if (circumstances.deadline().isOver()) {
        return Resolution.unknown(
            "transaction " + marker.transaction() + " is still in progress on the server");
      }
      if (circumstances.hasOwnBackend()) {
        Fence.ask(marker.server(), true, connection);
      }
      pause.take();
    }
  }

  /** What is known of the timeline that a marker was taken on, as far as the answer needs it. */
  private History history(CommitMarker marker, TransactionState state) throws SQLException {
    ServerInstance then = marker.server();
    if (!circumstances.histories().isOne(then)) {
      return History.CONTRADICTED;
    }
    return state == TransactionState.COMMITTED && CleanStops.between(then, now, connection)
        ? History.UNBROKEN
        : History.ONE;
  }

  /** What is known of the history of a timeline. */
  enum History {
    /** Two servers were seen to write it. */
    CONTRADICTED,
    /** One server writes it, as far as is known. */
    ONE,
    /** The same, and nothing of its log was lost since the marker was taken. */
    UNBROKEN
  }

  /** Ends the old backend; returns why it may still commit, null if it is gone. */
  private @Nullable String whatKeepsTheBackend(ServerInstance then) throws SQLException {
    if (!circumstances.hasOwnBackend()) {
      return "a pooler is between, so that its old backend cannot be told from those of others";
    }
    Presence seen = Fence.off(then, connection, circumstances.deadline());
    return switch (seen) {
      case GONE -> null;
      case RUNNING -> "its old backend could not be ended";
      case AWAITS_STANDBY -> "its old backend still waits for a synchronous standby";
      case HIDDEN -> "whether its old backend is gone is not shown to this role";
    };
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
   * @param now the server that was asked, of the same cluster and no older timeline
   * @param state what it said of the transaction's id; where it is the same run, not that it is in
   *     progress
   * @param history what is known of the timeline that the marker was taken on
   */
  static Resolution judge(
      CommitMarker noted, ServerInstance now, TransactionState state, History history) {
    boolean sameRun = now.hasNotRecoveredSince(noted.server());
    Lsn end = now.replayed();
    Lsn position = Objects.requireNonNull(noted.position());
    if (!sameRun && end != null && !end.hasReached(position)) {
      return Resolution.notCommitted(
          "the server's history continues from " + end + ", before the transaction's " + position);
    }
    return switch (state) {
      case FORGOTTEN -> Resolution.unknown(FORGOTTEN);
      case ABORTED, IN_PROGRESS, IN_THE_FUTURE -> Resolution.notCommitted(notCommitted(noted));
      case COMMITTED -> committed(noted, now, sameRun, history);
    };
  }

  /**
   * Derives the outcome from the answers of an instance of Aurora.
   *
   * @param noted the id of the transaction, taken ahead of the COMMIT
   * @param now the instance that was asked
   * @param state what it said of the id; where it is the same run, not that it is in progress
   */
  static Resolution judge(CommitMarker noted, ServerInstance now, TransactionState state) {
    boolean sameRun = now.hasNotRecoveredSince(noted.server());
    if (!sameRun && !now.isInPlaceOf(noted.server())) {
      return Resolution.unknown(
          "another instance of Aurora takes writes now, and nothing shows that its transaction ids"
              + " are of the same history; baton.commitOutcome=ledger settles a COMMIT there");
    }
    return switch (state) {
      case FORGOTTEN -> Resolution.unknown(FORGOTTEN);
      case COMMITTED ->
          sameRun
              ? Resolution.committed(says(noted) + ", and it never went down")
              : Resolution.unknown(
                  says(noted)
                      + ", but it was restarted since, and may have given the id out again");
      case ABORTED -> Resolution.notCommitted(notCommitted(noted));
      case IN_PROGRESS, IN_THE_FUTURE ->
          sameRun
              ? Resolution.unknown(
                  "the instance does not know transaction "
                      + noted.transaction()
                      + ", which it has run itself")
              : Resolution.notCommitted(notCommitted(noted));
    };
  }

  private static String says(CommitMarker noted) {
    return "the server says that transaction " + noted.transaction() + " is committed";
  }

  private static String notCommitted(CommitMarker noted) {
    return "transaction " + noted.transaction() + " is not committed in the server's history";
  }

  private static Resolution committed(
      CommitMarker noted, ServerInstance now, boolean sameRun, History history) {
    String says = says(noted);
    if (sameRun) {
      return Resolution.committed(says + ", and it never went down");
    }
    if (history == History.CONTRADICTED) {
      return Resolution.unknown(
          says
              + ", but two servers were seen to write timeline "
              + noted.server().timeline()
              + ", and the id may be of the other one");
    }
    if (history == History.UNBROKEN) {
      return Resolution.committed(says + ", and it was restarted without a crash");
    }
    if (now.continues(noted.server(), Objects.requireNonNull(noted.position()))) {
      return Resolution.committed(
          says + ", and its one recovery reached " + now.replayed() + ", past " + noted.position());
    }
    return Resolution.unknown(
        says
            + ", but more than one recovery may lie between, or it is another server, where the id"
            + " can be of another transaction");
  }
}
