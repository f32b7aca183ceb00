package io.baton.jdbc;

import java.sql.Savepoint;

/** A savepoint of the transaction under way. */
final class RoutedSavepoint extends DelegatingSavepoint {

  RoutedSavepoint(RoutedConnection connection, Savepoint delegate) {
    super(connection, delegate);
  }
}
