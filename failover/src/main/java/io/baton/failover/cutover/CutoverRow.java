package io.baton.failover.cutover;

import io.baton.routing.cutover.CutoverStage;
import io.baton.routing.topology.Endpoint;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The row of one cut over in the old database, and its members, as the one who drives it sees them.
 * Each change is a transaction that may write though the database is fenced.
 *
 * <p>Used by one thread.
 */
final class CutoverRow {

  // What brought the sessions here, copied with everything else; and what nobody went on with.
  private static final String OVER =
      "delete from baton.cutover where identifier ="
          + " (select system_identifier from pg_catalog.pg_control_system());"
          + " delete from baton.cutover_finding;"
          + " select baton.cutover_take_back(id) from baton.cutover"
          + " where stage not in ('opened', 'taken back')";

  private static final String NOTIFY = "select pg_catalog.pg_notify('baton', 'cutover')";

  /**
   * Who takes part says something each second, and holds sessions. Of one that has ended neither is
   * so; one that hangs still holds them, and a process that has its number since began later.
   */
  private static final String MEMBERS =
      """
      select member, stage, ready, note, backends,
          seen < pg_catalog.clock_timestamp() - interval '2 s' and not exists (
            select from pg_catalog.pg_stat_activity
              where pid = any (backends) and backend_start <= seen)
        from baton.cutover_member where cutover = ?\
      """;

  /**
   * A member.
   *
   * @param ready whether it has done what the stage asks for
   * @param gone whether its program has ended without saying so
   */
  record Member(
      UUID id,
      CutoverStage stage,
      boolean ready,
      String note,
      List<Integer> backends,
      boolean gone) {}

  private final Connection old;
  private final UUID id;

  /** The row of another one, which is not announced yet. */
  CutoverRow(Connection old) {
    this(old, UUID.randomUUID());
  }

  CutoverRow(Connection old, UUID id) {
    this.old = old;
    this.id = id;
  }

  UUID id() {
    return id;
  }

  /** Work inside a transaction that may write. */
  @FunctionalInterface
  interface Change {
    boolean make(Connection connection) throws SQLException;
  }

  /** Makes a change that is kept if it returns true. */
  static boolean write(Connection connection, Change change) throws SQLException {
    connection.setAutoCommit(false);
    boolean done = false;
    try {
      try (Statement begin = connection.createStatement()) {
        begin.execute("set transaction isolation level read committed, read write");
      }
      done = change.make(connection);
      if (done) {
        connection.commit();
      }
      return done;
    } finally {
      if (!done) {
        connection.rollback();
      }
      connection.setAutoCommit(true);
    }
  }

  void announce(CutoverPlan plan, long identifier, Duration limit) throws SQLException {
    insert(CutoverStage.ANNOUNCED, plan, identifier, limit, null);
  }

  /**
   * Announces a rehearsal.
   *
   * @param sampling how long reads are sampled; null if they are not
   */
  void rehearse(CutoverPlan plan, long identifier, Duration limit, @Nullable Duration sampling)
      throws SQLException {
    insert(CutoverStage.REHEARSED, plan, identifier, limit, sampling);
  }

