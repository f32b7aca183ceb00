package io.baton.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** The result set that the application reads; it leads back to the logical statement. */
final class RoutedResultSet extends DelegatingResultSet {

  private final @Nullable RoutedStatement statement;

  RoutedResultSet(
      RoutedConnection connection, ResultSet delegate, @Nullable RoutedStatement statement) {
    super(connection, delegate);
    this.statement = statement;
  }

  @Override
  public @Nullable Statement getStatement() throws SQLException {
    delegate.getStatement(); // A closed result set says so.
    return statement;
  }
}
