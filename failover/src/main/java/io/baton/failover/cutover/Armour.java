package io.baton.failover.cutover;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The search path of a connection that is used with the rights of an owner: names mean what they
 * mean in the catalogue, whatever somebody has put into another schema.
 */
final class Armour {

  private static final Logger LOG = LoggerFactory.getLogger(Armour.class);

  private Armour() {}

  /** Puts it on, in autocommit mode. */
  static void put(Connection connection) throws SQLException {
    connection.setAutoCommit(true);
    execute(connection, "set search_path = pg_catalog, pg_temp");
  }

  /** Takes it off, for a pool that lends the connection to others. */
  static void takeOff(Connection connection) {
    try {
      execute(connection, "reset search_path");
    } catch (SQLException gone) {
      LOG.debug("A connection of a cut over is gone", gone);
    }
  }

  private static void execute(Connection connection, String command) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(command);
    }
  }
}
