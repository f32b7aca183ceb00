package io.baton;

import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * A limit of the application ended a call while its connection was recovered. Class and SQLState
 * are those that the PostgreSQL driver gives for the limit: 57014 for {@code setQueryTimeout} and
 * {@code cancel}; 08006 for {@code setNetworkTimeout} and {@code socketTimeout}, after which the
 * connection is closed; 08003 for a call on a connection that another thread closes.
 *
 * <p>After 57014 inside a transaction, every statement is refused with 25P02 until the application
 * rolls back, as after any error.
 */
public final class LimitReachedException extends PSQLException implements BatonException {

  private static final long serialVersionUID = 1L;

  private final Interruption interruption;

  /** For use by Baton only. */
  public LimitReachedException(
      String message, PSQLState state, Interruption interruption, @Nullable Throwable cause) {
    super(message, state, cause);
    this.interruption = interruption;
  }

  @Override
  public Interruption interruption() {
    return interruption;
  }
}
