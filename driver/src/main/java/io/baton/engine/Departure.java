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

    /** Nothing is to be done. */
    Arrival PLAIN = connection -> {};

    /**
     * Does it.
     *
     * @throws SQLException if the connection breaks: another server is looked for then
     */
    void at(SessionConnection connection) throws SQLException;
  }

  /** The same, from another connection: the session did not stay long. */
  Departure from(SessionConnection connection, SQLException failureThere) {
    return new Departure(connection, failureThere, arrival, limits);
  }

  /** The same, with nothing to be done on arrival. */
  Departure plain() {
    return new Departure(lost, failure, Arrival.PLAIN, limits);
  }
}
