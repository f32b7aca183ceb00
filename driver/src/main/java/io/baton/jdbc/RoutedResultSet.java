package io.baton.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Placeholder: the result set that the application holds. */
class RoutedResultSet extends DelegatingResultSet {

  RoutedResultSet(RoutedConnection connection, ResultSet delegate) {
    super(connection, delegate);
  }

  @Override
  public Statement getStatement() throws SQLException {
    return delegate.getStatement();
  }
}
