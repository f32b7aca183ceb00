package io.baton.routing.topology;

import java.sql.SQLException;

/**
 * What one attempt to talk to an endpoint came to.
 *
 * <p>Its sequence is drawn when the attempt begins: an answer says how things were at some moment
 * after that, and is news only to those who asked before.
 */
public sealed interface Observation {

  /** Where the attempt began, in the cluster's sequence of probes and reports. */
  long sequence();

  /**
   * The server answered.
   *
   * @param overHeldConnection whether the monitor goes on holding the connection it answered on
   * @param pooled whether another process answered than the start of the connection has named: then
   *     a pooler let the client in
   */
  record Answered(long sequence, ServerStatus status, boolean overHeldConnection, boolean pooled)
      implements Observation {

    /** An answer of a server that let the client in itself. */
    public Answered(long sequence, ServerStatus status, boolean overHeldConnection) {
      this(sequence, status, overHeldConnection, false);
    }
  }

  /** A server is there and does not let us in, for a reason that concerns us and not its health. */
  record Refused(long sequence, SQLException failure) implements Observation {}

  /** No server is there that takes sessions: a new connection failed at once. */
  record Unreachable(long sequence, SQLException failure) implements Observation {}

  /** A new connection failed for a reason that says nothing of the server. */
  record Inconclusive(long sequence, SQLException failure) implements Observation {}

  /**
   * Nobody answered in time.
   *
   * @param overHeldConnection whether it was the monitor's connection, which is of no use now
   * @param letIn whether a new connection was let in, and the question on it was not answered
   */
  record Silent(long sequence, SQLException failure, boolean overHeldConnection, boolean letIn)
      implements Observation {

    /** On the monitor's connection, or from the beginning of a new one. */
    public Silent(long sequence, SQLException failure, boolean overHeldConnection) {
      this(sequence, failure, overHeldConnection, false);
    }
  }

  /** The monitor has closed the connection that it held, of its own accord. */
  record Released(long sequence) implements Observation {}

  /** The connection that the monitor held has ended. */
  record ConnectionLost(long sequence, SQLException failure) implements Observation {}
}
