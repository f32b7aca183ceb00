package io.baton.jdbc;

import java.sql.PreparedStatement;

/** Placeholder: the prepared statement that the application holds. */
class RoutedPreparedStatement extends DelegatingPreparedStatement {

  RoutedPreparedStatement(RoutedConnection connection, PreparedStatement delegate) {
    super(connection, delegate);
  }
}
