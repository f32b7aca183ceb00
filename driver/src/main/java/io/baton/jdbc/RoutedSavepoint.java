package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PgErrors;
import java.sql.SQLException;
import java.sql.Savepoint;

/** A savepoint of the connection: a name, which is valid on any server. */
final class RoutedSavepoint extends DelegatingSavepoint {

  /** The number of a savepoint that the application named. */
  static final int NAMED = -1;

  private final int id;

  RoutedSavepoint(RoutedConnection connection, Savepoint delegate, int id) {
    super(connection, delegate);
    this.id = id;
  }

  @Override
  public int getSavepointId() throws SQLException {
    if (id == NAMED) {
      return super.getSavepointId(); // The driver throws its own error.
    }
    delegate.getSavepointName(); // Throws if the savepoint is released.
    return id;
  }

  @Override
  public String getSavepointName() throws SQLException {
    String name = super.getSavepointName();
    if (id != NAMED) {
      throw PgErrors.withoutName();
    }
    return name;
  }
}
