package io.baton.jdbc.pgjdbc;

import io.baton.BatonException.Interruption;
import io.baton.LimitReachedException;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.GT;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/** The errors of the PostgreSQL driver and the server, for use where no server can raise them. */
public final class PgErrors {

  private static final int MOST_CAUSES = 16;

  private PgErrors() {}

  /** A statement that was cancelled, or outlasted its query timeout: 57014. */
  public static SQLException cancelled(Interruption interruption, @Nullable Throwable cause) {
    return new LimitReachedException(
        "canceling statement due to user request", PSQLState.QUERY_CANCELED, interruption, cause);
  }

  /** A network timeout that ended the connection: 08006. */
  public static SQLException networkTimeout(Interruption interruption, Throwable cause) {
    return new LimitReachedException(
        GT.tr("An I/O error occurred while sending to the backend."),
        PSQLState.CONNECTION_FAILURE,
        interruption,
        cause);
  }

  /** A call under way on a connection that another thread closed: 08003. */
  public static SQLException closed(Interruption interruption, @Nullable Throwable cause) {
    return new LimitReachedException(
        GT.tr("This connection has been closed."),
        PSQLState.CONNECTION_DOES_NOT_EXIST,
        interruption,
        cause);
  }

  /** A statement in a failed transaction: 25P02. */
  public static SQLException inFailedTransaction() {
    return new PSQLException(
        "ERROR: current transaction is aborted, commands ignored until end of transaction block",
        PSQLState.IN_FAILED_SQL_TRANSACTION);
  }

  /**
   * Returns the SQLState that the server sent with a failure of a call, also of a batch; null if
   * the failure is the driver's.
   */
  public static @Nullable String stateOfServer(SQLException failure) {
    Throwable at = failure;
    for (int depth = 0; at != null && depth < MOST_CAUSES; depth++) {
      if (at instanceof PSQLException raised && raised.getServerErrorMessage() != null) {
        return raised.getSQLState();
      }
      at = at.getCause();
    }
    return null;
  }

  /**
   * Returns whether the server announced on a statement, by a notice, that it ends all its
   * backends: one of them crashed (57P02), or it stops at once (57P01).
   */
  public static boolean isEndOfAllAnnounced(Statement statement) {
    try {
      SQLWarning warning = statement.getWarnings();
      for (; warning != null; warning = warning.getNextWarning()) {
        if ("57P02".equals(warning.getSQLState()) || "57P01".equals(warning.getSQLState())) {
          return true;
        }
      }
    } catch (SQLException closed) {
      return false;
    }
    return false;
  }
}
