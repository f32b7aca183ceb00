package io.baton.engine;

import java.sql.SQLException;

/**
 * How one attempt at a call ended.
 *
 * @param <R> what the call returns
 */
sealed interface AttemptResult<R> {

  /**
   * The call returned.
   *
   * @param value what it returned
   */
  record Returned<R>(R value) implements AttemptResult<R> {}

  /**
   * The call failed.
   *
   * @param kind what that says of the connection
   * @param failure what the driver threw, or why the call could not be placed
   * @param connection where it was made
   * @param block the transaction block that it was made in
   * @param sent whether any of it may have reached the server
   * @param cause how the connection was lost
   * @param began when the attempt began, in nanoseconds of {@link System#nanoTime}
   */
  record Failed<R>(
      FailureKind kind,
      SQLException failure,
      SessionConnection connection,
      TransactionBlock block,
      boolean sent,
      LossCause cause,
      long began)
      implements AttemptResult<R> {}

  /** What the failure of an attempt says. */
  enum FailureKind {
    /** The server, or the driver, refused the statement; the connection goes on. */
    STATEMENT_ERROR,
    /** A standby could not answer a read that the writer can answer. */
    REFUSED_BY_READER,
    /** The server ended the transaction in favour of another one. */
    CONFLICT,
    /** The connection is gone: server crashed or stopped, backend terminated, network cut. */
    CONNECTION_LOST,
    /** The server refused a write because it is a standby now; nothing of the call was done. */
    DEMOTED,
    /** The application's own network timeout ended the connection. */
    TIMED_OUT,
    /** The driver itself gave the connection up, on a server that is well. */
    GIVEN_UP,
    /** No connection could be had to make the call on; nothing was sent. */
    NOT_PLACED
  }
}
