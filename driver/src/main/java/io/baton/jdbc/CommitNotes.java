package io.baton.jdbc;

import io.baton.failover.InterruptedCall.Block;
import io.baton.failover.InterruptedCall.Kind;
import io.baton.failover.outcome.CommitEvidence;
import io.baton.failover.outcome.Ledger;
import io.baton.failover.outcome.LedgerEntry;
import io.baton.failover.outcome.ServerInstance;
import io.baton.failover.outcome.TransactionMark;
import io.baton.jdbc.options.CommitOutcome;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.TransactionStatus;
import io.baton.session.sql.StatementAnalysis;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one session notes ahead of its COMMITs, so that it can be told later whether one that was
 * cut off took place.
 *
 * <p>Guarded by the calls of its session.
 */
final class CommitNotes {

  private final CommitOutcome mode;
  private final UUID session = UUID.randomUUID();
  private long commits;
  private List<CommitEvidence> noted = List.of();

  private final EarlyMark early = new EarlyMark();

  /** To be written together with the COMMIT that comes next. */
  private @Nullable LedgerEntry due;

  CommitNotes(CommitOutcome mode) {
    this.mode = mode;
  }

  /**
   * Sees to it that notes can be taken.
   *
   * @throws SQLException with what is to be done, if the ledger cannot be used
   */
  void check(Seat seat) throws SQLException {
    if (mode == CommitOutcome.LEDGER && !Seats.inAutocommit(seat.physical(), Ledger::isUsable)) {
      throw new SQLException(
          "baton.commitOutcome=ledger needs the table baton.ledger, which is not there or may not be"
              + " used by this role. Have an administrator create it once with"
              + " io.baton.BatonLedger.create(connection), or use baton.commitOutcome=xid",
          "42P01");
    }
  }

  /** Whether anything is noted at all. */
  boolean areTaken() {
    return mode != CommitOutcome.NONE;
  }

  /** Whether a call ends a transaction in a way that leaves a doubt, if the transaction wrote. */
  boolean isWanted(StatementAnalysis analysis, Block block) {
    return block == Block.OPEN && mode != CommitOutcome.NONE && Kind.of(analysis) == Kind.COMMIT;
  }

  /** Whether something is to be noted with the call that is about to be made. */
  boolean areDue(Seat seat, Block block, StatementAnalysis analysis, Execution<?, ?> execution) {
    return mode == CommitOutcome.XID && early.isDue(seat, block, analysis, execution);
  }

  /** What is noted ahead of a COMMIT, so that the COMMIT need not wait for it. */
  EarlyMark early() {
    return early;
  }

  /** What was noted of each attempt at the COMMIT that is being made. */
  List<CommitEvidence> noted() {
    return noted;
  }

  /** Another call begins. */
  void clear() {
    if (!noted.isEmpty()) {
      noted = List.of();
      due = null;
    }
  }

  /**
   * Notes a COMMIT that is about to be made.
   *
   * @throws SQLException if the connection breaks, or the transaction has failed
   */
  void note(Seat seat, SessionRecord record) throws SQLException {
    due = null;
    ServerInstance server = seat.instance();
    if (server == null || (mode == CommitOutcome.XID && !server.marks())) {
      noted = List.of(); // What earlier attempts left says nothing of this one.
      return;
    }
    if (mode == CommitOutcome.XID) {
      TransactionMark mark = record.keys().mark(server, seat, record.tracker().state());
      if (mark == null) {
        mark = early.of(seat);
      }
      add(mark == null ? seat.marks().take(server) : mark);
    } else {
      due = new LedgerEntry(server, session, ++commits);
      add(due);
    }
  }

  private void add(CommitEvidence evidence) {
    List<CommitEvidence> more = new ArrayList<>(noted);
    more.add(evidence);
    noted = more;
  }

  /** Commits a transaction, with what was noted of it, in one round trip. */
  void commit(PhysicalConnection physical) throws SQLException {
    LedgerEntry entry = due;
    due = null;
    if (entry == null || !write(entry, true, physical)) {
      physical.connection().commit();
    }
  }

  /** Writes what is due in a round trip of its own, ahead of a COMMIT that is text. */
  void writeDue(PhysicalConnection physical) throws SQLException {
    LedgerEntry entry = due;
    due = null;
    if (entry != null) {
      write(entry, false, physical);
    }
  }

  /** Returns false if the ledger refused the entry (of a transaction that must only read). */
  private boolean write(LedgerEntry entry, boolean commits, PhysicalConnection physical)
      throws SQLException {
    try {
      Ledger.enter(entry, commits, physical.connection());
      return true;
    } catch (SQLException refused) {
      if (physical.isSeveredBy(refused)
          || physical.transactionStatus() != TransactionStatus.FAILED) {
        throw refused; // The connection broke, or it is the COMMIT that was refused.
      }
      noted = List.of(); // The entry will not be there, committed or not.
      Ledger.takeBack(physical.connection());
      return false;
    }
  }

  /** The session ends. */
  void forget(Seat seat) {
    if (mode == CommitOutcome.LEDGER
        && commits > 0
        && !seat.physical().isSevered()
        && seat.physical().transactionStatus() == TransactionStatus.IDLE) {
      try {
        Seats.inAutocommit(
            seat.physical(),
            connection -> {
              Ledger.forget(session, connection);
              return true;
            });
      } catch (SQLException left) {
        // The row is small, and somebody else removes it in time.
      }
    }
  }
}
