package io.baton.routing.consistency;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Asks a server for its position, in one round trip that any role may make.
 *
 * <p>Of a writer it is the <em>insert</em> position: with {@code synchronous_commit=off} a commit
 * is acknowledged before it is written. Of a standby it is what it has replayed, with a timeline
 * that it has certainly reached, read <em>before</em> the position: a new timeline is known a while
 * after it was reached, and until then the standby counts as behind.
 */
public final class PositionQuery {

  private static final String WRITER =
      "select pg_catalog.pg_walfile_name(l), l::pg_catalog.text,"
          + " pg_catalog.current_setting('wal_block_size')::pg_catalog.int8,"
          + " pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size'))"
          + " from (select pg_catalog.pg_current_wal_insert_lsn() as l) as at";

  private static final String READER =
      "select (select greatest(c.timeline_id, r.min_recovery_end_timeline)"
          + " from pg_catalog.pg_control_checkpoint() c, pg_catalog.pg_control_recovery() r),"
          + " pg_catalog.pg_last_wal_replay_lsn()::pg_catalog.text";

  /** The size of the header of a page, and of one at the beginning of a segment. */
  private static final long SHORT_HEADER = 24;

  private static final long LONG_HEADER = 40;

  private static final int HEX = 16;
  private static final int TIMELINE_DIGITS = 8;

  private PositionQuery() {}

  /**
   * Asks the writer.
   *
   * @throws SQLException if it is a standby now, or the connection breaks
   */
  public static ConsistencyToken ofWriter(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(WRITER)) {
      row.next();
      return new ConsistencyToken(
          Long.parseLong(row.getString(1), 0, TIMELINE_DIGITS, HEX),
          endOfLastRecord(Lsn.parse(row.getString(2)), row.getLong(3), row.getLong(4)));
    }
  }

  /**
   * Where the last record ends. The next one begins behind the header of its page: with nothing on
   * that page yet, the insert position is past the header, and no standby reaches it until
   * something else is written.
   */
  static Lsn endOfLastRecord(Lsn insert, long blockSize, long segmentSize) {
    long position = insert.position();
    if (Long.remainderUnsigned(position, segmentSize) == LONG_HEADER) {
      return new Lsn(position - LONG_HEADER);
    }
    return Long.remainderUnsigned(position, blockSize) == SHORT_HEADER
        ? new Lsn(position - SHORT_HEADER)
        : insert;
  }

  /** Asks a standby; a server that is none any more has reached nothing, for it is no reader. */
  public static ConsistencyToken ofReader(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(READER)) {
      row.next();
      String lsn = row.getString(2);
      return lsn == null
          ? ConsistencyToken.NONE
          : new ConsistencyToken(row.getLong(1), Lsn.parse(lsn));
    }
  }
}
