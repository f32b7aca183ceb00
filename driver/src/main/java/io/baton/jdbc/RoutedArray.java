package io.baton.jdbc;

import java.sql.Array;

/** An array that a result set handed out, or that the connection made. */
final class RoutedArray extends DelegatingArray {

  RoutedArray(RoutedConnection connection, Array delegate) {
    super(connection, delegate);
  }
}
