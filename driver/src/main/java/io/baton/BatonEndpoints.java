package io.baton;

import io.baton.routing.source.EndpointTable;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The tables {@code baton.endpoint} and {@code baton.writer_lease}, which {@code
 * baton.topology=table} reads, and which Baton never creates by itself and never writes to.
 */
public final class BatonEndpoints {

  private BatonEndpoints() {}

  /**
   * Creates the schema {@code baton} and the tables, empty, and lets every role read them; does
   * nothing if they are there. To be called once for a database, by a role that may create a schema
   * there.
   *
   * @param connection any connection to the writer, of Baton or of another driver; in autocommit
   *     mode, or it is left to the caller to commit
   * @throws SQLException 42501 if the role may not
   */
  public static void create(Connection connection) throws SQLException {
    EndpointTable.create(connection);
  }
}
