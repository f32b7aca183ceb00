package io.baton.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * How a statement was made, so that its counterpart can be made on another connection.
 *
 * @param <S> what kind of statement it makes
 */
@FunctionalInterface
interface StatementOrigin<S extends Statement> extends Execution<Connection, S> {

  /** Makes the statement; the PostgreSQL driver reaches no server for it. */
  @Override
  S on(Connection connection) throws SQLException;

  @Override
  default StatementOrigin<S> with(String otherText) {
    return this;
  }
}
