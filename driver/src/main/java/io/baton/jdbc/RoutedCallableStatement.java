package io.baton.jdbc;

import java.sql.CallableStatement;

/** The callable statement that the application holds. */
final class RoutedCallableStatement extends DelegatingCallableStatement {

  RoutedCallableStatement(RoutedConnection connection, MadeStatement<CallableStatement> made) {
    super(connection, made);
  }
}
