package io.baton.failover.reads;

import io.baton.failover.Deadline;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * How far the new side has applied what was committed on the old side, as any role may ask it.
 *
 * <p>The old server knows for each slot up to where its subscription has confirmed; it confirms
 * what it has applied and flushed. So a commit whose record ends before that is visible over there.
 * What was visible on the old side ahead of a question for the position of the log has its record
 * before that position.
 *
 * <p>Used by one thread; both connections are in autocommit mode.
 */
public final class AppliedPosition implements ReadComparer.Position {

  private static final String SLOTS =
      """
      select s.subslotname::pg_catalog.text from pg_catalog.pg_subscription s
        join pg_catalog.pg_database d on d.oid operator(pg_catalog.=) s.subdbid
        where d.datname operator(pg_catalog.=) pg_catalog.current_database() and s.subenabled
          and s.subslotname is not null\
      """;

  private static final String UNREADY =
      """
      select exists (select from pg_catalog.pg_subscription_rel r
        join pg_catalog.pg_subscription s on s.oid operator(pg_catalog.=) r.srsubid
        join pg_catalog.pg_database d on d.oid operator(pg_catalog.=) s.subdbid
        where d.datname operator(pg_catalog.=) pg_catalog.current_database() and s.subenabled
          and r.srsubstate operator(pg_catalog.<>) 'r'::pg_catalog."char")\
      """;

  private static final String HERE =
      "select pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text";

  private static final String CONFIRMED =
      """
      select pg_catalog.count(*) from pg_catalog.pg_replication_slots
        where slot_name::pg_catalog.text operator(pg_catalog.=) any (?)
          and confirmed_flush_lsn operator(pg_catalog.>=) ?::pg_catalog.pg_lsn\
      """;

  private static final Duration LONGEST = Duration.ofSeconds(12);

  private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();

  private final Connection old;
  private final List<String> slots;
  private final Deadline deadline;
  private final BooleanSupplier stopped;

  private AppliedPosition(
      Connection old, List<String> slots, Deadline deadline, BooleanSupplier stopped) {
    this.stopped = stopped;
    this.old = old;
    this.slots = List.copyOf(slots);
    this.deadline = deadline;
  }

  /**
   * Makes one of the enabled subscriptions that the new side has now.
   *
   * @param stopped whether to leave off
   */
  public static AppliedPosition of(
      Connection old, Connection successor, Deadline deadline, BooleanSupplier stopped)
      throws SQLException {
    List<String> slots = new ArrayList<>();
    try (Statement query = successor.createStatement();
        ResultSet row = query.executeQuery(UNREADY)) {
      row.next();
      if (row.getBoolean(1)) {
        return new AppliedPosition(
            old, slots, deadline, stopped); // Tables that are copied are ahead.
      }
    }
    try (Statement query = successor.createStatement();
        ResultSet rows = query.executeQuery(SLOTS)) {
      while (rows.next()) {
        slots.add(rows.getString(1));
      }
    }
    return new AppliedPosition(old, slots, deadline, stopped);
  }

  /** Returns whether there is a subscription, and all tables are in step with it. */
  public boolean isFollowed() {
    return !slots.isEmpty();
  }

  @Override
  public boolean awaitArrival() throws SQLException {
    Deadline patience = deadline.orEarlier(LONGEST);
    String here;
    try (Statement query = old.createStatement();
        ResultSet row = query.executeQuery(HERE)) {
      row.next();
      here = row.getString(1);
    }
    try (PreparedStatement confirmed = old.prepareStatement(CONFIRMED)) {
      confirmed.setArray(1, old.createArrayOf("text", slots.toArray()));
      confirmed.setString(2, here);
      while (!patience.isOver() && !stopped.getAsBoolean()) {
        try (ResultSet row = confirmed.executeQuery()) {
          if (row.next() && row.getInt(1) == slots.size()) {
            return true;
          }
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    return false;
  }
}
