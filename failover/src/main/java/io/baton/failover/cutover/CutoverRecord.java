package io.baton.failover.cutover;

import io.baton.routing.cutover.CutoverStage;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * What the old database says of its newest cut over, for the one who operates it.
 *
 * @param successor the servers that sessions go to, as they are written there
 * @param changed since when it is in its stage
 * @param left how long that may last from now on
 * @param note why it was taken back; empty if it was not
 */
public record CutoverRecord(
    UUID id,
    CutoverStage stage,
    String successor,
    Instant changed,
    Duration left,
    String note,
    List<Member> members) {

  /** What a program that takes part has reported last. */
  public record Member(UUID id, CutoverStage stage, boolean ready, String note, Instant seen) {}

  private static final String NEWEST =
      """
      select id, stage, successor, changed, note,
          (extract(epoch from expires - pg_catalog.clock_timestamp()) * 1000)::int8
        from baton.cutover
        where identifier <> (select system_identifier from pg_catalog.pg_control_system())
        order by changed desc limit 1\
      """;

  /** The newest; empty if there was none. */
  public static Optional<CutoverRecord> newest(DataSource oldDatabase) throws SQLException {
    try (Connection old = oldDatabase.getConnection()) {
      Armour.put(old);
      Optional<CutoverRecord> newest = CutoverRow.isThere(old) ? newest(old) : Optional.empty();
      Armour.takeOff(old);
      return newest;
    }
  }

  /**
   * Takes the one that is under way back.
   *
   * @return false if there is none, or it has opened
   */
  public static boolean undo(DataSource oldDatabase, String reason) throws SQLException {
    try (Connection old = oldDatabase.getConnection()) {
      Armour.put(old);
      Optional<CutoverRecord> newest = CutoverRow.isThere(old) ? newest(old) : Optional.empty();
      boolean done = newest.isPresent() && new CutoverRow(old, newest.get().id()).undo(reason);
      Armour.takeOff(old);
      return done;
    }
  }

  private static Optional<CutoverRecord> newest(Connection old) throws SQLException {
    try (Statement query = old.createStatement();
        ResultSet row = query.executeQuery(NEWEST)) {
      if (!row.next()) {
        return Optional.empty();
      }
      UUID id = row.getObject(1, UUID.class);
      return Optional.of(
          new CutoverRecord(
              id,
              CutoverStage.of(row.getString(2)),
              row.getString(3),
              row.getObject(4, OffsetDateTime.class).toInstant(),
              Duration.ofMillis(row.getLong(6)),
              row.getString(5),
              members(old, id)));
    }
  }

  private static List<Member> members(Connection old, UUID id) throws SQLException {
    List<Member> members = new ArrayList<>();
    try (Statement query = old.createStatement();
        ResultSet rows =
            query.executeQuery(
                "select member, stage, ready, note, seen from baton.cutover_member"
                    + " where cutover = '"
                    + id
                    + "' order by seen")) {
      while (rows.next()) {
        members.add(
            new Member(
                rows.getObject(1, UUID.class),
                CutoverStage.of(rows.getString(2)),
                rows.getBoolean(3),
                rows.getString(4),
                rows.getObject(5, OffsetDateTime.class).toInstant()));
      }
    }
    return members;
  }
}
