package io.baton.engine;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * An execution of a prepared statement whose text can be sent together with a second one, which
 * takes the commit marker of the transaction; or whose text can be exchanged for one that does the
 * same and returns what was written.
 *
 * @param <R> what the call returns
 */
public interface MarkableExecution<R> extends Execution<Statement, R> {

  /**
   * What the call returns, of a statement that was executed already and stands at its first result.
   *
   * @throws SQLException as the call would, if the result is not of the kind that it returns
   */
  R returned(PreparedStatement statement) throws SQLException;

  /** What the call returns if its statement has no result but this update count. */
  R returned(long count);
}
