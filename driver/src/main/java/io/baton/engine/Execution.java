package io.baton.engine;

import java.sql.SQLException;

/**
 * What one call does on the physical object that is the counterpart of the logical one at that
 * time. It is run again, on another physical object, when the session moves; so it keeps nothing of
 * the object that it is given.
 *
 * @param <D> the physical object: a connection or a statement of the PostgreSQL driver
 * @param <R> what the call returns
 */
@FunctionalInterface
public interface Execution<D, R> {

  /** Makes the call. */
  R on(D delegate) throws SQLException;

  /** The same with another text, if there is one in it. */
  default Execution<D, R> with(String otherText) {
    return this;
  }
}
