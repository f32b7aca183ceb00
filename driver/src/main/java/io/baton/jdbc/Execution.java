package io.baton.jdbc;

import java.sql.SQLException;

/**
 * What one call does on the physical object that stands in for the logical one just then. It is run
 * again, on another physical object, when the session moves under it; so it keeps nothing of the
 * object that it is given.
 *
 * @param <D> the physical object: a connection or a statement of the PostgreSQL driver
 * @param <R> what the call returns
 */
@FunctionalInterface
interface Execution<D, R> {

  /** Makes the call. */
  R on(D delegate) throws SQLException;

  /** The same with another text, if there is one in it. */
  default Execution<D, R> with(String otherText) {
    return this;
  }
}
