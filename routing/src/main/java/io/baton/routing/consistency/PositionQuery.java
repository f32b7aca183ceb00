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
 * that it certainly follows, read <em>before</em> the position.
 *
 * <h2>The timeline of a standby</h2>
 *
 * <p>After a failover a standby follows the new primary within a second, and any role may see three
 * things of it: the timeline of the last restart point, the timeline up to which it must replay if
 * it is started again, both from its control file, and how far it has replayed. The first two are
 * sound and late: they change with the next restart point, or when the standby writes a page or
 * removes a file that the new primary has changed, which takes minutes on a calm server. The third
 * says nothing of timelines. A standby may be past the point where the timelines part, and past the
 * position that is wanted, because it goes on receiving from the old primary, which need not be
 * dead because this program cannot reach it. Transaction ids do not tell the two histories apart
 * either: both draw the same ones. What would (a mark of our own, written on the new primary), is a
 * write, and nobody asked for one.
 *
 * <p>{@code pg_stat_wal_receiver.received_tli} tells at once, and is shown to members of {@code
 * pg_monitor} (in full: {@code pg_read_all_stats}). It is sound: a standby asks for a timeline only
 * once it has read that timeline's history and found that all it has replayed is part of it. So
 * whatever position is read after it is a position on that timeline, or ahead of where it begins.
 *
 * <p>So the highest of those that are shown counts. For a role that is no such member, a standby
 * counts as behind until its control file says more, and nobody waits for that: {@link
 * ReaderProgress}. Not done: a {@code CHECKPOINT} on the standby, which would have it write its
 * control file, and is allowed to no ordinary role; {@code IDENTIFY_SYSTEM}, which takes a
 * connection for replication.
 */
public final class PositionQuery {

  private static final String WRITER =
      "select pg_catalog.pg_walfile_name(l), l::pg_catalog.text,"
          + " pg_catalog.current_setting('wal_block_size')::pg_catalog.int8,"
          + " pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size'))"
          + " from (select pg_catalog.pg_current_wal_insert_lsn() as l) as at";

  private static final String IDENTITY =
      WRITER.replace(
          " from (", ", (select s.system_identifier from pg_catalog.pg_control_system() s) from (");

  private static final String READER =
      "select (select greatest(c.timeline_id, r.min_recovery_end_timeline,"
          + " (select w.received_tli from pg_catalog.pg_stat_wal_receiver w))"
          + " from pg_catalog.pg_control_checkpoint() c, pg_catalog.pg_control_recovery() r),"
          + " pg_catalog.pg_last_wal_replay_lsn()::pg_catalog.text,"
          + " case when pg_catalog.pg_is_in_recovery()"
          + " then pg_catalog.pg_get_wal_replay_pause_state() end";

  /** The size of the header of a page, and of one at the beginning of a segment. */
  private static final long SHORT_HEADER = 24;

  private static final long LONG_HEADER = 40;

  private static final String GOES_ON = "not paused";

  private static final int IDENTIFIER = 5;
  private static final int HEX = 16;
  private static final int TIMELINE_DIGITS = 8;

  private PositionQuery() {}

  /**
   * Asks the writer.
   *
   * @throws SQLException if it is a standby now, or the connection breaks
   */
  public static TimelinePosition ofWriter(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(WRITER)) {
      row.next();
      return position(row);
    }
  }

  /**
   * Asks the writer for its position and its cluster.
   *
   * @throws SQLException if it is a standby now, or the connection breaks
   */
  public static ConsistencyToken tokenOfWriter(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(IDENTITY)) {
      row.next();
      return new ConsistencyToken(row.getLong(IDENTIFIER), position(row));
    }
  }

  private static TimelinePosition position(ResultSet row) throws SQLException {
    return new TimelinePosition(
        Long.parseLong(row.getString(1), 0, TIMELINE_DIGITS, HEX),
        endOfLastRecord(Lsn.parse(row.getString(2)), row.getLong(3), row.getLong(4)));
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
  public static ReaderPosition ofReader(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(READER)) {
      row.next();
      String lsn = row.getString(2);
      String state = row.getString(3);
      return lsn == null || state == null
          ? ReaderPosition.NONE
          : new ReaderPosition(
              new TimelinePosition(row.getLong(1), Lsn.parse(lsn)), !state.equals(GOES_ON));
    }
  }
}
