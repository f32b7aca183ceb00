package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PgValues;
import java.sql.Array;
import java.sql.SQLException;

/** An array that a result set handed out, or that the connection made. */
final class RoutedArray extends DelegatingArray {

  RoutedArray(RoutedConnection connection, Array delegate) {
    super(connection, delegate);
  }

  /** The value is here, so it only needs a connection that knows its type. */
  @Override
  void renew() throws SQLException {
    delegate = PgValues.movedTo(connection.delegate(), delegate);
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
