package io.baton.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * The statement of a result of {@code DatabaseMetaData}, which the driver has made: the application
 * may ask the result for it, and close both by it.
 */
final class CatalogueStatement extends RoutedStatement {

  private static final StatementOrigin<Statement> ORIGIN = Connection::createStatement;

  private final RoutedResultSet rows;

  private CatalogueStatement(RoutedConnection connection, Statement made, ResultSet rows)
      throws SQLException {
    super(connection, made, ORIGIN);
    this.rows = new RoutedResultSet(connection, rows, this);
  }

  /** The result of the application; without a statement if the driver's has none. */
  static RoutedResultSet rows(RoutedConnection connection, ResultSet physical) throws SQLException {
    Statement made = physical.getStatement();
    return made == null
        ? new RoutedResultSet(connection, physical, null)
        : new CatalogueStatement(connection, made, physical).rows;
  }

  @Override
  public @Nullable ResultSet getResultSet() throws SQLException {
    return isClosed() || rows.isClosed() ? super.getResultSet() : rows;
  }

  @Override
  public boolean isClosed() throws SQLException {
    return rows.isClosed() && super.isClosed();
  }

  @Override
  public void close() throws SQLException {
    rows.close(); // A replay may have given it another statement.
    super.close();
  }
}
