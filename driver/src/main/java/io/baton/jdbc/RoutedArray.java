package io.baton.jdbc;

import java.sql.Array;

/** An array that a result set handed out, or that the connection made. */
final class RoutedArray extends DelegatingArray {

  RoutedArray(RoutedConnection connection, Array delegate) {
    super(connection, delegate);
  }

  /**
   * Lets go of the value, but does not empty it: it may be bound to a statement, and must then be
   * bound again after a move.
   */
  @Override
  public void free() {
    delegate = FreedArray.INSTANCE;
  }
}