  private void insert(
      CutoverStage stage,
      CutoverPlan plan,
      long identifier,
      Duration limit,
      @Nullable Duration sampling)
      throws SQLException {
    String successor =
        plan.successor().stream().map(Endpoint::toString).collect(Collectors.joining(","));
    write(
        old,
        connection -> {
          try (Statement clear = connection.createStatement()) {
            clear.execute(OVER);
          }
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "insert into baton.cutover (id, stage, successor, identifier, sampling, expires) values"
                      + " (?, ?, ?, ?, ?, pg_catalog.clock_timestamp() + ? * interval '1 ms')")) {
            insert.setObject(1, id);
            insert.setString(2, stage.text());
            insert.setString(3, successor);
            insert.setLong(4, identifier);
            insert.setObject(5, sampling == null ? null : sampling.toMillis(), Types.BIGINT);
            insert.setLong(6, limit.toMillis());
            insert.executeUpdate();
          }
          tell(connection);
          return true;
        });
  }

  /**
   * Goes on to the next stage.
   *
   * @param limit how long that may last
   * @return false if it was taken back, or its time is over
   */
  boolean advance(CutoverStage from, CutoverStage to, Duration limit) throws SQLException {
    return write(old, connection -> advance(connection, from, to, limit));
  }

  /** The same as a part of a transaction. */
  boolean advance(Connection connection, CutoverStage from, CutoverStage to, Duration limit)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "update baton.cutover set stage = ?, changed = pg_catalog.clock_timestamp(),"
                + " expires = pg_catalog.clock_timestamp() + ? * interval '1 ms'"
                + " where id = ? and stage = ? and expires > pg_catalog.clock_timestamp()")) {
      update.setString(1, to.text());
      update.setLong(2, limit.toMillis());
      update.setObject(3, id);
      update.setString(4, from.text());
      if (update.executeUpdate() == 0) {
        return false;
      }
    }
    tell(connection);
    return true;
  }

  private static void tell(Connection connection) throws SQLException {
    try (Statement notify = connection.createStatement()) {
      notify.execute(NOTIFY);
    }
  }

  /** Takes it back, with the fence, unless it is opened. */
  boolean undo(String reason) throws SQLException {
    return write(
        old,
        connection -> {
          try (PreparedStatement undo =
              connection.prepareStatement("select baton.cutover_undo(?, ?)")) {
            undo.setObject(1, id);
            undo.setString(2, reason);
            try (ResultSet row = undo.executeQuery()) {
              return row.next() && row.getBoolean(1);
            }
          }
        });
  }

  /**
   * How it ended.
   *
   * @param stage opened or taken back
   * @param reason why, by the one who was first, if it was taken back
   */
  record Ended(CutoverStage stage, String reason) {}

  /**
   * Takes it back on a connection that works, unless it turns out to be opened.
   *
   * @return how it ended
   */
  Ended takenBackOn(DataSource oldDatabase, String reason) throws SQLException {
    try (Connection again = oldDatabase.getConnection()) {
      Armour.put(again);
      CutoverRow fresh = new CutoverRow(again, id);
      Ended ended = new Ended(CutoverStage.TAKEN_BACK, reason);
      if (fresh.exists()) {
        boolean byThis = fresh.undo(reason);
        String note = fresh.note();
        ended = new Ended(fresh.stage(), byThis || note.isEmpty() ? reason : note);
      }
      Armour.takeOff(again);
      return ended;
    }
  }

  /** Writes something that changes nothing. */
  void beat() throws SQLException {
    write(
        old,
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement("update baton.cutover set note = note where id = ?")) {
            update.setObject(1, id);
            return update.executeUpdate() > 0;
          }
        });
  }

  /** Deletes what members have found, once it was read. */
  void forgetFindings() throws SQLException {
    write(
        old,
        connection -> {
          try (PreparedStatement delete =
              connection.prepareStatement("delete from baton.cutover_finding where cutover = ?")) {
            delete.setObject(1, id);
            return delete.executeUpdate() > 0;
          }
        });
  }

  /** Whether there is a table of cut overs. */
  static boolean isThere(Connection old) throws SQLException {
    try (Statement query = old.createStatement();
        ResultSet row =
            query.executeQuery("select pg_catalog.to_regclass('baton.cutover') is not null")) {
      row.next();
      return row.getBoolean(1);
    }
  }

  /** Whether it was announced. */
  boolean exists() throws SQLException {
    if (!isThere(old)) {
      return false;
    }
    try (PreparedStatement query = old.prepareStatement("select from baton.cutover where id = ?")) {
      query.setObject(1, id);
      try (ResultSet row = query.executeQuery()) {
        return row.next();
      }
    }
  }

  /** The stage as the database has it. */
  CutoverStage stage() throws SQLException {
    try (PreparedStatement query =
        old.prepareStatement("select stage from baton.cutover where id = ?")) {
      query.setObject(1, id);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        return CutoverStage.of(row.getString(1));
      }
    }
  }

  /** Why it was taken back, as far as the database knows; empty if not. */
  String note() throws SQLException {
    try (PreparedStatement query =
        old.prepareStatement("select note from baton.cutover where id = ?")) {
      query.setObject(1, id);
      try (ResultSet row = query.executeQuery()) {
        return row.next() ? row.getString(1) : "";
      }
    }
  }

  List<Member> members() throws SQLException {
    List<Member> members = new ArrayList<>();
    try (PreparedStatement query = old.prepareStatement(MEMBERS)) {
      query.setObject(1, id);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          Integer[] pids = (Integer[]) rows.getArray(5).getArray();
          members.add(
              new Member(
                  rows.getObject(1, UUID.class),
                  CutoverStage.of(rows.getString(2)),
                  rows.getBoolean(3),
                  rows.getString(4),
                  List.of(pids),
                  rows.getBoolean(6)));
        }
      }
    }
    return members;
  }
}
