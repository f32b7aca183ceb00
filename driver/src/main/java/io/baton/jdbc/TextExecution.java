package io.baton.jdbc;

import io.baton.engine.Execution;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * An execution of a statement that is given its text with the call.
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
