package io.baton.jdbc.pgjdbc;

import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import org.postgresql.jdbc.PgStatement;
import org.postgresql.util.GT;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/** Operations on results that the PostgreSQL driver itself offers for other calls only. */
public final class PgResults {

  private PgResults() {}

  /**
   * Makes a text of several statements keep the keys that its first one generates, if another
   * statement does so: the driver asks the server for them, and then returns them as rows.
   */
  public static void keepKeys(Statement like, Statement several) {
    ((PgStatement) several).wantsGeneratedKeysAlways =
        ((PgStatement) like).wantsGeneratedKeysAlways;
  }

  /** Returns whether a statement keeps the keys that it generates. */
  public static boolean keepsKeys(Statement statement) {
    return ((PgStatement) statement).wantsGeneratedKeysAlways;
  }

  /** Adds a warning, and those that it leads to, to those of a statement. */
  public static void warn(Statement executed, SQLWarning first) {
    ((PgStatement) executed).addWarning(first);
  }

  /**
   * Checks that a result has no rows.
   *
   * @throws SQLException the error of {@code executeUpdate} if there are rows
   */
  public static void refuseRows(Statement executed) throws SQLException {
    if (executed.getResultSet() != null) {
      throw new PSQLException(
          GT.tr("A result was returned when none was expected."), PSQLState.TOO_MANY_RESULTS);
    }
  }
}
