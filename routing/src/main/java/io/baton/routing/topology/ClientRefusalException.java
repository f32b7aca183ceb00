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
  private final boolean lasting;

  /** Makes one of what the driver has thrown. */
  public ClientRefusalException(SQLException refusal) {
    this(refusal, false);
  }

  private ClientRefusalException(SQLException refusal, boolean lasting) {
    super(refusal.getMessage(), refusal.getSQLState(), refusal);
    this.refusal = refusal;
    this.lasting = lasting;
  }

  /** Returns the same refusal as one that no time changes, also where it had worked before. */
  public ClientRefusalException asLasting() {
    return new ClientRefusalException(refusal, true);
  }

  /** Returns whether no time changes it: who was asked for a password has said that it has none. */
  public boolean isLasting() {
    return lasting;
  }

  /** Returns what the driver has thrown. */
  public SQLException refusal() {
    return refusal;
  }
}
