package io.baton.failover.outcome;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure that a commit whose acknowledgement was never received is as durable as an
 * acknowledged one would be.
 *
 * <p>A server shows a commit as soon as it need not wait for a synchronous standby any more: also
 * when the wait was cancelled, or its backend terminated. A promoted server shows what it has
 * replayed, whether its own standbys have it or not. So a record is written behind the commit, and
 * committed under the session's own {@code synchronous_commit}: once that one is acknowledged
 * without a warning, so is all of the log before it.
 *
 * <p>Nothing is written where no synchronous standby is configured: what a server shows as
 * committed is flushed there, unless the session asked for less.
 *
 * @param synchronousCommit the setting as the session had it; null if the one of a new connection
 */
public record CommitBarrier(@Nullable String synchronousCommit) {

  private static final String ASK =
      "select pg_catalog.current_setting('synchronous_standby_names'),"
          + " pg_catalog.current_setting('synchronous_commit')";

  /** SQLState of "committed locally, but might not have been replicated". */
  private static final String WARNING = "01000";

  /**
   * Waits until what a server shows as committed is durable.
   *
   * @param server what the connection leads to
   * @param connection in no transaction, as the role that logged in
   * @return why it is not known to be; null if it is
   * @throws SQLException if the connection breaks
   */
  @Nullable String pass(ServerInstance server, Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      String asked = synchronousCommit;
      try (ResultSet row = statement.executeQuery(ASK)) {
        row.next();
        String standbys = row.getString(1);
        asked = asked == null ? row.getString(2) : asked;
        if (standbys == null || standbys.isBlank() || isLocal(asked)) {
          return null;
        }
      }
      if (server.marking() == ServerInstance.Marking.REFUSED || !server.kind().hasPositions()) {
        return "no record may be written behind it, to see whether its synchronous standbys have it";
      }
      statement.execute(
          "BEGIN READ WRITE;SET LOCAL synchronous_commit = '%s';SET LOCAL statement_timeout = 0;%s;COMMIT"
              .formatted(asked.replaceAll("[^a-z_]", ""), CommitMarker.sql(server)));
      for (SQLWarning said = statement.getWarnings(); said != null; said = said.getNextWarning()) {
        if (WARNING.equals(said.getSQLState())) {
          return "its synchronous standbys may not have it: " + said.getMessage();
        }
      }
      return null;
    }
  }

  /** Whether the session did not ask for standbys. */
  private static boolean isLocal(String setting) {
    return switch (setting) {
      case "off", "local" -> true;
      default -> false;
    };
  }
}
