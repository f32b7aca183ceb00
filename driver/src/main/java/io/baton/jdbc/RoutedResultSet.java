package io.baton.jdbc;

import io.baton.engine.ResultTrace;
import io.baton.engine.Session;
import io.baton.engine.TracedResult;
import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.jdbc.pgjdbc.RowChange;
import io.baton.session.journal.ReplayBlocker;
import io.baton.session.sql.StatementAnalysis;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * The result set of the application; it belongs to a {@link RoutedStatement}.
 *
 * <p>One thread may read it while a call of another thread has the transaction replayed. The
 * argument: a replay does not exchange the delegate. It leaves the new result set in {@link
 * #successor}, on the same row, and only the thread that reads goes over to it: when it moves, or
 * when a call on the old one fails. Moves and the comparison of a replay exclude each other by the
 * lock of the trace, so the successor stands where the reader stands, and what it is compared with
 * is what the reader was given. Between two moves all getters, and {@code wasNull}, answer from one
 * physical result set: the old one, whose rows are in memory, or the new one, whose row is proved
 * equal. A reader that fetches holds the lock but waits for no call of the session: it recovers
 * only after it has let go.
 *
 * <p>A result set through which rows are changed is exchanged at once; it is for one thread.
 */
class RoutedResultSet extends DelegatingResultSet implements TracedResult {

  private final @Nullable RoutedStatement statement;

  /** Records what the application reads; null if that is not recorded. */
  private @Nullable ResultTrace trace;

  /** What a replay has found equal, and on the same row; null if the delegate is to be read on. */
  private volatile @Nullable ResultSet successor;

  RoutedResultSet(
      RoutedConnection connection, ResultSet delegate, @Nullable RoutedStatement statement) {
    super(connection, delegate);
    this.statement = statement;
  }

  /**
   * Records from now on what the application reads.
   *
   * @param keys whether there may be keys in it that a replay must give again
   */
  final ResultTrace traced(boolean keys) throws SQLException {
    ResultTrace begun = begunTrace(keys);
    trace = begun;
    return begun;
  }

  /** What is recorded of it. */
  ResultTrace begunTrace(boolean keys) throws SQLException {
    return ResultTrace.of(this, keys);
  }

  /**
   * The application is about to be told a value of a column, which counts from now on: that of what
   * a replay has left.
   */
  final void tells(int column) {
    ResultTrace recorded = trace;
    if (recorded != null) {
      lock();
      try {
        goOver();
        recorded.toldValue(column);
      } finally {
        unlock();
      }
    }
  }

  // ---------------------------------------------------------------------- the exchange by a replay

  @Override
  public ResultSet physicalResult() {
    ResultSet next = successor;
    return next == null ? delegate : next;
  }

  @Override
  public void resumeOn(ResultSet fresh) throws SQLException {
    successor = fresh;
    if (fresh.getConcurrency() == ResultSet.CONCUR_UPDATABLE) {
      goOver();
    }
  }

  /** Reads on where a replay has left off, if one has. Returns whether there was one. */
  boolean goOver() {
    if (successor == null) {
      return false;
    }
    lock();
    try {
      ResultSet next = successor;
      if (next != null) {
        delegate = next;
        successor = null;
      }
      return next != null;
    } finally {
      unlock();
    }
  }

  /** Whether the application still reads a result of that physical statement. */
  boolean isReadFrom(Statement physical) throws SQLException {
    ResultSet read = delegate;
    return !read.isClosed() && read.getStatement() == physical;
  }

  /** Nothing is replayed of a result that is not recorded. */
  private void lock() {
    if (trace != null) {
      trace.lock().lock();
    }
  }

  private void unlock() {
    if (trace != null) {
      trace.lock().unlock();
    }
  }

  /** A call that failed on what a replay has replaced is made again on what replaced it. */
  @Override
  void recover(SQLException failure, boolean wrote) throws SQLException {
    if (wrote || !goOver()) {
      super.recover(failure, wrote);
      goOver();
    }
  }

  @Override
  void renew() {
    goOver();
  }

  /** The session is whole, but a result that no replay has replaced ended with its connection. */
  @Override
  SQLException unrepeatable(SQLException failure) {
    return PgErrors.cursorGone(failure);
  }

  @Override
  public boolean isClosed() throws SQLException {
    return physicalResult().isClosed();
  }

  @Override
  public void close() throws SQLException {
    lock();
    try {
      super.close();
      if (goOver()) {
        super.close();
      }
    } finally {
      unlock();
    }
  }

  // --------------------------------------------------------------------------------------- moves

  /** A move in the physical result set. */
  @FunctionalInterface
  private interface Move {
    boolean on(ResultSet result) throws SQLException;
  }

  @Override
  public boolean next() throws SQLException {
    ResultTrace recorded = trace;
    return recorded == null ? super.next() : next(recorded);
  }

  private boolean next(ResultTrace recorded) throws SQLException {
    for (; ; ) {
      ResultSet target = delegate;
      SQLException failure;
      boolean there = false;
      long kept = 0;
      lock();
      try {
        goOver();
        target = delegate;
        there = target.next();
        kept = recorded.advanced(target, there);
        failure = null;
      } catch (SQLException raised) {
        failure = raised;
      } finally {
        unlock();
      }
      if (failure == null) {
        if (kept > 0) {
          connection.session().readKeys(kept);
        }
        return there;
      }
      recover(target, failure);
    }
  }

  private boolean moved(Move move) throws SQLException {
    for (; ; ) {
      ResultSet target = delegate;
      SQLException failure;
      lock();
      try {
        goOver();
        target = delegate;
        return move.on(target);
      } catch (SQLException raised) {
        failure = raised;
      } finally {
        unlock();
      }
      recover(target, failure);
    }
  }

  @Override
  public boolean previous() throws SQLException {
    return moved(ResultSet::previous);
  }

  @Override
  public boolean first() throws SQLException {
    return moved(ResultSet::first);
  }

  @Override
  public boolean last() throws SQLException {
    return moved(ResultSet::last);
  }

  @Override
  public boolean absolute(int row) throws SQLException {
    return moved(result -> result.absolute(row));
  }

  @Override
  public boolean relative(int rows) throws SQLException {
    return moved(result -> result.relative(rows));
  }

  @Override
  public void beforeFirst() throws SQLException {
    moved(
        result -> {
          result.beforeFirst();
          return true;
        });
  }

  @Override
  public void afterLast() throws SQLException {
    moved(
        result -> {
          result.afterLast();
          return true;
        });
  }

  // ------------------------------------------------------------- answers besides the rows
  // themselves

  @Override
  public boolean isLast() throws SQLException {
    return moved(
        result -> {
          boolean last = result.isLast();
          if (trace != null) {
            trace.toldIsLast(last);
          }
          return last;
        });
  }

  @Override
  public boolean isBeforeFirst() throws SQLException {
    return moved(
        result -> {
          boolean before = result.isBeforeFirst();
          if (trace != null) {
            trace.toldIsBeforeFirst(before);
          }
          return before;
        });
  }

  @Override
  public int findColumn(String columnLabel) throws SQLException {
    if (trace != null) {
      trace.toldColumn(delegate);
    }
    return super.findColumn(columnLabel);
  }

  @Override
  public @Nullable ResultSetMetaData getMetaData() throws SQLException {
    ResultSetMetaData description = super.getMetaData();
    if (trace != null) {
      trace.toldTypes(delegate);
    }
    return description;
  }

  /** The application is told which tables the columns are of; the PostgreSQL driver has asked. */
  void toldSources() throws SQLException {
    if (trace != null) {
      trace.toldSources(delegate);
    }
  }

  @Override
  public @Nullable SQLWarning getWarnings() throws SQLException {
    SQLWarning warnings = super.getWarnings();
    if (trace != null) {
      trace.toldWarnings(warnings);
    }
    return warnings;
  }

  @Override
  public @Nullable Statement getStatement() throws SQLException {
    physicalResult().getStatement(); // Throws if the result set is closed.
    return statement;
  }

  // ----------------------------------------------------------------------- rows that are changed

  @Override
  public void insertRow() throws SQLException {
    changed(RowChange.INSERT, super::insertRow);
  }

  @Override
  public void refreshRow() throws SQLException {
    changed(RowChange.REFRESH, super::refreshRow);
  }

  @Override
  public void updateRow() throws SQLException {
    changed(RowChange.UPDATE, super::updateRow);
  }

  @Override
  public void deleteRow() throws SQLException {
    changed(RowChange.DELETE, super::deleteRow);
  }

  private void changed(RowChange kind, Session.Steps change) throws SQLException {
    StatementAnalysis does = connection.analyze(textOf(kind));
    connection.session().unrecorded(ReplayBlocker.UPDATED_ROWS, does, change);
  }

  /** What the driver sends for it, or may send. */
  private String textOf(RowChange kind) {
    StatementAnalysis query = statement == null ? null : statement.lastText();
    return query == null || !query.isSingleStatement()
        ? RowChange.unknownText()
        : kind.text(query.text());
  }
}
