package io.baton.jdbc;

import io.baton.session.journal.Unprotected;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** The result set that the application reads; it leads back to the logical statement. */
final class RoutedResultSet extends DelegatingResultSet {

  private final @Nullable RoutedStatement statement;

  /** Takes down what the application reads; null where that does not count. */
  private @Nullable ResultTrace trace;

  RoutedResultSet(
      RoutedConnection connection, ResultSet delegate, @Nullable RoutedStatement statement) {
    super(connection, delegate);
    this.statement = statement;
  }

  /**
   * Takes down from now on what the application reads.
   *
   * @param keys whether there may be keys in it that a replay must give again
   */
  ResultTrace traced(boolean keys) throws SQLException {
    ResultTrace begun = new ResultTrace(this, keys);
    trace = begun;
    return begun;
  }

  /** Goes on reading where a replay got. */
  void resumeOn(ResultSet fresh) {
    delegate = fresh;
  }

  @Override
  public boolean next() throws SQLException {
    boolean there = super.next();
    if (trace != null) {
      trace.advanced(there);
    }
    return there;
  }

  @Override
  public void insertRow() throws SQLException {
    connection.session().unprotect(Unprotected.UPDATED_ROWS);
    super.insertRow();
  }

  @Override
  public void refreshRow() throws SQLException {
    connection.session().unprotect(Unprotected.UPDATED_ROWS);
    super.refreshRow();
  }

  @Override
  public void updateRow() throws SQLException {
    connection.session().unprotect(Unprotected.UPDATED_ROWS);
    super.updateRow();
  }

  @Override
  public void deleteRow() throws SQLException {
    connection.session().unprotect(Unprotected.UPDATED_ROWS);
    super.deleteRow();
  }

  @Override
  public @Nullable Statement getStatement() throws SQLException {
    delegate.getStatement(); // A closed result set says so.
    return statement;
  }
}
