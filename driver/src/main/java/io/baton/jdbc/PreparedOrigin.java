package io.baton.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * The way a prepared statement is created from its text.
 *
 * @param <S> the type of the statement
 * @param text the text
 * @param maker creates a statement from a text
 */
record PreparedOrigin<S extends PreparedStatement>(String text, Maker<S> maker)
    implements StatementOrigin<S> {

  /**
   * Creates a statement from a text.
   *
   * @param <S> the type of the statement
   */
  @FunctionalInterface
  interface Maker<S extends PreparedStatement> {
    /** Creates the statement; the PostgreSQL driver reaches no server for it. */
    S on(Connection connection, String sql) throws SQLException;
  }

  @Override
  public S on(Connection connection) throws SQLException {
    return maker.on(connection, text);
  }

  @Override
  public PreparedOrigin<S> with(String otherText) {
    return new PreparedOrigin<>(otherText, maker);
  }
}
