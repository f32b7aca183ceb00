package io.baton.routing.monitor;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * The limits of time that a text of Baton's own has on the server, set in the text itself and for
 * the one transaction that it is.
 *
 * <p>Who asks gives up after the network timeout of its connection, and closes it. The server does
 * not notice that while it waits for a lock: each attempt would leave one more process behind the
 * lock, until there is no connection left for anybody. So the server has limits, too:
 *
 * <ul>
 *   <li>{@code lock_timeout} is shorter than the client's limit. A table that somebody has locked
 *       is an answer of the server, {@value #LOCKED}, and not its silence.
 *   <li>{@code statement_timeout} is at least the client's limit, and less than twice that. It is a
 *       power of two, so that few different texts are sent: {@code pg_stat_statements} would keep
 *       each of them.
 * </ul>
 */
public final class TextLimits {

  /** A lock was not had in time. */
  public static final String LOCKED = "55P03";

  /** What the limits begin with, whatever they are. */
  static final String BEGINNING = "SET LOCAL statement_timeout = ";

  private static final int LONGEST_LOCK_MILLIS = 100;
  private static final int LONGEST_STATEMENT_MILLIS = 1 << 30;

  private TextLimits() {}

  /**
   * Asks a query within limits.
   *
   * @param query one statement, in which every name is qualified
   * @return the rows, which end with the statement
   */
  public static ResultSet ask(Statement statement, String query) throws SQLException {
    return ask(statement, "", query);
  }

  /**
   * The same.
   *
   * @param before statements without rows, each with its semicolon
   */
  static ResultSet ask(Statement statement, String before, String query) throws SQLException {
    boolean rows = statement.execute(before + of(statement.getConnection()) + query);
    while (!rows) {
      if (statement.getUpdateCount() < 0) {
        throw new SQLException("the question was not answered by rows");
      }
      rows = statement.getMoreResults();
    }
    return statement.getResultSet();
  }

  private static String of(Connection connection) throws SQLException {
    return of(connection.getNetworkTimeout());
  }

  /**
   * The commands that set the limits, where waiting for a lock is part of the work: it may take
   * half of the time that there is.
   *
   * @param clientLimit how long the client waits for an answer
   */
  public static String withLocks(Duration clientLimit) {
    int clientMillis = Math.toIntExact(clientLimit.toMillis());
    return of(clientMillis, clientMillis / 2);
  }

  /**
   * The commands that set the limits.
   *
   * @param clientMillis how long the client waits for an answer; 0 if as long as it takes
   */
  static String of(int clientMillis) {
    return of(clientMillis, lockMillis(clientMillis));
  }

  private static String of(int clientMillis, int lockMillis) {
    return BEGINNING
        + statementMillis(clientMillis)
        + "; SET LOCAL lock_timeout = "
        + lockMillis
        + "; ";
  }

  private static int statementMillis(int clientMillis) {
    if (clientMillis <= 1) {
      return clientMillis;
    }
    return clientMillis > LONGEST_STATEMENT_MILLIS
        ? LONGEST_STATEMENT_MILLIS
        : Integer.highestOneBit(clientMillis - 1) << 1;
  }

  private static int lockMillis(int clientMillis) {
    return clientMillis == 0
        ? LONGEST_LOCK_MILLIS
        : Math.max(1, Math.min(LONGEST_LOCK_MILLIS, clientMillis / 2));
  }
}
