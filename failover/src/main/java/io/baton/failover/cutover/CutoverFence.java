package io.baton.failover.cutover;

import io.baton.routing.cutover.CutoverStage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Has the old database refuse writes of everybody, and proves that none is under way.
 *
 * <p>The argument. From the commit of {@code ALTER DATABASE ... SET default_transaction_read_only}
 * on, a session that begins reads only, unless it says otherwise. Of the sessions that began
 * before, those that the members have named begin no transaction until the cut over is opened or
 * taken back, for their members have said so; all others are ended, and it is waited until they are
 * gone. So when no transaction with an id is left, and no prepared one, everything that was ever
 * written lies before the marker that is written then.
 *
 * <p>Who begins a session afterwards and sets {@code READ WRITE} in it on purpose is not kept from
 * writing; its writes stay on the old side. A fence of the operator's ({@link OwnFence}) may be
 * stricter; the rest of the argument is the same with it.
 */
final class CutoverFence {

  private static final String FENCE =
      """
      do $$ begin
        execute pg_catalog.format('alter database %I set default_transaction_read_only = on',
          pg_catalog.current_database());
      end $$\
      """;

  private static final String BEFORE =
      """
      update baton.cutover set read_only_before = (
        select pg_catalog.split_part(one, '=', 2)
          from pg_catalog.pg_db_role_setting s
            join pg_catalog.pg_database d on d.oid = s.setdatabase,
            pg_catalog.unnest(s.setconfig) one
          where s.setrole = 0 and d.datname = pg_catalog.current_database()
            and one like 'default_transaction_read_only=%')
        where stage = 'fenced'\
      """;

  private static final String STRANGERS =
      """
       from pg_catalog.pg_stat_activity
        where datname = pg_catalog.current_database() and backend_type = 'client backend'
          and pid <> pg_catalog.pg_backend_pid() and not pid = any (?)
          and backend_start <= ?\
      """;

  private static final String WRITERS =
      """
      select coalesce(pg_catalog.string_agg(who, ', '), '') from (
        select 'process ' || pid || ' of ' || coalesce(usename, '?') as who
          from pg_catalog.pg_stat_activity
          where datname = pg_catalog.current_database() and backend_xid is not null
            and backend_type <> 'autovacuum worker' and pid <> pg_catalog.pg_backend_pid()
        union all
        select 'the prepared transaction ' || gid from pg_catalog.pg_prepared_xacts
          where database = pg_catalog.current_database()) writing\
      """;

  private static final String PREPARED =
      """
      select coalesce(pg_catalog.string_agg(gid, ', '), '') from pg_catalog.pg_prepared_xacts
        where database = pg_catalog.current_database()\
      """;

  private static final long PAUSE_NANOS = Duration.ofMillis(2).toNanos();

  private CutoverFence() {}

  /**
   * Refuses a role that is not shown what the sessions of others do: it would see nobody write.
   *
   * @throws CutoverRefusedException if it is not
   */
  static void requireSight(Connection old) throws SQLException, CutoverRefusedException {
    try (Statement query = old.createStatement();
        ResultSet row =
            query.executeQuery(
                "select pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'usage')")) {
      row.next();
      if (!row.getBoolean(1)) {
        throw new CutoverRefusedException(
            "the role on the old side is not shown who writes: GRANT pg_read_all_stats");
      }
    }
  }

  /**
   * Waits for the end of what is prepared, before anything is refused: it holds its locks, and only
   * the one who has prepared it can end it.
   *
   * @param deadline of {@link System#nanoTime}
   * @throws CutoverRefusedException if it is not ended
   */
  static void awaitNonePrepared(Connection old, long deadline)
      throws SQLException, CutoverRefusedException {
    try (PreparedStatement query = old.prepareStatement(PREPARED)) {
      for (String left = text(query); !left.isEmpty(); left = text(query)) {
        if (System.nanoTime() - deadline >= 0) {
          throw new CutoverRefusedException(
              "prepared transactions were not ended in time: " + left);
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /**
   * Closes it, as the stage {@link CutoverStage#FENCED}.
   *
   * @param limit how long it may stay closed
   * @param byDatabase whether the database is to refuse writes; else something else does
   * @throws CutoverRefusedException if the cut over was taken back meanwhile
   */
  static void close(Connection old, CutoverRow row, Duration limit, boolean byDatabase)
      throws SQLException, CutoverRefusedException {
    boolean closed =
        CutoverRow.write(
            old,
            connection -> {
              if (!row.advance(connection, CutoverStage.GATED, CutoverStage.FENCED, limit)) {
                return false;
              }
              try (Statement statement = connection.createStatement()) {
                statement.execute(BEFORE);
                if (byDatabase) {
                  statement.execute(FENCE);
                }
              }
              return true;
            });
    if (!closed) {
      throw new CutoverRefusedException("it was taken back while open transactions ended");
    }
  }

  /**
   * Ends the sessions that began before and that no member has named, and waits until nobody
   * writes.
   *
   * @param members the processes of the sessions that take part
   * @param deadline of {@link System#nanoTime}
   * @throws CutoverRefusedException if somebody goes on writing
   */
  static void awaitSilence(Connection old, List<Integer> members, long deadline)
      throws SQLException, CutoverRefusedException {
    Object[] pids = members.toArray();
    Timestamp fenced = now(old);
    try (PreparedStatement end =
            old.prepareStatement("select pg_catalog.pg_terminate_backend(pid)" + STRANGERS);
        PreparedStatement left = old.prepareStatement("select pg_catalog.count(*)" + STRANGERS);
        PreparedStatement writing = old.prepareStatement(WRITERS)) {
      for (; ; ) {
        end.setArray(1, old.createArrayOf("int4", pids));
        left.setArray(1, old.createArrayOf("int4", pids));
        end.setTimestamp(2, fenced);
        left.setTimestamp(2, fenced);
        end.executeQuery().close();
        long strangers = number(left);
        String writers = text(writing);
        if (strangers == 0 && writers.isEmpty()) {
          return;
        }
        if (System.nanoTime() - deadline >= 0) {
          throw new CutoverRefusedException(
              writers.isEmpty()
                  ? strangers + " sessions that do not take part did not end"
                  : "a transaction went on writing: " + writers);
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** The time by the clock of the old database. */
  static Timestamp now(Connection old) throws SQLException {
    try (Statement query = old.createStatement();
        ResultSet row = query.executeQuery("select pg_catalog.clock_timestamp()")) {
      row.next();
      return row.getTimestamp(1);
    }
  }

  private static long number(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  private static String text(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      row.next();
      return row.getString(1);
    }
  }
}
