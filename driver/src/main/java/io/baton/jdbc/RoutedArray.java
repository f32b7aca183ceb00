package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PgValues;
import java.sql.Array;
import java.sql.SQLException;

/** An array from a result set, or created by the connection. */
final class RoutedArray extends DelegatingArray {

  RoutedArray(RoutedConnection connection, Array delegate) {
    super(connection, delegate);
  }

  /** The value is in memory, so only a connection that knows its type is needed. */
  @Override
  void renew() throws SQLException {
    delegate = PgValues.movedTo(connection.delegate(), delegate, connection.session().keepsTypes());
  }

  /**
   * Frees this object only: the value may be bound to a statement, and is then bound again after a
   * move.
   */
  @Override
  public void free() {
    delegate = FreedArray.INSTANCE;
  }
}
