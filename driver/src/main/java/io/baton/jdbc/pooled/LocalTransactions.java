package io.baton.jdbc.pooled;

import io.baton.BatonConnection;
import java.sql.SQLException;

/**
 * The application ends its transactions itself; what it leaves open with its handle is rolled back.
 *
 * @param autoCommit the mode that each handle begins in
 */
public record LocalTransactions(boolean autoCommit) implements HandleRules {

  @Override
  public void replaced(BatonConnection connection) {
    try {
      closed(connection);
    } catch (SQLException gone) {
      // It is rolled back all the same; whether the connection still works, the next call tells.
    }
  }

  @Override
  public void opened(BatonConnection connection) throws SQLException {
    connection.setAutoCommit(autoCommit);
  }

  @Override
  public void closed(BatonConnection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      connection.rollback();
    }
  }

  @Override
  public void checkTransactionControl() {}
}
