package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PgResults;
import io.baton.jdbc.pgjdbc.StatementSettings;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * Two physical statements that stand in for one logical statement in turn: the plain one, and one
 * whose text has something behind that is to be run in the same round trip.
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

  /** Has the carrying one stand in, for one call or more. */
  void load(BoundParameters parameters) throws SQLException {
    StatementSettings.copy(plain, carrying);
    carrying.clearParameters();
    parameters.bindTo(carrying);
  }

  /** Has the plain one stand in again; it is to be given its parameters and batch. */
  void unload() throws SQLException {
    StatementSettings.copy(carrying, plain);
    plain.clearBatch();
    plain.clearParameters();
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
