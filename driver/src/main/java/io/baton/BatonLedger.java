package io.baton;

import io.baton.failover.outcome.Ledger;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The table {@code baton.ledger}, in which {@code baton.commitOutcome=ledger} records each commit,
 * and which Baton does not create on its own.
 */
public final class BatonLedger {

  private BatonLedger() {}

  /**
   * Creates the schema {@code baton} and the table, and grants every role to use them; does nothing
   * if they exist. Call it once for a database, as a role that may create a schema there.
   *
   * @param connection any connection to the writer, of Baton or of another driver; without
   *     autocommit, the caller commits
   * @throws SQLException 42501 if the role lacks the privilege
   */
  public static void create(Connection connection) throws SQLException {
    Ledger.create(connection);
  }
}
