package io.baton.jdbc.pgjdbc;

import io.baton.BatonException.Interruption;
import io.baton.LimitReachedException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.GT;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/** The errors of the PostgreSQL driver and the server, for use where no server can raise them. */
public final class PgErrors {

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
}
