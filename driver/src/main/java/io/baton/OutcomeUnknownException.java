package io.baton;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A commit, or a write outside a transaction, was cut off in flight and there is no proof whether
 * it took place; {@link #evidence()} states what was missing. The outcome is never guessed: check
 * the data before you repeat the work.
 */
public final class OutcomeUnknownException extends SQLException implements BatonException {

  private static final long serialVersionUID = 1L;

  /** The SQLState of every such exception. */
  public static final String SQL_STATE = "08007";

  private final Interruption interruption;

  /** For use by Baton only. */
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
