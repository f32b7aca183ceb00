package io.baton.failover.cutover;

import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * The barrier of a cut over by logical replication: a row that is written on the old side behind
 * everything else, and waited for on the new side.
 *
 * <p>The argument. A subscription applies transactions in the order of their commits. The row is
 * committed when nothing else is under way, so when it is there, everything else that the
 * subscription carries is. Each subscription of the new database must carry it: with several, each
 * is given a row of its own publication's order by waiting until each has confirmed the position of
 * the row's commit to the old server, too.
 */
final class ReplicatedMarker {

  private static final String TABLE = "baton.cutover_barrier";

  private static final long PAUSE_NANOS = Duration.ofMillis(2).toNanos();

  private ReplicatedMarker() {}

  /** A subscription of the new database. */
  record Subscription(String name, String slot, List<String> publications) {}

  /** The enabled ones. */
  static List<Subscription> subscriptions(Connection successor) throws SQLException {
    List<Subscription> found = new ArrayList<>();
    try (Statement query = successor.createStatement();
        ResultSet rows =
            query.executeQuery(
                "select subname, subslotname, subpublications, subenabled"
                    + " from pg_catalog.pg_subscription s join pg_catalog.pg_database d"
                    + " on d.oid = s.subdbid where d.datname = pg_catalog.current_database()"
                    + " and subenabled")) {
      while (rows.next()) {
        found.add(
            new Subscription(
                rows.getString(1),
                rows.getString(2),
                List.of((String[]) rows.getArray(3).getArray())));
      }
    }
    return found;
  }

  /**
   * Has the marker's table replicated, and waits until all tables are copied.
   *
   * @param deadline of {@link System#nanoTime}
   * @throws CutoverRefusedException if there is no subscription, or it is not in step in time
   */
  static void prepare(Connection old, Connection successor, long deadline)
      throws SQLException, CutoverRefusedException {
    List<Subscription> subscriptions = subscriptions(successor);
    if (subscriptions.isEmpty()) {
      throw new CutoverRefusedException(
          "the new database has no enabled subscription, so nothing would bring it the last writes");
    }
    for (Subscription one : subscriptions) {
      if (one.publications().stream().noneMatch(publication -> carries(old, publication))) {
        publish(old, one.publications().get(0));
      }
      CarriedTables.requireNoneMissing(old, successor, List.of(one));
      // Without a copy: that would wait for the end of every transaction that is open over here.
      try (Statement refresh = successor.createStatement()) {
        refresh.execute(
            "alter subscription "
                + SqlQuoting.identifier(one.name())
                + " refresh publication with (copy_data = false)");
      }
    }
    while (!unready(successor).isEmpty()) {
      if (System.nanoTime() - deadline >= 0) {
        throw new CutoverRefusedException(
            "tables are not in step with their publication yet: " + unready(successor));
      }
      LockSupport.parkNanos(10 * PAUSE_NANOS);
    }
  }

  private static boolean carries(Connection old, String publication) {
    try (PreparedStatement query =
        old.prepareStatement(
            "select exists (select from pg_catalog.pg_publication_tables where pubname = ?"
                + " and schemaname = 'baton' and tablename = 'cutover_barrier')")) {
      query.setString(1, publication);
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    } catch (SQLException failure) {
      return false; // Adding it shows what is wrong.
    }
  }

  private static void publish(Connection old, String publication) throws SQLException {
    CutoverRow.write(
        old,
        connection -> {
          try (Statement add = connection.createStatement()) {
            add.execute(
                "alter publication " + SqlQuoting.identifier(publication) + " add table " + TABLE);
          }
          return true;
        });
  }

  private static String unready(Connection successor) throws SQLException {
    try (Statement query = successor.createStatement();
        ResultSet row =
            query.executeQuery(
                "select coalesce(pg_catalog.string_agg(srrelid::pg_catalog.regclass::pg_catalog.text,"
                    + " ', '), '') from pg_catalog.pg_subscription_rel where srsubstate <> 'r'")) {
      row.next();
      return row.getString(1);
    }
  }

  /**
   * How long a row takes to arrive over there now.
   *
   * @param longest how long to wait for it
   * @return that much if it has not arrived by then
   */
  static Duration lag(Connection old, Connection successor, Duration longest) throws SQLException {
    long begun = System.nanoTime();
    UUID probe = UUID.randomUUID();
    write(old, probe);
    try (PreparedStatement arrived = arrived(successor, probe)) {
      while (!isTrue(arrived)) {
        if (System.nanoTime() - begun >= longest.toNanos()) {
          return longest;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  private static void write(Connection old, UUID id) throws SQLException {
    CutoverRow.write(
        old,
        connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "insert into " + TABLE + " (id) values (?) on conflict do nothing")) {
            insert.setObject(1, id);
            insert.executeUpdate();
          }
          return true;
        });
  }

  private static PreparedStatement arrived(Connection successor, UUID id) throws SQLException {
    PreparedStatement query =
        successor.prepareStatement("select exists (select from " + TABLE + " where id = ?)");
    query.setObject(1, id);
    return query;
  }

  /**
   * Writes the marker, and waits until it has arrived by every subscription.
   *
   * @param deadline of {@link System#nanoTime}
   * @throws CutoverRefusedException if it does not in time
   */
  static void pass(Connection old, Connection successor, UUID id, long deadline)
      throws SQLException, CutoverRefusedException {
    write(old, id);
    String position = position(old);
    List<Subscription> subscriptions = subscriptions(successor);
    try (PreparedStatement arrived = arrived(successor, id);
        PreparedStatement confirmed =
            old.prepareStatement(
                "select pg_catalog.count(*) from pg_catalog.pg_replication_slots"
                    + " where slot_name = any (?) and confirmed_flush_lsn >= ?::pg_catalog.pg_lsn")) {
      confirmed.setArray(
          1, old.createArrayOf("name", subscriptions.stream().map(Subscription::slot).toArray()));
      confirmed.setString(2, position);
      while (!isTrue(arrived) || !allConfirmed(confirmed, subscriptions.size())) {
        if (System.nanoTime() - deadline >= 0) {
          throw new CutoverRefusedException("the last writes did not arrive over there in time");
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** With one subscription, the marker says it all. */
  private static boolean allConfirmed(PreparedStatement confirmed, int subscriptions)
      throws SQLException {
    if (subscriptions == 1) {
      return true;
    }
    try (ResultSet row = confirmed.executeQuery()) {
      return row.next() && row.getInt(1) == subscriptions;
    }
  }

  private static boolean isTrue(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }

  private static String position(Connection old) throws SQLException {
    try (Statement query = old.createStatement();
        ResultSet row =
            query.executeQuery("select pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text")) {
      row.next();
      return row.getString(1);
    }
  }

  /** The new side takes nothing more from the old one. */
  static void end(Connection successor) throws SQLException {
    for (Subscription one : subscriptions(successor)) {
      try (Statement disable = successor.createStatement()) {
        disable.execute("alter subscription " + SqlQuoting.identifier(one.name()) + " disable");
      }
    }
  }
}
