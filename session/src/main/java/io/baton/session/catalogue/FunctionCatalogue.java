package io.baton.session.catalogue;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.RelationName;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalysis.Finding;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The functions and views of one database, as far as routing needs to know them; shared by all of
 * its sessions in this JVM.
 *
 * <p>It keeps the volatile functions. A call that matches none of them, by name, number of
 * arguments and schema if one is written, is not volatile under any search path. A call that
 * matches one may mean another function; then a read is not proved although it is one. So an answer
 * does not depend on the search path, and errs only towards the writer. So it is with a name that
 * it does not know: another client may have created the function since. What another client has
 * replaced is known after the next refresh; a caller that needs certainty has the verdict confirmed
 * ({@link #confirm}).
 *
 * <p>Thread-safe. Answers come from memory; only {@link #refresh} asks the server.
 */
public final class FunctionCatalogue {

  private static final Duration SHELF_LIFE = Duration.ofSeconds(30);

  private static final Duration CLAIM = Duration.ofSeconds(2);

  private final LongSupplier nanoTime;
  private final AtomicLong claimedAt = new AtomicLong();
  private final AtomicLong changes = new AtomicLong();
  private volatile @Nullable CatalogueSnapshot snapshot;

  /** Held while a confirmation is read: others wait for it. */
  private final ReentrantLock confirming = new ReentrantLock();

  private volatile @Nullable Confirmed confirmed;

  /** The snapshot that was read last. Guarded by reading. */
  private @Nullable CatalogueSnapshot last;

  private final ReentrantLock reading = new ReentrantLock();
  private final AtomicLong version = new AtomicLong();

  /** Creates an empty catalogue. */
  public FunctionCatalogue() {
    this(System::nanoTime);
  }

  FunctionCatalogue(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Drops the snapshot, and the one that is being read: a definition has changed. */
  public void invalidate() {
    changes.incrementAndGet();
    snapshot = null;
  }

  /** Returns whether there is no snapshot, or it is due to be renewed. */
  public boolean isStale() {
    CatalogueSnapshot known = snapshot;
    return known == null || nanoTime.getAsLong() - known.takenAt() > SHELF_LIFE.toNanos();
  }

  /** Returns whether there is no snapshot, so that every function call counts as volatile. */
  public boolean isEmpty() {
    return snapshot == null;
  }

  /**
   * Returns whether the caller should refresh: the snapshot is stale, and no other caller has just
   * claimed the refresh.
   */
  public boolean claimRefresh() {
    if (!isStale()) {
      return false;
    }
    long now = nanoTime.getAsLong();
    long last = claimedAt.get();
    boolean isFirst = snapshot == null || now - last > CLAIM.toNanos();
    return isFirst && (claimedAt.compareAndSet(last, now) || snapshot == null);
  }

  /** Reads a new snapshot. */
  public void refresh(Connection connection) throws SQLException {
    long changesBefore = changes.get();
    CatalogueSnapshot read = CatalogueSnapshot.read(connection, nanoTime.getAsLong());
    adopt(read, changesBefore);
  }

  /** Returns the version that it is of. */
  private long adopt(CatalogueSnapshot read, long changesBefore) {
    reading.lock();
    try {
      CatalogueSnapshot before = last;
      if (before == null || !before.saysTheSameAs(read)) {
        version.incrementAndGet();
      }
      last = read;
      snapshot = changes.get() == changesBefore ? read : null;
      return version.get();
    } finally {
      reading.unlock();
    }
  }

  /**
   * Returns a number that grows whenever a snapshot says something else than the one before it:
   * verdicts of one version agree.
   */
  public long version() {
    return version.get();
  }

  /** What the catalogue was, on a server that takes writes. */
  public static final class Confirmed {

    private final CatalogueSnapshot snapshot;
    private final long version;

    private Confirmed(CatalogueSnapshot snapshot, long version) {
      this.snapshot = snapshot;
      this.version = version;
    }

    /** Returns whether all verdicts of that version hold. */
    public boolean isOf(long thatVersion) {
      return version == thatVersion;
    }

    /** Returns whether this text is proved to read only. */
    public boolean provesRead(StatementAnalysis analysis) {
      return analysis.isReadCandidate()
          && FunctionCatalogue.isFreeOfVolatileCode(analysis, snapshot);
    }
  }

  /**
   * Reads what the catalogue is now, for certainty: what other clients have created or replaced is
   * in it. Many callers that ask at the same time, since a server was lost, share one answer.
   *
   * @param connection a connection to a server that takes writes
   * @param since when what is to be judged was over, in nanoseconds of {@link System#nanoTime}
   * @throws SQLException if the server does not say, or the connection breaks
   */
  public Confirmed confirm(Connection connection, long since) throws SQLException {
    boolean alone = awaitTurn();
    try {
      Confirmed known = confirmed;
      if (known == null || known.snapshot.takenAt() - since <= 0) {
        long changesBefore = changes.get();
        CatalogueSnapshot read = CatalogueSnapshot.read(connection, nanoTime.getAsLong());
        known = new Confirmed(read, adopt(read, changesBefore));
        confirmed = known;
      }
      return known;
    } finally {
      if (alone) {
        confirming.unlock();
      }
    }
  }

  /** Waits until another caller has its answer, but not for ever: then each asks by itself. */
  private boolean awaitTurn() {
    try {
      return confirming.tryLock(CLAIM.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Returns whether this text is proved to read only; answers from memory. */
  public ReadVerdict verdict(StatementAnalysis analysis) {
    if (!analysis.isReadCandidate()) {
      return ReadVerdict.NOT_A_READ;
    }
    CatalogueSnapshot known = snapshot;
    if (known == null || isStale()) {
      return ReadVerdict.NOT_KNOWN;
    }
    return isFreeOfVolatileCode(analysis, known) ? ReadVerdict.PROVED : ReadVerdict.NOT_A_READ;
  }

  /**
   * Returns whether the reads among the statements of a text, which does other things as well, are
   * proved to be reads; answers from memory.
   */
  public boolean provesReadsAmong(StatementAnalysis analysis) {
    for (AnalysedStatement statement : analysis.statements()) {
      CatalogueSnapshot known = snapshot;
      if (statement.readCandidate()
          && (known == null || isStale() || !known.isFreeOfVolatileCode(List.of(statement)))) {
        return false;
      }
    }
    return true;
  }

  /** Looked up once for each text and snapshot. */
  @SuppressWarnings("ReferenceEquality") // a finding is of the very snapshot that made it
  private static boolean isFreeOfVolatileCode(StatementAnalysis analysis, CatalogueSnapshot known) {
    Finding found = analysis.finding();
    if (found == null || found.by() != known.identity()) {
      found = new Finding(known.identity(), known.isFreeOfVolatileCode(analysis.statements()));
      analysis.remember(found);
    }
    return found.answer();
  }

  /**
   * Returns whether this statement may have changed its session through a function that is not the
   * system's, called in its text, by a view, or by a trigger. True if that is not known.
   */
  public boolean mayChangeSession(AnalysedStatement statement) {
    boolean writes = mayFireTriggers(statement.kind());
    if (!writes
        && statement.functions().isEmpty()
        && statement.relations().isEmpty()
        && statement.operators().isEmpty()) {
      return false;
    }
    CatalogueSnapshot known = snapshot;
    return known == null
        || (writes && known.triggersMayTouchSessions())
        || known.mayRunOwnCode(statement);
  }

  /**
   * Returns whether a statement may run code of the database that changes rows: a volatile function
   * that is not the system's, one that is not known, or one of the system's that writes large
   * objects or runs a query out of a string. True if that is not known. What runs because of the
   * table that is written to is another question: {@link WriteTarget}.
   *
   * @param target the table that the statement writes to; null if it writes to none
   */
  public boolean mayWriteByCode(AnalysedStatement statement, @Nullable RelationName target) {
    CatalogueSnapshot known = snapshot;
    return known == null || known.mayWriteByCode(statement, target);
  }

  private static boolean mayFireTriggers(CommandKind kind) {
    return switch (kind) {
      case INSERT, UPDATE, DELETE, MERGE, COPY_IN, TRUNCATE -> true;
      default -> false;
    };
  }

  /**
   * Returns whether a text runs a function, or fires a trigger, that does what no rollback undoes,
   * as far as the sources of functions show it.
   */
  public boolean mayOutliveRollback(StatementAnalysis analysis) {
    CatalogueSnapshot known = snapshot;
    return known != null && known.mayOutliveRollback(analysis.statements());
  }

  /** Returns the names of the custom settings that functions of the database set. */
  public Set<String> customSettings() {
    CatalogueSnapshot known = snapshot;
    return known == null ? Set.of() : known.customSettings();
  }
}
