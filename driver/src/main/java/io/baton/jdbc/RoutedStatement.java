package io.baton.jdbc;

import java.sql.Statement;

/** Placeholder: the statement that the application holds. */
class RoutedStatement extends DelegatingStatement {

  RoutedStatement(RoutedConnection connection, Statement delegate) {
    super(connection, delegate);
  }
}
