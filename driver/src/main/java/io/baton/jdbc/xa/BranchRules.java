package io.baton.jdbc.xa;

import io.baton.BatonConnection;
import io.baton.jdbc.pgjdbc.PgErrors;
import io.baton.jdbc.pooled.HandleRules;
import java.sql.SQLException;

/**
 * The transaction of a branch outlives the handles, and is ended by the transaction manager alone;
 * outside of branches a handle begins in autocommit mode.
 *
 * @param resource leads the branches
 */
record BranchRules(BranchResource resource) implements HandleRules {

  @Override
  public void replaced(BatonConnection connection) throws SQLException {
    if (!resource.isInBranch() && !connection.getAutoCommit()) {
      connection.rollback();
    }
  }

  @Override
  public void opened(BatonConnection connection) throws SQLException {
    if (!resource.isInBranch()) {
      connection.setAutoCommit(true);
    }
  }

  @Override
  public void closed(BatonConnection connection) {}

  @Override
  public void checkTransactionControl() throws SQLException {
    if (resource.isInBranch()) {
      throw PgErrors.inBranch();
    }
  }
}
