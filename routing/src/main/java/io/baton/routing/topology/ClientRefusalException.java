package io.baton.routing.topology;

import java.sql.SQLException;

/**
 * The client's own side refuses to connect, whatever server it is to be: an option has a value that
 * it cannot read, or names a class or a file that is not there. It says nothing of any server, and
 * another attempt cannot end differently.
 */
public final class ClientRefusalException extends SQLException {

  private static final long serialVersionUID = 1L;

  private final SQLException refusal;

  /** Makes one of what the driver has thrown. */
  public ClientRefusalException(SQLException refusal) {
    super(refusal.getMessage(), refusal.getSQLState(), refusal);
    this.refusal = refusal;
  }

  /** Returns what the driver has thrown. */
  public SQLException refusal() {
    return refusal;
  }
}
