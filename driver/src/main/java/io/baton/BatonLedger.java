package io.baton;

import io.baton.failover.outcome.Ledger;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The table {@code baton.ledger}, in which {@code baton.commitOutcome=ledger} notes each commit,
 * and which Baton never creates by itself.
 */
public final class BatonLedger {

  private BatonLedger() {}

  /**
   * Creates the schema {@code baton} and the table, and lets every role use them; does nothing if
   * they are there. To be called once for a database, by a role that may create a schema there.
   *
   * @param connection any connection to the writer, of Baton or of another driver; in autocommit
   *     mode, or it is left to the caller to commit
   * @throws SQLException 42501 if the role may not
   */
  public static void create(Connection connection) throws SQLException {
    Ledger.create(connection);
  }
}
