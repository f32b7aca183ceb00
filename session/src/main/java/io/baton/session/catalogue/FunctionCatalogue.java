package io.baton.session.catalogue;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalysis.Finding;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The functions and views of one database, as far as routing needs to know them; shared by all of
 * its sessions in this JVM.
 *
 * <p>It keeps the volatile functions. A call that matches none of them, by name, number of
 * arguments and schema if one is written, is not volatile under any search path. A call that
 * matches one may mean another function; then a read is not proved although it is one. So an answer
 * does not depend on the search path, and errs only towards the writer. A function that is created
 * elsewhere is known after the next refresh; a caller that needs certainty refreshes first.
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
    snapshot = read;
    if (changes.get() != changesBefore) {
      snapshot = null;
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
