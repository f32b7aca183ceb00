package io.baton.engine;

import io.baton.jdbc.pgjdbc.PgColumns;
import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.jdbc.pgjdbc.PgRows;
import io.baton.session.journal.Fingerprint;
import io.baton.session.journal.RowTrace;
import java.lang.ref.WeakReference;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What the application has seen of one result set of the transaction under way.
 *
 * <p>The rows of a result that can only be read forward are taken down as the application advances:
 * what it has not seen may differ. One that can be scrolled is taken down as a whole at once, for
 * it is all in memory and the application may go anywhere in it. So every answer of such a result
 * follows from what is compared. Of the answers of the others, {@code isLast} and {@code
 * isBeforeFirst} alone say more than the rows that were read: whether another row follows. The
 * labels of the columns are compared with the first row, their types once the application has asked
 * for them. Of generated keys, for which the driver may ask for whole rows, the columns count that
 * the application has read.
 *
 * <p>It holds no rows, and does not hold the result set: one that the application has dropped is
 * gone, as it is with the PostgreSQL driver, and a replay reads and compares another in its place.
 *
 * <p>Guarded by its {@link #lock}, which orders the moves of the application in its result and the
 * replay of it by another thread. A thread takes it after the lock of the session's calls, or
 * alone; it never waits for that lock while it holds this one.
 */
public final class ResultTrace {

  private final ReentrantLock lock = new ReentrantLock();
  private final WeakReference<TracedResult> holder;
  private RowTrace seen;
  private final boolean scrollable;
  private @Nullable PgRows rows;
  private final @Nullable ShownKeys keys;
  private @Nullable Fingerprint types;
  private @Nullable Fingerprint sources;
  private @Nullable String warnings;

  private ResultTrace(TracedResult holder, ResultSet result, RowTrace seen, boolean keys)
      throws SQLException {
    this.holder = new WeakReference<>(holder);
    this.seen = seen;
    this.keys = keys ? new ShownKeys(result.getMetaData()) : null;
    this.scrollable = result.getType() != ResultSet.TYPE_FORWARD_ONLY;
    if (scrollable) {
      PgRows reader = new PgRows(result);
      rows = reader;
      readAll(result, reader, seen, this.keys);
      result.beforeFirst();
    }
  }

  /** Begins with what is to be read of a result next; with the keys in it, if there may be some. */
  public static ResultTrace of(TracedResult holder, boolean keys) throws SQLException {
    return new ResultTrace(holder, holder.physicalResult(), RowTrace.ofRows(), keys);
  }

  /** The same of generated keys: of columns that are not read, no value has to be the same. */
  public static ResultTrace ofGeneratedKeys(TracedResult holder, boolean keys) throws SQLException {
    ResultSet result = holder.physicalResult();
    RowTrace columns = RowTrace.ofColumns(result.getMetaData().getColumnCount());
    return new ResultTrace(holder, result, columns, keys);
  }

  private static void readAll(
      ResultSet result, PgRows rows, RowTrace into, @Nullable ShownKeys keys) throws SQLException {
    while (result.next()) {
      rows.read(result, into);
      if (keys != null) {
        keys.read(result);
      }
    }
    into.endReached();
  }

  // ---------------------------------------------------------- what the application sees: told here

  /** What is held while the application moves in its result, and while it is told something. */
  public ReentrantLock lock() {
    return lock;
  }

  /**
   * The application advanced: to a row that is there, or past the last one. Under the lock.
   *
   * @param result the physical result set
   * @return how many bytes are kept of that row
   */
  public long advanced(ResultSet result, boolean there) throws SQLException {
    if (scrollable) {
      return 0;
    }
    if (!there) {
      seen.endReached();
      return 0;
    }
    rows(result).read(result, seen);
    return keys == null ? 0 : keys.read(result);
  }

  private PgRows rows(ResultSet result) throws SQLException {
    PgRows reader = rows;
    if (reader == null) {
      reader = new PgRows(result);
      rows = reader;
    }
    return reader;
  }

  /** The application is about to be told a value of a column. Under the lock. */
  public void toldValue(int column) {
    seen.toldValue(column);
  }

  /** About how many bytes of memory it holds beyond what is counted of each call. */
  public long estimatedBytes() {
    lock.lock();
    try {
      return seen.estimatedBytes();
    } finally {
      lock.unlock();
    }
  }

  /** The application asked whether it stands on the last row. Under the lock. */
  public void toldIsLast(boolean last) {
    if (!scrollable && seen.rows() > 0) {
      seen.toldOfFollowing(!last);
    }
  }

  /**
   * The application asked whether it stands before the first row: not if there is none. Under the
   * lock.
   */
  public void toldIsBeforeFirst(boolean before) {
    if (!scrollable && seen.rows() == 0) {
      seen.toldOfFollowing(before);
    }
  }

  /** The application asked which column has a label. */
  public void toldColumn(ResultSet result) throws SQLException {
    lock.lock();
    try {
      rows(result);
    } finally {
      lock.unlock();
    }
  }

  /** The application asked for the description of the columns. */
  public void toldTypes(ResultSet result) throws SQLException {
    lock.lock();
    try {
      rows(result);
      if (types == null) {
        types = PgColumns.types(result.getMetaData());
      }
    } finally {
      lock.unlock();
    }
  }

  /** The application asked which tables the columns are of. */
  public void toldSources(ResultSet result) throws SQLException {
    lock.lock();
    try {
      if (sources == null) {
        sources = PgColumns.sources(result.getMetaData());
      }
    } finally {
      lock.unlock();
    }
  }

  /** The application asked for the warnings of the result. */
  public void toldWarnings(@Nullable SQLWarning told) {
    lock.lock();
    try {
      warnings = PgErrors.fingerprint(told);
    } finally {
      lock.unlock();
    }
  }

  /** The numbers that were read, by their column, where they may be keys. */
  Map<String, List<Long>> keys() {
    lock.lock();
    try {
      return keys == null ? Map.of() : keys.values();
    } finally {
      lock.unlock();
    }
  }

  /** The numbers of the row that was read last, by their column, where they may be keys. */
  Map<String, List<Long>> latestKeys() {
    lock.lock();
    try {
      return keys == null ? Map.of() : keys.latest();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the values came in the binary format of their types, so that they must do so again. */
  boolean isBinary() {
    lock.lock();
    try {
      return rows != null && rows.isBinary();
    } finally {
      lock.unlock();
    }
  }

  // -------------------------------------------------------------------------------- in a replay

  /**
   * Reads as much of another result as the application has read of this one, and puts it in the
   * place of this one, on the same row.
   *
   * @return how it differs from what the application saw; null if it does not
   */
  @Nullable String resumeOn(ResultSet fresh) throws SQLException {
    lock.lock();
    try {
      return compare(fresh);
    } finally {
      lock.unlock();
    }
  }

  private @Nullable String compare(ResultSet fresh) throws SQLException {
    RowTrace again = seen.ofAnother();
    PgRows reader = new PgRows(fresh);
    if (rows != null && !rows.hasLabelsOf(reader)) {
      return "other columns";
    }
    read(fresh, reader, again);
    String difference = seen.differenceTo(again);
    if (difference == null) {
      difference = differenceInAnswers(fresh);
    }
    if (difference != null) {
      return difference;
    }
    TracedResult held = holder.get();
    ResultSet left = held == null ? null : held.physicalResult();
    if (held == null || left == null || left.isClosed()) {
      fresh.close();
      return null;
    }
    if (scrollable) {
      place(fresh, left);
    }
    fresh.setFetchSize(left.getFetchSize());
    seen = again;
    if (rows != null) {
      rows = reader;
    }
    held.resumeOn(fresh);
    return null;
  }

  private void read(ResultSet fresh, PgRows reader, RowTrace again) throws SQLException {
    if (scrollable) {
      readAll(fresh, reader, again, null);
      return;
    }
    while (again.rows() < seen.rows() && fresh.next()) {
      reader.read(fresh, again);
    }
    if (again.rows() < seen.rows()) {
      return;
    }
    if (seen.isEnded()) {
      if (!fresh.next()) {
        again.endReached();
      }
    } else if (seen.knowsFollowing()) {
      again.toldOfFollowing(again.rows() == 0 ? fresh.isBeforeFirst() : !fresh.isLast());
    }
  }

  private @Nullable String differenceInAnswers(ResultSet fresh) throws SQLException {
    if (types != null && !types.matches(PgColumns.types(fresh.getMetaData()))) {
      return "other columns";
    }
    if (sources != null && !sources.matches(PgColumns.sources(fresh.getMetaData()))) {
      return "columns of other tables";
    }
    return warnings == null || warnings.equals(PgErrors.fingerprint(fresh.getWarnings()))
        ? null
        : "other warnings";
  }

  private static void place(ResultSet fresh, ResultSet left) throws SQLException {
    int row = left.getRow();
    if (row > 0) {
      fresh.absolute(row);
    } else if (!left.isAfterLast()) {
      fresh.beforeFirst();
    }
  }
}
