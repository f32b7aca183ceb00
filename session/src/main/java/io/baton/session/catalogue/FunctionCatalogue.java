package io.baton.session.catalogue;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.CatalogueChange;
import io.baton.session.sql.CommandKind;
import io.baton.session.sql.RelationName;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalysis.Conclusions;
import io.baton.session.sql.StatementAnalysis.Finding;
import io.baton.session.sql.StatementAnalysis.TableUse;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
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

  /** How old a snapshot gets, at most, while it is used. */
  private static final Duration DUE = Duration.ofSeconds(15);

  /** How old it may be when a statement names what it does not show. */
  private static final Duration DUE_IF_MISSED = Duration.ofSeconds(1);

  private static final Duration CLAIM = Duration.ofSeconds(2);

  /** How long a definition counts as not committed, if its transaction is never heard of again. */
  private static final Duration LONGEST_TRANSACTION = Duration.ofMinutes(10);

  /** Stands for all names. */
  private static final String ALL = "*";

  /**
   * A definition after which a name may mean something else.
   *
   * @param change its number
   * @param open whether its transaction is not committed yet
   * @param at when, by the nanosecond clock
   */
  private record Doubt(long change, boolean open, long at) {}

  private final LongSupplier nanoTime;
  private final AtomicLong changes = new AtomicLong();
  private volatile @Nullable CatalogueSnapshot snapshot;

  /** When the snapshot was last known to be true, by the nanosecond clock. */
  private volatile long takenAt;

  /** When the last snapshot was taken that left nothing in doubt. */
  private volatile long settledAt;

  private final AtomicReference<@Nullable Runnable> reader = new AtomicReference<>();

  /** Held while a confirmation is read: others wait for it. */
  private final ReentrantLock confirming = new ReentrantLock();

  private volatile @Nullable Confirmed confirmed;

  /** The snapshot that was read last. Guarded by reading. */
  private @Nullable CatalogueSnapshot last;

  /** The state of the catalogue that it is of. Guarded by reading. */
  private String state = "";

  /** The names that may mean something else since. Guarded by reading. */
  private final Map<String, Doubt> doubts = new HashMap<>();

  private final CodeReader code = new CodeReader();

  private final ReentrantLock reading = new ReentrantLock();
  private final AtomicLong version = new AtomicLong();

  /** Creates an empty catalogue. */
  public FunctionCatalogue() {
    this(System::nanoTime);
  }

  FunctionCatalogue(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.settledAt = nanoTime.getAsLong();
  }

  /** Drops the snapshot, and the one that is being read: a definition has changed. */
  public void invalidate() {
    changed(CatalogueChange.EVERYTHING, false);
  }

  /**
   * Reports a definition: until the catalogue is read again, what it names is not known.
   *
   * @param open whether its transaction is still open; then it is to be reported again at the end
   * @return whether it changes anything that matters here
   */
  public boolean changed(CatalogueChange change, boolean open) {
    reading.lock();
    try {
      Set<String> names = new HashSet<>(change.names());
      CatalogueSnapshot known = last;
      if (change.runsCode()
          && (known == null || known.mayRun(change.calls(), change.operators()))) {
        names.addAll(change.namesIfCalled());
      }
      if (change.everything()) {
        names.add(ALL);
      }
      if (names.isEmpty()) {
        return false;
      }
      Doubt doubt = new Doubt(changes.incrementAndGet(), open, nanoTime.getAsLong());
      names.forEach(name -> doubts.put(name, doubt));
      publish();
    } finally {
      reading.unlock();
    }
    if (!open) {
      wakeReader();
    }
    return true;
  }

  /** Publishes the last snapshot, but for what is in doubt. Called with the lock. */
  private void publish() {
    CatalogueSnapshot known = last;
    CatalogueSnapshot published = snapshot;
    if (known == null || doubts.containsKey(ALL)) {
      snapshot = null;
    } else if (doubts.isEmpty()) {
      snapshot = known;
    } else if (published == null
        || !published.isOf(known)
        || !published.unknown().equals(doubts.keySet())) {
      snapshot = known.doubting(doubts.keySet());
    }
  }

  /** Sets what reads the catalogue in the background when it is told that it is to be read. */
  public void readBy(Runnable newReader) {
    reader.set(newReader);
  }

  /** Unsets it, if it is this one. */
  public void notReadBy(Runnable formerReader) {
    reader.compareAndSet(formerReader, null);
  }

  private void wakeReader() {
    Runnable now = reader.get();
    if (now != null) {
      now.run();
    }
  }

  /** Has the catalogue read in the background if it is due; does not wait for that. */
  public void keepUp() {
    if (snapshot == null || nanoTime.getAsLong() - takenAt > DUE.toNanos()) {
      wakeReader();
    }
  }

  /**
   * Has the catalogue read in the background at once, because it is that of another database now,
   * which is meant to have the same definitions. What is known counts until then.
   */
  public void renew() {
    wakeReader();
  }

  /**
   * Reports that a statement ran whose code this catalogue does not show, and has it read soon.
   *
   * @return the time, for {@link #settledSince}
   */
  public long missed() {
    long now = nanoTime.getAsLong();
    if (snapshot == null || now - takenAt > DUE_IF_MISSED.toNanos()) {
      wakeReader();
    }
    return now;
  }

  /**
   * Returns what stands for the present snapshot if it was read after that time, and nothing is in
   * doubt now; null if not, and then it is read soon. A verdict is final if this was the same
   * before and after it.
   */
  public @Nullable Object settledSince(long time) {
    CatalogueSnapshot known = snapshot;
    if (known != null && known.unknown().isEmpty() && settledAt - time > 0) {
      return known.identity();
    }
    missed();
    return null;
  }

  /** Returns what stands for what it says now; null if it says nothing. */
  public @Nullable Object identity() {
    CatalogueSnapshot known = snapshot;
    return known == null ? null : known.identity();
  }

  /** Returns when it was read last, by its clock. */
  public long takenAt() {
    return takenAt;
  }

  /** Returns whether it may show a function of this name. */
  public boolean mayShow(String function) {
    CatalogueSnapshot known = snapshot;
    return known == null || known.shows(function);
  }

  /** Returns whether one of these may be called as a function that is not the system's. */
  public boolean mayBeOwn(Set<String> functions) {
    CatalogueSnapshot known = snapshot;
    return known == null || known.mayBeOwn(functions);
  }

  /** Returns whether there is no snapshot, or it is due to be renewed. */
  public boolean isStale() {
    return snapshot == null || nanoTime.getAsLong() - takenAt > SHELF_LIFE.toNanos();
  }

  /** Returns whether a definition is not known: a verdict is then one of what is. */
  public boolean isInDoubt() {
    CatalogueSnapshot known = snapshot;
    return known == null || !known.unknown().isEmpty();
  }

  /** Returns whether there is no snapshot, so that every function call counts as volatile. */
  public boolean isEmpty() {
    return snapshot == null;
  }

  /** Reads a new snapshot, if the catalogue is not what it was. */
  public void refresh(Connection connection) throws SQLException {
    read(connection);
  }

  private Confirmed read(Connection connection) throws SQLException {
    long changesBefore = changes.get();
    long now = nanoTime.getAsLong();
    CodeReader.State found = CodeReader.state(connection);
    CatalogueSnapshot same = lastOf(found.catalogue());
    CatalogueSnapshot read = same == null ? CatalogueSnapshot.read(connection, code) : same;
    return adopt(read, found, changesBefore, now);
  }

  private @Nullable CatalogueSnapshot lastOf(String found) {
    reading.lock();
    try {
      return state.equals(found) ? last : null;
    } finally {
      reading.unlock();
    }
  }

  private Confirmed adopt(
      CatalogueSnapshot read, CodeReader.State found, long changesBefore, long now) {
    reading.lock();
    try {
      CatalogueSnapshot before = last;
      if (before == null || !before.saysTheSameAs(read)) {
        version.incrementAndGet();
      }
      last = read;
      state = found.catalogue();
      if (!found.standby()) {
        doubts.values().removeIf(doubt -> isSettled(doubt, changesBefore, now));
        if (doubts.isEmpty()) {
          settledAt = now;
        }
      }
      takenAt = now;
      publish();
      return new Confirmed(read, version.get(), now);
    } finally {
      reading.unlock();
    }
  }

  private static boolean isSettled(Doubt doubt, long changesBefore, long now) {
    return doubt.change() <= changesBefore
        && (!doubt.open() || now - doubt.at() > LONGEST_TRANSACTION.toNanos());
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
    private final long takenAt;

    private Confirmed(CatalogueSnapshot snapshot, long version, long takenAt) {
      this.snapshot = snapshot;
      this.version = version;
      this.takenAt = takenAt;
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

    /** Returns whether what this text reads is proved to read and to change the session only. */
    public boolean provesReadsOfSession(StatementAnalysis analysis) {
      return snapshot.changeSessionOnly(
          analysis.statements().stream().filter(AnalysedStatement::readCandidate).toList());
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
      if (known == null || known.takenAt - since <= 0) {
        known = read(connection);
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
      return analysis.isPlain() ? ReadVerdict.PROVED : ReadVerdict.NOT_KNOWN;
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

  /**
   * Returns whether a text that is no proved read only reads and changes the session; answers from
   * memory.
   */
  public boolean provesSessionOnly(StatementAnalysis analysis) {
    CatalogueSnapshot known = snapshot;
    return known != null && !isStale() && known.changeSessionOnly(analysis.statements());
  }

  /**
   * Returns whether a text may change rows by code that it names, be it through a view or an
   * operator; answers from memory, and no as long as nothing is known.
   */
  public boolean namesCodeThatMayWrite(StatementAnalysis analysis) {
    CatalogueSnapshot known = snapshot;
    return known != null && analysis.statements().stream().anyMatch(known::namesCodeThatMayWrite);
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
   * Returns the bare names of all tables that a text proved to only read may show rows of; null if
   * that is not known. Answers from memory.
   *
   * <p>Tables whose code is not known count as unknown, and so do sequences, materialized views,
   * foreign tables and relations of the system. A relation that another client has created is known
   * after the next refresh, as with functions.
   */
  public @Nullable Set<String> tablesRead(StatementAnalysis analysis) {
    TableUse use = tableUse(analysis);
    return use == null ? null : use.read();
  }

  /**
   * Returns the bare names of all tables whose rows a text may change; null if that is not known:
   * if it is no single INSERT, UPDATE, DELETE or MERGE, if it or its target runs code of the
   * database, or if a definition has changed. Answers from memory.
   */
  public @Nullable Set<String> tablesWritten(StatementAnalysis analysis) {
    TableUse use = tableUse(analysis);
    return use == null ? null : use.written();
  }

  /**
   * Returns whether a text may name what only the writer has as it is meant: a sequence, a foreign
   * or an unlogged table, a view on one. Answers from memory; false as long as that is not known.
   */
  public boolean isOfWriter(StatementAnalysis analysis) {
    TableUse use = tableUse(analysis);
    return use != null && use.ofWriter();
  }

  /**
   * Returns whether a text may run code that leaves in its session what only its server has, or of
   * which that is not known. Answers from memory; false as long as nothing is known.
   */
  public boolean mayTieSession(StatementAnalysis analysis) {
    if (snapshot == null) {
      return false;
    }
    for (int index = 0; index < analysis.statements().size(); index++) {
      SessionReach reach = reach(analysis, index);
      if (reach.other() || reach.locks() || reach.setsUnwritten()) {
        return true;
      }
    }
    return false;
  }

  private @Nullable TableUse tableUse(StatementAnalysis analysis) {
    CatalogueSnapshot known = snapshot;
    if (known == null || isStale()) {
      return null;
    }
    TableUse use = analysis.tableUse();
    if (use == null || !known.isMaker(use.by())) {
      use = known.tableUse(analysis);
      analysis.remember(use);
    }
    return use;
  }

  /**
   * Returns what a statement may do to its session through code that its text does not show. A text
   * in the cache costs a look at what was found before.
   *
   * @param index which of its statements
   */
  public SessionReach reach(StatementAnalysis analysis, int index) {
    CatalogueSnapshot known = snapshot;
    if (known == null) {
      return reach(analysis.statements().get(index));
    }
    Conclusions found = analysis.conclusions();
    if (found == null || !known.isMaker(found.by())) {
      found =
          new Conclusions(
              known.identity(), analysis.statements().stream().map(known::reach).toList());
      analysis.remember(found);
    }
    return (SessionReach) found.answers().get(index);
  }

  /** Returns what a statement may do to its session through code that its text does not show. */
  public SessionReach reach(AnalysedStatement statement) {
    CatalogueSnapshot known = snapshot;
    if (known != null) {
      return known.reach(statement);
    }
    return statement.isPlain() && !mayFireTriggers(statement.kind())
        ? SessionReach.NONE
        : SessionReach.ANYTHING;
  }

  /**
   * Returns whether a statement may have changed its session through code that its text does not
   * show, but for rows of relations that it names. True if that is not known.
   *
   * @param index which statement of the text
   */
  public boolean mayChangeSession(StatementAnalysis analysis, int index) {
    return reach(analysis, index).changesMoreThanRelations();
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
