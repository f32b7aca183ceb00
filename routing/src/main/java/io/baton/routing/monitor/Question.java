package io.baton.routing.monitor;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A question that a monitor asks, in one round trip, and that leaves nothing behind on the server.
 *
 * <p>A pooler lends the server's session to others once the question is answered. So a monitor sets
 * nothing that lasts longer: what the question needs is set in its own text, for the transaction
 * that it is. Serializable transactions fail on a standby, whatever the role prescribes, and limits
 * of time are meant for other sessions: it has its own, {@link TextLimits}.
 *
 * <p>The text is one message of the simple protocol, for which see {@link Connector#attempt}. The
 * server runs such a message as one transaction without BEGIN and COMMIT. If a statement fails, it
 * rolls back and is out of the transaction again: a question that fails leaves none open.
 *
 * @param <T> what the answer is read as
 */
final class Question<T> {

  private static final String TRANSACTION =
      "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY; ";

  /** What every question begins with. */
  static final String FOR_THIS_TEXT = TRANSACTION + TextLimits.BEGINNING;

  /** Reads the one row of the answer. */
  @FunctionalInterface
  interface Reading<T> {

    /** Reads it; the row is the current one. */
    T read(ResultSet row) throws SQLException;
  }

  private final String query;
  private final Reading<T> reading;

  /**
   * Makes a question.
   *
   * @param query a query for one row, in which every name is qualified
   */
  Question(String query, Reading<T> reading) {
    this.query = query;
    this.reading = reading;
  }

  /** What a server sees of one whose client waits for so long. */
  String text(int clientMillis) {
    return TRANSACTION + TextLimits.of(clientMillis) + query;
  }

  /** Asks it. */
  T ask(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = TextLimits.ask(statement, TRANSACTION, query)) {
      if (!row.next()) {
        throw new SQLException("the question was answered by no row");
      }
      return reading.read(row);
    }
  }
}
