package io.baton.jdbc;

import java.sql.SQLException;
import java.sql.Statement;

/**
 * A call that gives a statement its text.
 *
 * @param <R> what the call returns
 * @param text the text
 * @param call the call, without its text
 */
record TextExecution<R>(String text, Call<R> call) implements Execution<Statement, R> {

  /**
   * A call, without its text.
   *
   * @param <R> what it returns
   */
  @FunctionalInterface
  interface Call<R> {
    /** Makes the call. */
    R on(Statement delegate, String sql) throws SQLException;
  }

  @Override
  public R on(Statement delegate) throws SQLException {
    return call.on(delegate, text);
  }

  @Override
  public TextExecution<R> with(String otherText) {
    return new TextExecution<>(otherText, call);
  }
}
