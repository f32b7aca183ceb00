package io.baton;

import java.sql.SQLNonTransientConnectionException;
import org.jspecify.annotations.Nullable;

/**
 * A part of the session could not be rebuilt on another server; the message names it. The
 * connection is closed, and a pool evicts it.
 */
public final class SessionLostException extends SQLNonTransientConnectionException
    implements BatonException {

  private static final long serialVersionUID = 1L;

  /** The SQLState of every such exception. */
  public static final String SQL_STATE = "08006";

  private final Interruption interruption;

  /** For use by Baton only. */
  public SessionLostException(
      String message, Interruption interruption, @Nullable Throwable cause) {
    super(message, SQL_STATE, cause);
    this.interruption = interruption;
  }

  @Override
  public Interruption interruption() {
    return interruption;
  }
}
