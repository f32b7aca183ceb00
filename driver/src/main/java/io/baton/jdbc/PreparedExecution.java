package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PgResults;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * An execution of a prepared statement that may change data, and need not give rows. There is one
 * of each kind, so that a call allocates nothing for itself.
 *
 * @param <R> what the call returns
 */
abstract class PreparedExecution<R> implements Execution<Statement, R> {

  static final PreparedExecution<Integer> UPDATE =
      new PreparedExecution<>() {
        @Override
        public Integer on(Statement statement) throws SQLException {
          return ((PreparedStatement) statement).executeUpdate();
        }

        @Override
        Integer returned(Statement statement) throws SQLException {
          PgResults.refuseRows(statement);
          return statement.getUpdateCount();
        }
      };

  static final PreparedExecution<Long> LARGE_UPDATE =
      new PreparedExecution<>() {
        @Override
        public Long on(Statement statement) throws SQLException {
          return ((PreparedStatement) statement).executeLargeUpdate();
        }

        @Override
        Long returned(Statement statement) throws SQLException {
          PgResults.refuseRows(statement);
          return statement.getLargeUpdateCount();
        }
      };

  static final PreparedExecution<Boolean> EXECUTE =
      new PreparedExecution<>() {
        @Override
        public Boolean on(Statement statement) throws SQLException {
          return ((PreparedStatement) statement).execute();
        }

        @Override
        Boolean returned(Statement statement) throws SQLException {
          return statement.getResultSet() != null;
        }
      };

  private PreparedExecution() {}

  /**
   * What the call returns, of a statement that was executed already and stands at its first result.
   *
   * @throws SQLException as the call would, if the result is not of the kind that it returns
   */
  abstract R returned(Statement statement) throws SQLException;
}
