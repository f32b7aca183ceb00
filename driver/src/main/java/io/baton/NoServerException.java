package io.baton;

import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/**
 * No suitable server was found within {@code baton.failoverTimeout}. The message lists every
 * endpoint with the last known state.
 */
public final class NoServerException extends SQLTransientConnectionException
    implements BatonException {

  private static final long serialVersionUID = 1L;

  /** The SQLState of every such exception. */
  public static final String SQL_STATE = "08001";

  private final Interruption interruption;

  /** For use by Baton only. */
  public NoServerException(String message, Interruption interruption, @Nullable Throwable cause) {
    super(message, SQL_STATE, cause);
    this.interruption = interruption;
  }

  @Override
  public Interruption interruption() {
    return interruption;
  }
}
