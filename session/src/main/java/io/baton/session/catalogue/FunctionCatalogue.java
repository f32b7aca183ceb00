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
 * What is known of the functions and views of one database, shared by all of its sessions in this
 * JVM.
 *
 * <p>It keeps what is volatile: a call that no volatile function answers to, by name, number of
 * arguments and schema if one is written, cannot be of one, whatever the search path; where one
 * does, another may be meant, and then a read is not proven though it is one. So an answer never
 * depends on a search path, and errs on one side only. A function that is created elsewhere is
 * known when the snapshot is renewed: whoever must not err asks for a new one first.
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

  /** An empty catalogue. */
  public FunctionCatalogue() {
    this(System::nanoTime);
  }

  FunctionCatalogue(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Forgets everything, and what is being read at this moment: a definition has changed. */
  public void invalidate() {
    changes.incrementAndGet();
    snapshot = null;
  }

  /** Whether there is no snapshot, or it is too old to rely on for long. */
  public boolean isStale() {
    CatalogueSnapshot known = snapshot;
    return known == null || nanoTime.getAsLong() - known.takenAt() > SHELF_LIFE.toNanos();
  }

  /** Whether nothing is known at all, so that every call of a function is in doubt. */
  public boolean isEmpty() {
    return snapshot == null;
  }

  /**
   * Whether whoever asks is to take a new snapshot: it is stale, and nobody else has taken that
   * upon them a moment ago.
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

  /** Takes a new snapshot. */
  public void refresh(Connection connection) throws SQLException {
    long changesBefore = changes.get();
    CatalogueSnapshot read = CatalogueSnapshot.read(connection, nanoTime.getAsLong());
    snapshot = read;
    if (changes.get() != changesBefore) {
      snapshot = null;
    }
  }

  /** Whether this text is known only to read; answers from memory. */
  public ReadVerdict verdict(StatementAnalysis analysis) {
    if (!analysis.isReadCandidate()) {
      return ReadVerdict.NOT_A_READ;
    }
    CatalogueSnapshot known = snapshot;
    if (known == null || isStale()) {
      return ReadVerdict.NOT_KNOWN;
    }
    return isFreeOfVolatileCode(analysis, known) ? ReadVerdict.PROVEN : ReadVerdict.NOT_A_READ;
  }

  /** Looked up once for a text and a snapshot. */
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
   * Whether this statement may have changed its session by functions of the application's own, be
   * they called in its text, by a view, or by a trigger. True where it is not known.
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

  /** The names of settings that functions of the application's own set. */
  public Set<String> customSettings() {
    CatalogueSnapshot known = snapshot;
    return known == null ? Set.of() : known.customSettings();
  }
}
