package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PgErrors;
import java.sql.Blob;
import java.sql.SQLException;

/** A binary large object: a handle that ends with the transaction it was got in. */
final class RoutedBlob extends DelegatingBlob {

  RoutedBlob(RoutedConnection connection, Blob delegate) {
    super(connection, delegate);
  }

  /** It ended with its transaction; the session goes on. */
  @Override
  SQLException unrepeatable(SQLException failure) {
    return PgErrors.cursorGone(failure);
  }
}
