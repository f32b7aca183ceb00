package io.baton.jdbc.pooled;

import io.baton.BatonConnection;
import java.sql.SQLException;

/** What becomes of the transaction of a pooled connection as its handles come and go. */
public interface HandleRules {

  /**
   * A handle took the place of one that the application had left open.
   *
   * @throws SQLException if the connection breaks
   */
  void replaced(BatonConnection connection) throws SQLException;

  /**
   * A handle is about to be given out.
   *
   * @throws SQLException if the connection breaks
   */
  void opened(BatonConnection connection) throws SQLException;

  /**
   * The application closes a handle.
   *
   * @throws SQLException if the connection breaks
   */
  void closed(BatonConnection connection) throws SQLException;

  /**
   * The application calls a method of a handle that begins or ends transactions.
   *
   * @throws SQLException if it may not now
   */
  void checkTransactionControl() throws SQLException;
}
