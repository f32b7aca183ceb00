package io.baton.jdbc;

import io.baton.BatonException.Outcome;
import io.baton.failover.Deadline;
import java.sql.SQLException;

/**
 * Why and how a session leaves its seat.
 *
 * @param lost the seat
 * @param failure how it was lost
 * @param outcome what is known of the interrupted work before another server was asked
 * @param failed whether the session is to find itself in a failed transaction
 * @param arrival what is done on the new server before the session is rebuilt there
 * @param deadline until when a server is looked for
 */
record Departure(
    Seat lost,
    SQLException failure,
    Outcome outcome,
    boolean failed,
    Arrival arrival,
    Deadline deadline) {

  /** What is done on a server that the session has just arrived at, as the user that logged in. */
  @FunctionalInterface
  interface Arrival {

    /** There is nothing to do: the interrupted work is not committed. */
    Arrival PLAIN = seat -> Outcome.NOT_COMMITTED;

    /**
     * Does it, and says what is known now of the interrupted work.
     *
     * @throws SQLException if the connection breaks: another server is looked for then
     */
    Outcome at(Seat seat) throws SQLException;
  }

  /** The same, from another seat: the session did not stay long. */
  Departure from(Seat seat, SQLException failureThere) {
    return new Departure(seat, failureThere, outcome, failed, arrival, deadline);
  }

  /** The same, with another end: the session is to find itself in a failed transaction. */
  Departure intoFailedTransaction() {
    return new Departure(lost, failure, outcome, true, arrival, deadline);
  }
}
