package io.baton;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A commit, or a write outside a transaction, was cut off in flight and there is no proof whether
 * it took place; {@link #evidence()} says what was missing. Never guessed: ask the data before
 * doing the work again.
 */
public final class OutcomeUnknownException extends SQLException implements BatonException {

  private static final long serialVersionUID = 1L;

  /** The SQLState of every such exception. */
  public static final String SQL_STATE = "08007";

  private final Interruption interruption;

  /** Made by Baton only. */
  public OutcomeUnknownException(
      String message, Interruption interruption, @Nullable Throwable cause) {
    super(message, SQL_STATE, cause);
    this.interruption = interruption;
  }

  @Override
  public Interruption interruption() {
    return interruption;
  }
}
