package io.baton.failover;

import io.baton.routing.topology.ClientRefusalException;
import io.baton.routing.topology.FailureKind;
import java.net.SocketTimeoutException;
import java.sql.SQLException;

/**
 * What a failed call says about the connection it was made on.
 *
 * <p>The SQLState alone does not show it: a server raises class 08 for plain errors of a statement
 * (08P01 for a wrong number of parameters, 08001 from {@code dblink}, any by {@code RAISE}). So the
 * state of the connection after the failure decides, and the caller says whether the connection is
 * severed.
 */
public enum Failure {
  /** An error of the statement itself; the connection still works. */
  STATEMENT,
  /** The connection is gone: server crashed or stopped, backend terminated, network cut. */
  CONNECTION_LOST,
  /** The application's own network timeout ended the connection; the server may be healthy. */
  TIMED_OUT,
  /** The server refused a write because it is a standby now. */
  DEMOTED;

  /**
   * Classifies a failure.
   *
   * @param failure what the driver threw
   * @param severed whether the connection it was thrown on can no longer be used
   * @param standby whether the server of that connection last reported to be in recovery
   * @param mustWrite whether that connection was chosen because it takes writes
   */
  public static Failure of(
      SQLException failure, boolean severed, boolean standby, boolean mustWrite) {
    if (severed) {
      return causedByTimeout(failure) ? TIMED_OUT : CONNECTION_LOST;
    }
    if (mustWrite && standby && "25006".equals(failure.getSQLState())) {
      return DEMOTED;
    }
    return STATEMENT;
  }

  /**
   * Returns whether another attempt to connect can end differently. It cannot with a wrong
   * password, and not with a mistake in what the client was told: an option with a value that the
   * driver or the server refuses (classes 22 and 42), a way to log in that one of the two does not
   * accept (08004), or what the client's own side refuses.
   */
  public static boolean isWorthAnotherAttempt(SQLException failure) {
    String state = failure.getSQLState();
    boolean isRefused =
        state != null
            && (state.startsWith("28")
                || state.startsWith("22")
                || state.startsWith("42")
                || state.equals("3D000")
                || state.equals("08004"));
    return !isRefused && !(failure instanceof ClientRefusalException);
  }

  /**
   * Returns whether another attempt to connect can end differently for a session that has begun.
   * What had worked is no mistake: a file that is exchanged at the moment, a supplier of passwords
   * in trouble, a server that has no process left to say that it speaks TLS. A supplier that says
   * that there is no password is in no trouble.
   */
  public static boolean isWorthAnotherAttemptLater(SQLException failure) {
    boolean isLasting = failure instanceof ClientRefusalException refused && refused.isLasting();
    return isWorthAnotherAttempt(failure)
        || (FailureKind.of(failure) == FailureKind.INCONCLUSIVE && !isLasting);
  }

  /**
   * Returns whether a refusal says something of the one server only: which roles may come from
   * where is in its own pg_hba.conf. Roles, passwords and databases are the same on all servers of
   * a cluster.
   */
  public static boolean isOfOneServer(SQLException refused) {
    return "28000".equals(refused.getSQLState()) && !(refused instanceof ClientRefusalException);
  }

  private static boolean causedByTimeout(SQLException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        return true;
      }
    }
    return false;
  }
}
