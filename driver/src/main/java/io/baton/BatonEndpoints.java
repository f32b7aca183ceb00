package io.baton;

import io.baton.routing.source.EndpointTable;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The tables {@code baton.endpoint} and {@code baton.writer_lease}, which {@code
 * baton.topology=table} reads, and which Baton does not create on its own and never writes to.
 */
public final class BatonEndpoints {

  private BatonEndpoints() {}

  /**
   * Creates the schema {@code baton} and the tables, empty, and grants every role to read them;
   * does nothing if they exist. Call it once for a database, as a role that may create a schema
   * there.
   *
   * @param connection any connection to the writer, of Baton or of another driver; without
   *     autocommit, the caller commits
   * @throws SQLException 42501 if the role lacks the privilege
   */
  public static void create(Connection connection) throws SQLException {
    EndpointTable.create(connection);
  }
}
