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

  /** A write where only reads are allowed. */
  private static final String READ_ONLY = "25006";

  private static final String INVALID_PASSWORD = "28P01";
  private static final String NOT_AUTHORISED = "28000";

  /** The function of the server that ends a login by whatever method has failed (auth.c). */
  private static final String AUTHENTICATION_FAILED = "auth_failed";

  private static final String SYNTAX_ERROR = "42601";
  private static final String ACTIVE_TRANSACTION = "25001";
  private static final String NO_SUCH_STATEMENT = "26000";
  private static final String SYNTAX_OR_ACCESS = "42";
  private static final String INVALID_SCHEMA = "3F000";

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

  /** Returns whether the server said that it ends the connection. */
  public static boolean isEnd(SQLException failure) {
    ServerErrorMessage said =
        failure instanceof PSQLException raised ? raised.getServerErrorMessage() : null;
    return said != null
        && ("FATAL".equals(said.getSeverity()) || "PANIC".equals(said.getSeverity()));
  }

  /**
   * Returns whether a login was refused since what the client proved itself by is not accepted, a
   * password most of all: 28P01; or 28000 where PAM, LDAP, RADIUS and the like were asked, which
   * the server raises in one and the same function. Not for a role that may not log in, nor by a
   * line of pg_hba.conf: those are 28000 as well, whatever the password is.
   */
  public static boolean isOfSecret(SQLException refused) {
    String state = refused.getSQLState();
    if (INVALID_PASSWORD.equals(state)) {
      return true;
    }
    ServerErrorMessage said = saidBy(refused);
    return NOT_AUTHORISED.equals(state)
        && said != null
        && AUTHENTICATION_FAILED.equals(said.getRoutine());
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
   * A call for a result whose transaction is over, on a connection that was lost meanwhile: 34000,
   * as the server would have said of its cursor. The session goes on.
   */
  public static SQLException cursorGone(SQLException loss) {
    ErrorFields fields =
        new ErrorFields()
            .add('S', "ERROR")
            .add('C', "34000")
            .add(
                'M',
                "the result ended with its connection, which was lost: its transaction is over, and"
                    + " what was not read yet is gone");
    PSQLException gone = new PSQLException(new ServerErrorMessage(fields.toString()));
    gone.initCause(loss);
    return gone;
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

  /**
   * Whether the server refused a text when it read it, so that nothing of it ran: an error of class
   * 42 (or a schema that is missing) that names a place in the text, or a prepared statement that
   * there is not (26000); and no code that it was raised in. What code runs is read while it runs,
   * but then the error says in which code.
   */
  public static boolean isOfReading(SQLException failure) {
    ServerErrorMessage said = saidBy(failure);
    String state = failure.getSQLState();
    if (said == null || state == null || said.getWhere() != null) {
      return false;
    }
    boolean isOfText = state.startsWith(SYNTAX_OR_ACCESS) || state.equals(INVALID_SCHEMA);
    return state.equals(NO_SUCH_STATEMENT) || (isOfText && said.getPosition() > 0);
  }

  /** Whether the server could not parse a text, of which nothing ran (42601). */
  public static boolean isOfSyntax(SQLException failure) {
    return SYNTAX_ERROR.equals(failure.getSQLState()) && isOfReading(failure);
  }

  /** Whether the server refused a command since it runs outside of transactions only (25001). */
  public static boolean isOfCommandAlone(SQLException failure) {
    ServerErrorMessage said = saidBy(failure);
    return ACTIVE_TRANSACTION.equals(failure.getSQLState())
        && said != null
        && said.getWhere() == null;
  }

  private static @Nullable ServerErrorMessage saidBy(SQLException told) {
    if (told instanceof PSQLException raised) {
      return raised.getServerErrorMessage();
    }
    return told instanceof PSQLWarning raised ? raised.getServerErrorMessage() : null;
  }

  /**
   * Returns an error of the server as it says it to the application's own text, which was sent in
   * another one: with the position in the application's text, and with its command where the server
   * names the command that it refuses.
   *
   * @param shift how many characters are ahead of the application's text
   * @param command the command of the application; the other text is a SELECT
   */
  public static SQLException inOwnText(SQLException failure, int shift, String command) {
    ServerErrorMessage said = saidBy(failure);
    if (said == null) {
      return failure;
    }
    boolean namesCommand = READ_ONLY.equals(said.getSQLState());
    int position = said.getPosition();
    if (position <= shift && !namesCommand) {
      return failure;
    }
    String message = String.valueOf(said.getMessage());
    ServerErrorMessage moved =
        new ServerErrorMessage(
            new ErrorFields()
                .add('S', said.getSeverity())
                .add('C', said.getSQLState())
                .add('M', namesCommand ? message.replace("SELECT", command) : message)
                .add('D', said.getDetail())
                .add('H', said.getHint())
                .add('P', position > shift ? String.valueOf(position - shift) : null)
                .add('p', said.getInternalPosition() == 0 ? null : said.getInternalPosition() + "")
                .add('q', said.getInternalQuery())
                .add('W', said.getWhere())
                .add('s', said.getSchema())
                .add('t', said.getTable())
                .add('c', said.getColumn())
                .add('d', said.getDatatype())
                .add('n', said.getConstraint())
                .add('F', said.getFile())
                .add('L', said.getLine() == 0 ? null : said.getLine() + "")
                .add('R', said.getRoutine())
                .toString());
    PSQLException asOfOwn = new PSQLException(moved, said.toString().equals(failure.getMessage()));
    asOfOwn.setStackTrace(failure.getStackTrace());
    return asOfOwn;
  }

  /** The fields of an error as the server sends them. */
  private static final class ErrorFields {

    private final StringBuilder fields = new StringBuilder();

    ErrorFields add(char code, @Nullable String value) {
      if (value != null) {
        fields.append(code).append(value).append('\0');
      }
      return this;
    }

    @Override
    public String toString() {
      return fields.toString();
    }
  }

  /** The name of a savepoint that has a number: 42809. */
  public static SQLException withoutName() {
    return new PSQLException(
        GT.tr("Cannot retrieve the name of an unnamed savepoint."), PSQLState.WRONG_OBJECT_TYPE);
  }

  /** A handle of a pooled connection that was closed: 08003. */
  public static SQLException handleClosed(boolean automatically) {
    return new PSQLException(
        automatically
            ? GT.tr(
                "Connection has been closed automatically because a new connection was opened for"
                    + " the same PooledConnection or the PooledConnection has been closed.")
            : GT.tr("Connection has been closed."),
        PSQLState.CONNECTION_DOES_NOT_EXIST);
  }

  /** A pooled connection that was closed: 08003. */
  public static SQLException pooledConnectionClosed() {
    return new PSQLException(
        GT.tr("This PooledConnection has already been closed."),
        PSQLState.CONNECTION_DOES_NOT_EXIST);
  }

  /** A call that ends a transaction which a transaction manager is to end: 55000. */
  public static SQLException inBranch() {
    return new PSQLException(
        GT.tr(
            "Transaction control methods setAutoCommit, commit, rollback and setSavepoint are not"
                + " allowed while an XA transaction is active."),
        PSQLState.OBJECT_NOT_IN_STATE);
  }

  /** A statement in a failed transaction: 25P02. */
  public static SQLException inFailedTransaction() {
    return new PSQLException(
        "ERROR: current transaction is aborted, commands ignored until end of transaction block",
        PSQLState.IN_FAILED_SQL_TRANSACTION);
  }

  /** Returns whether a statement was refused since its transaction has failed before. */
  public static boolean isOfFailedTransaction(SQLException failure) {
    return PSQLState.IN_FAILED_SQL_TRANSACTION.getState().equals(failure.getSQLState());
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
