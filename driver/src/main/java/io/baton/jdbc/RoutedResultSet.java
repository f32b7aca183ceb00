package io.baton.jdbc;

import io.baton.engine.ResultTrace;
import io.baton.engine.TracedResult;
import io.baton.session.journal.ReplayBlocker;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** The result set of the application; it belongs to a {@link RoutedStatement}. */
final class RoutedResultSet extends DelegatingResultSet implements TracedResult {

  private final @Nullable RoutedStatement statement;

  /** Records what the application reads; null if that is not recorded. */
  private @Nullable ResultTrace trace;

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
  ResultTrace traced(boolean keys) throws SQLException {
    ResultTrace begun = new ResultTrace(this, keys);
    trace = begun;
    return begun;
  }

  @Override
  public ResultSet physicalResult() {
    return delegate;
  }

  @Override
  public void resumeOn(ResultSet fresh) {
    delegate = fresh;
  }

  @Override
  public boolean next() throws SQLException {
    boolean there = super.next();
    if (trace != null) {
      trace.advanced(delegate, there);
    }
    return there;
  }

  @Override
  public void insertRow() throws SQLException {
    connection.session().block(ReplayBlocker.UPDATED_ROWS);
    super.insertRow();
  }

  @Override
  public void refreshRow() throws SQLException {
    connection.session().block(ReplayBlocker.UPDATED_ROWS);
    super.refreshRow();
  }

  @Override
  public void updateRow() throws SQLException {
    connection.session().block(ReplayBlocker.UPDATED_ROWS);
    super.updateRow();
  }

  @Override
  public void deleteRow() throws SQLException {
    connection.session().block(ReplayBlocker.UPDATED_ROWS);
    super.deleteRow();
  }

  @Override
  public @Nullable Statement getStatement() throws SQLException {
    delegate.getStatement(); // Throws if the result set is closed.
    return statement;
  }
}
