package io.baton.jdbc.pgjdbc;

import java.sql.SQLException;
import java.sql.Savepoint;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.Utils;
import org.postgresql.jdbc.PSQLSavepoint;

/** SQL as the PostgreSQL driver writes it for methods of JDBC that have no text of their own. */
public final class PgSyntax {

  private PgSyntax() {}

  /** A string constant that means the same whatever {@code standard_conforming_strings} is. */
  public static String literal(@Nullable String value) throws SQLException {
    return "E'" + Utils.escapeLiteral(null, value == null ? "" : value, false) + "'";
  }

  /** A quoted name. */
  public static String identifier(String name) throws SQLException {
    return Utils.escapeIdentifier(null, name).toString();
  }

  /** A savepoint of this name, for one call: the driver forgets the name of one it released. */
  public static Savepoint sameAs(Savepoint savepoint) throws SQLException {
    return new PSQLSavepoint(savepoint.getSavepointName());
  }

  /** Has every later use of a savepoint refused. */
  public static void forget(Savepoint savepoint) {
    ((PSQLSavepoint) savepoint).invalidate();
  }

  /**
   * The name of a savepoint, quoted where it needs to be.
   *
   * @throws SQLException if it was released
   */
  public static String name(Savepoint savepoint) throws SQLException {
    return ((PSQLSavepoint) savepoint).getPGName();
  }
}
