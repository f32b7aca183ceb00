package io.baton.jdbc;

import java.sql.CallableStatement;

/** Placeholder: the callable statement that the application holds. */
class RoutedCallableStatement extends DelegatingCallableStatement {

  RoutedCallableStatement(RoutedConnection connection, CallableStatement delegate) {
    super(connection, delegate);
  }
}
