package io.baton.engine;

import io.baton.failover.DeadlineGuard;
import io.baton.failover.outcome.CommitMarker;
import io.baton.failover.outcome.Ledger;
import io.baton.failover.outcome.LedgerEntry;
import io.baton.failover.outcome.ServerInstance;
import io.baton.jdbc.options.CommitOutcome;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.SessionState;
import io.baton.session.TransactionStatus;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Notes the evidence of one session's COMMITs ahead of them, so that it can be told later whether
 * one that was cut off took place ({@code baton.commitOutcome}). What is noted is kept by the
 * {@link OpenTransaction}.
 *
 * <p>Guarded by the calls of its session.
 */
final class CommitEvidenceNotes {

  /** How long the end of a connection may take longer, to leave nothing behind. */
  private static final Duration FORGET_LIMIT = Duration.ofMillis(500);

  private final CommitOutcome mode;

  /** Its name in the ledger; null without one, for random numbers cost a young JVM time. */
  private final @Nullable UUID session;

  private long commits;

  CommitEvidenceNotes(CommitOutcome mode) {
    this.mode = mode;
    this.session = mode == CommitOutcome.LEDGER ? UUID.randomUUID() : null;
  }

  /**
   * Sees to it that notes can be taken.
   *
   * @throws SQLException 42P01 with what is to be done, if the ledger cannot be used
   */
  void check(SessionConnection connection) throws SQLException {
    if (mode == CommitOutcome.LEDGER && !connection.physical().inAutocommit(Ledger::isUsable)) {
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
  boolean areWanted(Call<?, ?> call, TransactionBlock block) {
    return block == TransactionBlock.OPEN
        && mode != CommitOutcome.NONE
        && call.effect() == CallEffect.COMMIT;
  }

  /** Whether the commit marker is to be taken with the call that is about to be made. */
  boolean isMarkerDue(
      SessionConnection connection,
      Call<?, ?> call,
      @Nullable OpenTransaction transaction,
      SessionState state) {
    return mode == CommitOutcome.XID
        && PiggybackedMarker.isDue(connection, call, transaction)
        && canMark(connection.knownInstance(), state);
  }

  private static boolean canMark(@Nullable ServerInstance server, SessionState state) {
    if (server == null) {
      return false;
    }
    return switch (server.marking()) {
      case REFUSED -> false;
      case FIRST_ROLE -> state.role() == null && state.authorization() == null;
      case EVERY_ROLE -> true;
    };
  }

  /**
   * Notes the evidence of a COMMIT that is about to be made.
   *
   * @throws SQLException if the connection breaks, or the transaction has failed
   */
  void note(SessionConnection connection, OpenTransaction transaction, CallRecorder recorder)
      throws SQLException {
    ServerInstance server = connection.instance();
    SessionState state = recorder.tracker().state();
    if (server == null
        || connection.isPooled()
        || (mode == CommitOutcome.XID && !canMark(server, state))) {
      transaction.notedNothing(); // What earlier attempts left says nothing of this one.
    } else if (mode == CommitOutcome.XID) {
      CommitMarker mark = transaction.marker(connection);
      if (mark == null) {
        CommitMarker.Answer answer =
            connection.physical().own(asked -> connection.markers().take(server));
        connection.isServedBy(answer.backend());
        mark = answer.marker();
      }
      if (mark == null) {
        transaction.notedNothing();
      } else {
        transaction.noted(mark);
      }
    } else {
      transaction.owesEntry(new LedgerEntry(server, Objects.requireNonNull(session), ++commits));
    }
  }

  /** Commits a transaction, with what is to be written for it, in one round trip. */
  void commit(PhysicalConnection physical, @Nullable OpenTransaction transaction)
      throws SQLException {
    LedgerEntry entry = transaction == null ? null : transaction.takeEntry();
    if (transaction == null || entry == null) {
      physical.connection().commit();
    } else if (physical.sendsTextsWhole()) {
      if (!write(entry, true, physical, transaction)) {
        physical.connection().commit();
      }
    } else {
      // What the driver puts between the statements would take the COMMIT for one that may follow.
      if (physical.own(Ledger::mayWrite)) {
        write(entry, false, physical, transaction);
      } else {
        transaction.notedNothing();
      }
      physical.connection().commit();
    }
  }

  /** Writes what is to be written in a round trip of its own, ahead of a COMMIT that is text. */
  void writeEntry(PhysicalConnection physical, OpenTransaction transaction) throws SQLException {
    LedgerEntry entry = transaction.takeEntry();
    if (entry != null) {
      write(entry, false, physical, transaction);
    }
  }

  /** Returns false if the ledger refused the entry (of a transaction that must only read). */
  private static boolean write(
      LedgerEntry entry, boolean commits, PhysicalConnection physical, OpenTransaction transaction)
      throws SQLException {
    try {
      return physical.own(
          connection -> {
            Ledger.enter(entry, commits, connection);
            return true;
          });
    } catch (SQLException refused) {
      if (physical.isSeveredBy(refused)
          || physical.transactionStatus() != TransactionStatus.FAILED) {
        throw refused; // The connection broke, or it is the COMMIT that was refused.
      }
      transaction.notedNothing(); // The entry will not be there, committed or not.
      try {
        return physical.own(
            connection -> {
              Ledger.takeBack(connection);
              return false;
            });
      } catch (SQLException untaken) {
        throw physical.isSeveredBy(untaken) ? untaken : refused; // So not even the savepoint was.
      }
    }
  }

  /** The session ends: its row is removed. */
  void forget(SessionConnection connection) {
    PhysicalConnection physical = connection.physical();
    if (mode == CommitOutcome.LEDGER && commits > 0 && !physical.isSevered()) {
      DeadlineGuard guard =
          DeadlineGuard.abortAfter(FORGET_LIMIT, () -> physical.abort("it is closed"));
      try (guard) {
        if (physical.transactionStatus() != TransactionStatus.IDLE) {
          physical.rollBack(); // As the end of the connection does.
        }
        physical.inAutocommit(
            plain -> {
              Ledger.forget(Objects.requireNonNull(session), plain);
              return true;
            });
      } catch (SQLException left) {
        // The row is small, and another session removes it in time.
      }
    }
  }
}
