package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import java.sql.SQLException;

/**
 * Why and how a session leaves a connection that was lost.
 *
 * @param lost the connection
 * @param failure how it was lost
 * @param arrival what is done on the new server before the session is rebuilt there
 * @param limits how long it may take
 */
record Departure(
    SessionConnection lost, SQLException failure, Arrival arrival, RecoveryLimits limits) {

  /** What is done on a server that the session has just arrived at, as the user that logged in. */
  @FunctionalInterface
  interface Arrival {

    /**
     * Does it.
     *
     * @throws SQLException if the connection breaks: another server is looked for then
     */
    void at(SessionConnection connection) throws SQLException;
  }

  /** A departure after which nothing is done but to end the backend that was left. */
  static Departure plain(SessionConnection lost, SQLException failure, RecoveryLimits limits) {
    LeftBackend backend = new LeftBackend(lost, false);
    return new Departure(lost, failure, arrived -> backend.end(arrived, false, limits), limits);
  }

  /** The same, from another connection: the session did not stay long. */
  Departure from(SessionConnection connection, SQLException failureThere) {
    LeftBackend backend = new LeftBackend(connection, false);
    return new Departure(
        connection,
        failureThere,
        arrived -> {
          backend.end(arrived, false, limits);
          arrival.at(arrived);
        },
        limits);
  }
}
