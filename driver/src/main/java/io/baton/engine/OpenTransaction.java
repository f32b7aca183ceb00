package io.baton.engine;

import io.baton.failover.outcome.CommitEvidence;
import io.baton.failover.outcome.CommitMarker;
import io.baton.failover.outcome.LedgerEntry;
import io.baton.routing.consistency.Tables;
import io.baton.session.journal.Journal;
import io.baton.session.journal.ReplayBlocker;
import io.baton.session.sql.KeyDraw;
import io.baton.session.sql.StatementAnalysis;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of the transaction under way: its journal, the keys that it drew, its commit
 * marker, what was noted ahead of its COMMIT, and what the next connection owes the application
 * because of it.
 *
 * <p>It is made when the transaction begins, and dropped whole when the transaction ends: nothing
 * in it is ever cleared. On this rests the soundness of the commit marker. A marker is taken of the
 * transaction that is open; it is kept here; and the object is exchanged for another one with every
 * call that may end a transaction, be it followed by another or not. So a marker that is found here
 * is of the transaction that is open now. (What leads past this: a driver's object in the hands of
 * the application. Then the marker does not count, see {@link #marker}.)
 *
 * <p>Guarded by the calls of its session, but for {@link #recordedCalls}.
 */
final class OpenTransaction {

  /** More texts are not kept to be judged again. */
  private static final int MOST_READS = 32;

  private final Journal<RecordedCall<?, ?>> journal;

  /** The last result that the application is shown of each text that drew keys. */
  private @Nullable IdentityHashMap<KeyDraw, ResultTrace> draws;

  private List<CommitEvidence> evidence;
  private @Nullable LedgerEntry entry;
  private @Nullable CommitMarker marker;
  private @Nullable SessionConnection markedOn;
  private boolean wrote;

  /** Every table of which it may have changed a row. */
  private Tables written = Tables.NONE;

  /** The texts that were taken for reads, as long as nothing else was called. */
  private List<StatementAnalysis> reads = List.of();

  private boolean forgetsReads;
  private boolean unjudged;
  private final long catalogueVersion;
  private boolean blockerTold;
  private final boolean lost;
  private boolean owed;
  private boolean refusesCommit;

  private OpenTransaction(
      Journal<RecordedCall<?, ?>> journal,
      @Nullable IdentityHashMap<KeyDraw, ResultTrace> draws,
      List<CommitEvidence> evidence,
      boolean wrote,
      long catalogueVersion,
      boolean lost) {
    this.journal = journal;
    this.draws = draws;
    this.evidence = evidence;
    this.wrote = wrote;
    this.catalogueVersion = catalogueVersion;
    this.lost = lost;
    this.owed = lost;
  }

  /**
   * A transaction that begins.
   *
   * @param maxBytes how much its journal may hold
   * @param catalogueVersion the version of the catalogue by which its calls are judged
   */
  static OpenTransaction begun(long maxBytes, long catalogueVersion) {
    return new OpenTransaction(
        new Journal<>(maxBytes), null, List.of(), false, catalogueVersion, false);
  }

  /**
   * What is left of a transaction that is gone while the application does not know it, or has not
   * rolled back since: a failed transaction, which is owed to the application by the next
   * connection.
   *
   * @param inCommit whether it was lost in its COMMIT. Then another COMMIT is refused, too: the
   *     server would answer it, as any of a failed transaction, without an error, and the
   *     application would take it for the one that it asked for
   */
  static OpenTransaction lost(boolean inCommit) {
    OpenTransaction transaction =
        new OpenTransaction(new Journal<>(0), null, List.of(), false, 0, true);
    transaction.refusesCommit = inCommit;
    transaction.journal.block(ReplayBlocker.LOST);
    return transaction;
  }

  /**
   * The same work in the transaction of another connection, or in another one of the same. The
   * evidence stays, for an earlier COMMIT of the work may yet be part of a server's history; the
   * marker was of the transaction before.
   */
  OpenTransaction begunAgain() {
    OpenTransaction again =
        new OpenTransaction(journal, draws, evidence, wrote, catalogueVersion, lost);
    again.written = written;
    again.reads = reads;
    again.forgetsReads = forgetsReads;
    again.unjudged = unjudged;
    return again;
  }

  Journal<RecordedCall<?, ?>> journal() {
    return journal;
  }

  /** Records a call. */
  void record(RecordedCall<?, ?> call) {
    call.addTo(journal);
    dropUnneeded();
  }

  /** The keys are kept for a replay alone. */
  private void dropUnneeded() {
    if (!journal.isRecording()) {
      draws = null;
    }
  }

  /** How many calls are recorded; any thread may ask. */
  int recordedCalls() {
    return journal.recordedCalls();
  }

  /**
   * A statement may have written.
   *
   * @param tables every table of which it may have changed a row
   */
  void noteWrite(Tables tables) {
    wrote = true;
    written = written.and(tables);
  }

  /** Every table of which it may have changed a row. */
  Tables written() {
    return written;
  }

  /** Whether a statement may have written. */
  boolean mayHaveWritten() {
    return wrote;
  }

  /** A call was made that is taken for a read. */
  void noteRead(StatementAnalysis analysis) {
    if (wrote || reads.contains(analysis)) {
      return;
    }
    if (reads.size() == MOST_READS) {
      forgetsReads = true;
    } else {
      if (reads.isEmpty()) {
        reads = new ArrayList<>(4);
      }
      reads.add(analysis);
    }
  }

  /** The texts that were taken for reads. */
  List<StatementAnalysis> reads() {
    return reads;
  }

  /** Whether there were more. */
  boolean hasForgottenReads() {
    return forgetsReads;
  }

  /** A call was recorded while it was not known what all of its code does. */
  void noteUnjudged() {
    unjudged = true;
  }

  /** Whether its calls are to be judged anew before they are run again. */
  boolean isUnjudged() {
    return unjudged;
  }

  /** The version of the catalogue when it began. */
  long catalogueVersion() {
    return catalogueVersion;
  }

  /** The transaction cannot be replayed from now on. */
  void block(ReplayBlocker reason) {
    journal.block(reason);
    dropUnneeded();
    if (reason.hidesWrites()) {
      wrote = true;
    }
    if (reason.hidesWrites() || reason == ReplayBlocker.UNSEEN) {
      written = Tables.ALL;
    }
  }

  /** Whether the protection report is to name what blocks the replay: once for a transaction. */
  boolean tellsBlocker() {
    boolean first = !blockerTold;
    blockerTold = true;
    return first;
  }

  // ----------------------------------------------------------------------------------- keys

  /** The application is shown what a text drew. */
  void shown(KeyDraw draw, ResultTrace trace) {
    if (!journal.isRecording()) {
      return;
    }
    if (draws == null) {
      draws = new IdentityHashMap<>(4);
    }
    draws.put(draw, trace);
  }

  /** What the application was shown of each text that drew keys; null if none did. */
  @Nullable IdentityHashMap<KeyDraw, ResultTrace> draws() {
    return draws;
  }

  // ----------------------------------------------------------------------------- the COMMIT

  /** The commit marker, if it was taken on this connection and nothing leads past the engine. */
  @Nullable CommitMarker marker(SessionConnection current) {
    return markedOn == current && !current.physical().isExposed() ? marker : null;
  }

  /** Whether a marker was taken. */
  boolean isMarked() {
    return marker != null;
  }

  /** Keeps the commit marker. */
  void marked(CommitMarker mark, SessionConnection on) {
    marker = mark;
    markedOn = on;
  }

  /** What was noted ahead of each attempt at its COMMIT. */
  List<CommitEvidence> evidence() {
    return evidence;
  }

  /** Something was noted ahead of a COMMIT. */
  void noted(CommitEvidence more) {
    List<CommitEvidence> all = new ArrayList<>(evidence);
    all.add(more);
    evidence = all;
  }

  /**
   * What was noted is of no use: the COMMIT that follows leaves no trace that it could be told by.
   */
  void notedNothing() {
    evidence = List.of();
    entry = null;
  }

  /** An entry of the ledger, to be written with the COMMIT. */
  void owesEntry(LedgerEntry due) {
    entry = due;
    noted(due);
  }

  /** The entry that is to be written with the COMMIT, once; null if there is none. */
  @Nullable LedgerEntry takeEntry() {
    LedgerEntry due = entry;
    entry = null;
    return due;
  }

  // ------------------------------------------------------------------------ a lost transaction

  /** Whether it is gone, and only the application's rollback is missing. */
  boolean isLost() {
    return lost;
  }

  /** Whether a COMMIT is refused as any other statement is. */
  boolean refusesCommit() {
    return refusesCommit;
  }

  /** Whether the next connection must be put into a failed transaction. */
  boolean isOwed() {
    return owed;
  }

  /** The connection is in a failed transaction: the server itself refuses every statement. */
  void failedOnServer() {
    owed = false;
  }
}
