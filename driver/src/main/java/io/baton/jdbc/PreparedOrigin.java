package io.baton.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * How a prepared statement was made of its text.
 *
 * @param <S> what kind of statement it makes
 * @param text the text
 * @param maker makes a statement of a text
 */
record PreparedOrigin<S extends PreparedStatement>(String text, Maker<S> maker)
    implements StatementOrigin<S> {

  /**
   * Makes a statement of a text.
   *
   * @param <S> what kind of statement it makes
   */
  @FunctionalInterface
  interface Maker<S extends PreparedStatement> {
    /** Makes it; the PostgreSQL driver reaches no server for it. */
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
