package io.baton.routing.monitor;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * A connection from before it is opened: a server that hangs accepts connections and then says
 * nothing, and a thread that waits for it must be able to end.
 */
public interface ConnectionAttempt {

  /**
   * Opens the connection. Called once.
   *
   * @return an open connection in autocommit mode
   * @throws SQLException if it cannot be opened, also if it was aborted meanwhile
   */
  Connection open() throws SQLException;

  /**
   * Gives the connection up, be it open or not: what waits for its server fails at once, as far as
   * the driver can see to that. May be called by any thread, at any time; does not block.
   *
   * @param reason why, for people
   */
  void abort(String reason);
}
