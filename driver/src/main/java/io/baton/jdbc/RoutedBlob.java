package io.baton.jdbc;

import java.sql.Blob;

/** A binary large object: a handle that ends with the transaction it was got in. */
final class RoutedBlob extends DelegatingBlob {

  RoutedBlob(RoutedConnection connection, Blob delegate) {
    super(connection, delegate);
  }
}
