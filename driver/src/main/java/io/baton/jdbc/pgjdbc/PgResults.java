package io.baton.jdbc.pgjdbc;

import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.jdbc.PgStatement;
import org.postgresql.util.GT;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/** What the PostgreSQL driver does with the results of one call, for those of another. */
public final class PgResults {

  private PgResults() {}

  /**
   * Has a text of several statements put the keys by that its first one generates, if another
   * statement does so: the driver asks the server for them, and then shows them as any rows.
   */
  public static void keepKeys(Statement like, Statement several) {
    ((PgStatement) several).wantsGeneratedKeysAlways =
        ((PgStatement) like).wantsGeneratedKeysAlways;
  }

  /**
   * Sees to it that there are no rows.
   *
   * @throws SQLException as {@code executeUpdate} does if there are some
   */
  public static void refuseRows(Statement executed) throws SQLException {
    if (executed.getResultSet() != null) {
      throw new PSQLException(
          GT.tr("A result was returned when none was expected."), PSQLState.TOO_MANY_RESULTS);
    }
  }
}
