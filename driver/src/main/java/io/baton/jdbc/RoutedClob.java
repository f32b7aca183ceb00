package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PgErrors;
import java.sql.Clob;
import java.sql.SQLException;

/** A character large object: a handle that ends with the transaction it was got in. */
final class RoutedClob extends DelegatingClob {

  RoutedClob(RoutedConnection connection, Clob delegate) {
    super(connection, delegate);
  }

  /** It ended with its transaction; the session goes on. */
  @Override
  SQLException unrepeatable(SQLException failure) {
    return PgErrors.cursorGone(failure);
  }
}
