package io.baton.jdbc;

import java.sql.Clob;

/** A character large object: a handle that ends with the transaction it was got in. */
final class RoutedClob extends DelegatingClob {

  RoutedClob(RoutedConnection connection, Clob delegate) {
    super(connection, delegate);
  }
}
