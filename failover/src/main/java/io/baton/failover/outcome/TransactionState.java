package io.baton.failover.outcome;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The state of a transaction id, as a server reports it. */
enum TransactionState {
  /** A transaction of that id has committed. */
  COMMITTED,
  /** A transaction of that id was rolled back, or ended in a crash. */
  ABORTED,
  /** A transaction of that id is in progress. */
  IN_PROGRESS,
  /** The id was not given out yet. */
  IN_THE_FUTURE,
  /** The id is so old that the server no longer knows its state. */
  FORGOTTEN;

  private static final String SQL = "select pg_catalog.pg_xact_status(?::pg_catalog.xid8)";

  /** SQLState for "transaction ID ... is in the future". */
  private static final String INVALID_PARAMETER = "22023";

  static TransactionState of(String transaction, Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      statement.setString(1, transaction);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        String said = rows.getString(1);
        if (said == null) {
          return FORGOTTEN;
        }
        return switch (said) {
          case "committed" -> COMMITTED;
          case "aborted" -> ABORTED;
          default -> IN_PROGRESS;
        };
      }
    } catch (SQLException refused) {
      if (INVALID_PARAMETER.equals(refused.getSQLState())) {
        return IN_THE_FUTURE;
      }
      throw refused;
    }
  }
}
