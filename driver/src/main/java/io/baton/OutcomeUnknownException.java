package io.baton;

import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * A commit, or a write outside a transaction, was cut off in flight and there is no proof whether
 * it took place; {@link #evidence()} states what was missing. The outcome is never guessed: check
 * the data before you repeat the work.
 */
public final class OutcomeUnknownException extends PSQLException implements BatonException {

  private static final long serialVersionUID = 1L;

  /** The SQLState of every such exception. */
  public static final String SQL_STATE = "08007";

  private final Interruption interruption;

  /** For use by Baton only. */
  public OutcomeUnknownException(
      String message, Interruption interruption, @Nullable Throwable cause) {
    super(message, PSQLState.CONNECTION_FAILURE_DURING_TRANSACTION, cause);
    this.interruption = interruption;
  }

  @Override
  public Interruption interruption() {
    return interruption;
  }
}
