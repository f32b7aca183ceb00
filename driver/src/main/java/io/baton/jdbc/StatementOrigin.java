package io.baton.jdbc;

import io.baton.engine.Execution;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The way a statement is created, so that its counterpart can be created on another connection.
 *
 * @param <S> the type of the statement
 */
@FunctionalInterface
interface StatementOrigin<S extends Statement> extends Execution<Connection, S> {

  /** Creates the statement; the PostgreSQL driver reaches no server for it. */
  @Override
  S on(Connection connection) throws SQLException;

  /** Creates the statement there as the application has its values and plans. */
  default S on(PhysicalConnection physical) throws SQLException {
    long seen = physical.formatChanges();
    S made = on(physical.connection());
    physical.format(made, seen);
    return made;
  }

  @Override
  default StatementOrigin<S> with(String otherText) {
    return this;
  }
}
