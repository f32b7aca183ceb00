package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PgResults;
import io.baton.jdbc.pgjdbc.StatementSettings;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Two physical statements that stand in for one logical statement: the plain one, which all that
 * the application binds is bound to; and, for some of its calls and for what the application asks
 * of their results, one whose text has something behind that is to be run in the same round trip.
 *
 * <p>Guarded by the calls of its session.
 */
final class Carrier {

  /** What JDBC says where there is no count. */
  static final long NO_COUNT = -1;

  private final Connection home;
  private final PreparedStatement plain;
  private final PreparedStatement carrying;
  private long count = NO_COUNT;

  /**
   * Both, on one connection.
   *
   * @param carrying just made
   */
  Carrier(Connection home, PreparedStatement plain, PreparedStatement carrying) {
    this.home = home;
    this.plain = plain;
    this.carrying = carrying;
    PgResults.keepKeys(plain, carrying);
  }

  /** The connection of both. */
  Connection home() {
    return home;
  }

  PreparedStatement plain() {
    return plain;
  }

  PreparedStatement carrying() {
    return carrying;
  }

  /**
   * Prepares the carrying one for a call.
   *
   * @param delegate which of the two stands in until now, and has the settings of the application
   */
  void load(Statement delegate, BoundParameters parameters) throws SQLException {
    count = NO_COUNT;
    if (delegate != carrying) {
      StatementSettings.copy(delegate, carrying);
    }
    carrying.clearParameters();
    parameters.bindTo(carrying);
  }

  /** How many rows the carrying one changed in its last call, as long as that is its result. */
  long count() {
    return count;
  }

  /** Notes what the carrying one did; the statement itself stands behind its last result. */
  void count(long changed) {
    count = changed;
  }

  /** Closes both. */
  void close() throws SQLException {
    plain.close();
    carrying.close();
  }
}
