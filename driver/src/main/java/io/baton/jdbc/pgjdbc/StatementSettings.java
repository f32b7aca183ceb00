package io.baton.jdbc.pgjdbc;

import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGStatement;

/**
 * The settings of a statement. The PostgreSQL driver keeps them in memory, so they can be read from
 * a statement of a lost connection.
 */
public final class StatementSettings {

  private StatementSettings() {}

  /**
   * Copies the settings of one statement to another, except escape processing, which cannot be
   * read.
   *
   * @throws SQLException if either is closed
   */
  public static void copy(Statement from, Statement to) throws SQLException {
    to.setMaxFieldSize(from.getMaxFieldSize());
    to.setMaxRows(from.getMaxRows());
    to.setQueryTimeout(from.getQueryTimeout());
    to.setFetchDirection(from.getFetchDirection());
    to.setFetchSize(from.getFetchSize());
    to.setPoolable(from.isPoolable());
    if (from.isCloseOnCompletion()) {
      to.closeOnCompletion();
    }
    PGStatement source = (PGStatement) from;
    PGStatement target = (PGStatement) to;
    target.setPrepareThreshold(source.getPrepareThreshold());
    target.setAdaptiveFetch(source.getAdaptiveFetch());
  }
}
