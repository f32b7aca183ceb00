package io.baton.jdbc.pgjdbc;

import io.baton.BatonException.Interruption;
import io.baton.LimitReachedException;
import io.baton.session.journal.Fingerprint;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.GT;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

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

  /**
   * Returns a fingerprint of all that an application acts on in an error, or in warnings, and in
   * those that follow: the SQLState, the text, what the server names, and the counts of a batch.
   * Not where in the text or in the server's own code it was raised. Empty if there is none.
   */
  public static String fingerprint(@Nullable SQLException told) {
    if (told == null) {
      return "";
    }
    Fingerprint fingerprint = new Fingerprint();
    for (SQLException next = told; next != null; next = next.getNextException()) {
      fingerprint.add(next.getSQLState());
      ServerErrorMessage said = saidBy(next);
      if (said == null) {
        fingerprint.add(next.getMessage());
      } else {
        fingerprint.add(said.getMessage());
        fingerprint.add(said.getDetail());
        fingerprint.add(said.getHint());
        fingerprint.add(said.getSchema());
        fingerprint.add(said.getTable());
        fingerprint.add(said.getColumn());
        fingerprint.add(said.getDatatype());
        fingerprint.add(said.getConstraint());
      }
      if (next instanceof BatchUpdateException batch) {
        for (long count : batch.getLargeUpdateCounts()) {
          fingerprint.add(count);
        }
      }
    }
    return fingerprint.toString();
  }

  private static @Nullable ServerErrorMessage saidBy(SQLException told) {
    if (told instanceof PSQLException raised) {
      return raised.getServerErrorMessage();
    }
    return told instanceof PSQLWarning raised ? raised.getServerErrorMessage() : null;
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
