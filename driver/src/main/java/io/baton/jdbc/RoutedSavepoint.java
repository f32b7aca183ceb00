package io.baton.jdbc;

import java.sql.SQLException;
import java.sql.Savepoint;

/** A savepoint that the connection set: a name, which is good on any server. */
final class RoutedSavepoint extends DelegatingSavepoint {

  /** In place of a number, for a savepoint that the application named. */
  static final int NAMED = -1;

  private final int id;

  RoutedSavepoint(RoutedConnection connection, Savepoint delegate, int id) {
    super(connection, delegate);
    this.id = id;
  }

  @Override
  public int getSavepointId() throws SQLException {
    if (id == NAMED) {
      return super.getSavepointId(); // The driver refuses it in its own words.
    }
    delegate.getSavepointName(); // A released savepoint says so.
    return id;
  }

  @Override
  public String getSavepointName() throws SQLException {
    String name = super.getSavepointName();
    if (id != NAMED) {
      throw new SQLException("Cannot retrieve the name of an unnamed savepoint.", "42809");
    }
    return name;
  }
}
