package io.baton.engine;

import io.baton.jdbc.pgjdbc.PgRows;
import io.baton.session.journal.RowTrace;
import java.lang.ref.WeakReference;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the application has seen of one result set of the transaction under way.
 *
 * <p>The rows of a result that can only be read forward are taken down as the application advances:
 * what it has not seen may differ. One that can be scrolled is taken down as a whole at once, for
 * it is all in memory and the application may go anywhere in it.
 *
 * <p>It holds no rows, and does not hold the result set: one that the application has dropped is
 * gone, as it is with the PostgreSQL driver, and a replay reads and compares another in its place.
 */
public final class ResultTrace {

  private final WeakReference<TracedResult> holder;
  private RowTrace seen = new RowTrace();
  private final boolean scrollable;
  private @Nullable PgRows rows;
  private final @Nullable ShownKeys keys;

  /** Begins with what is to be read of a result next; with the keys in it, if there may be some. */
  public ResultTrace(TracedResult holder, boolean keys) throws SQLException {
    this.holder = new WeakReference<>(holder);
    this.keys = keys ? new ShownKeys(holder.physicalResult().getMetaData()) : null;
    this.scrollable = holder.physicalResult().getType() != ResultSet.TYPE_FORWARD_ONLY;
    if (scrollable) {
      rows = new PgRows(holder.physicalResult());
      readAll(holder.physicalResult(), rows, seen, this.keys);
      holder.physicalResult().beforeFirst();
    }
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

  /**
   * The application advanced: to a row that is there, or past the last one.
   *
   * @param result the physical result set
   */
  public void advanced(ResultSet result, boolean there) throws SQLException {
    if (scrollable) {
      return;
    }
    if (!there) {
      seen.endReached();
      return;
    }
    PgRows reader = rows;
    if (reader == null) {
      reader = new PgRows(result);
      rows = reader;
    }
    reader.read(result, seen);
    if (keys != null) {
      keys.read(result);
    }
  }

  /** The numbers that were read, by their column, where they may be keys. */
  Map<String, List<Long>> keys() {
    return keys == null ? Map.of() : keys.values();
  }

  /** Whether the values came in the binary format of their types, so that they must do so again. */
  boolean isBinary() {
    return rows != null && rows.isBinary();
  }

  /**
   * Reads as much of another result as the application has read of this one, and puts it in the
   * place of this one, on the same row.
   *
   * @return how it differs from what the application saw; null if it does not
   */
  @Nullable String resumeOn(ResultSet fresh) throws SQLException {
    RowTrace again = new RowTrace();
    PgRows reader = new PgRows(fresh);
    if (scrollable) {
      readAll(fresh, reader, again, null);
    } else {
      while (again.rows() < seen.rows() && fresh.next()) {
        reader.read(fresh, again);
      }
      if (seen.isEnded() && !fresh.next()) {
        again.endReached();
      }
    }
    String difference = seen.differenceTo(again);
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
    rows = reader;
    held.resumeOn(fresh);
    return null;
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
