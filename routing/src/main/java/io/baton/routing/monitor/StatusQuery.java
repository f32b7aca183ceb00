package io.baton.routing.monitor;

import io.baton.routing.consistency.Lsn;
import io.baton.routing.topology.ServerKind;
import io.baton.routing.topology.ServerStatus;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The question a monitor asks a server: one {@linkplain Question round trip}, allowed to every
 * role, on a writer and on a standby, for PostgreSQL 14 and newer.
 *
 * <p>What it is built on:
 *
 * <ul>
 *   <li>{@code pg_is_in_recovery()} is read once: a promotion between two readings would have the
 *       query call a function that the other state forbids. It turns false exactly when the server
 *       begins to accept writes.
 *   <li>The timeline of a writer is in the name of its current WAL file, at once after a promotion,
 *       while {@code pg_control_checkpoint()} shows the old one until the next checkpoint. The file
 *       name cannot be asked of a standby; there, the control data give a timeline that has
 *       certainly been reached, though it may be an old one: {@code pg_stat_wal_receiver} knows
 *       better, and shows it to members of {@code pg_monitor} only (decision 22).
 *   <li>A standby that has replayed all it received, and still receives, shows data that is
 *       current; otherwise the age of the last transaction it replayed is a bound on how old it is.
 *       The receiver's process id is the one column of {@code pg_stat_wal_receiver} shown to
 *       everybody.
 *   <li>Where there is a table {@code baton.cutover}, {@link CutoverReading} asks it as well.
 * </ul>
 */
final class StatusQuery {

  /** A part of the text that no other has. */
  static final String MARK = "AS standby)";

  private static final String QUERY =
      """
      WITH server AS MATERIALIZED (SELECT pg_catalog.pg_is_in_recovery() AS standby)
      SELECT s.standby,
             (SELECT system_identifier FROM pg_catalog.pg_control_system()),
             CASE WHEN s.standby THEN NULL
                  ELSE pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()) END,
             CASE WHEN s.standby THEN
                  (SELECT greatest(c.timeline_id, r.min_recovery_end_timeline,
                                   (SELECT w.received_tli FROM pg_catalog.pg_stat_wal_receiver w))
                     FROM pg_catalog.pg_control_checkpoint() c, pg_catalog.pg_control_recovery() r)
                  END,
             CASE WHEN s.standby THEN pg_catalog.pg_last_wal_replay_lsn()
                  ELSE pg_catalog.pg_current_wal_insert_lsn() END::pg_catalog.text,
             CASE WHEN s.standby THEN pg_catalog.pg_last_wal_receive_lsn() END::pg_catalog.text,
             EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver),
             CASE WHEN s.standby THEN
                  (extract(epoch FROM pg_catalog.clock_timestamp()
                           OPERATOR(pg_catalog.-) pg_catalog.pg_last_xact_replay_timestamp())
                      OPERATOR(pg_catalog.*) 1000)::pg_catalog.int8
                  END,
             (extract(epoch FROM pg_catalog.pg_postmaster_start_time())
                OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8,
             pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
             pg_catalog.pg_backend_pid(),
             EXISTS (
               SELECT FROM pg_catalog.pg_class c
                 JOIN pg_catalog.pg_namespace n
                   ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
                WHERE n.nspname OPERATOR(pg_catalog.=) 'baton'
                  AND c.relname OPERATOR(pg_catalog.=) 'cutover')
        FROM server s
      """;

  /** The part that reads the catalogue, which somebody may have locked. */
  private static final String CATALOGUE =
      QUERY.substring(QUERY.indexOf("EXISTS (\n"), QUERY.indexOf("  FROM server s"));

  /** It does not count as a question for a cut over, since it does not lead to one. */
  private static final String WITHOUT_CATALOGUE =
      QUERY.replace(MARK, "AS standby )").replace(CATALOGUE, "false\n");

  private static final Question<Answer> QUESTION = new Question<>(QUERY, StatusQuery::read);

  private static final Question<Answer> QUESTION_WITHOUT_CATALOGUE =
      new Question<>(WITHOUT_CATALOGUE, StatusQuery::read);

  private StatusQuery() {}

  /**
   * Lets what is sent to the channel {@code baton} arrive on a connection to a writer. It lasts as
   * long as the server's session, so it is nothing for one that a pooler lends.
   */
  static void listen(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL statement_timeout = 0; LISTEN baton");
    }
  }

  /** A text that a server sees. */
  static String text() {
    return QUESTION.text(Math.toIntExact(AnswerTimes.USUAL.toMillis()));
  }

  /** Asks. */
  static Answer ask(Connection connection, ServerKind kind) throws SQLException {
    return switch (kind) {
      case POSTGRESQL -> ask(connection);
      case AURORA -> AuroraStatusQuery.ask(connection);
    };
  }

  /** What a server is, it says also while somebody has locked its catalogue. */
  private static Answer ask(Connection connection) throws SQLException {
    try {
      return QUESTION.ask(connection);
    } catch (SQLException failure) {
      if (!TextLimits.LOCKED.equals(failure.getSQLState())) {
        throw failure;
      }
      return QUESTION_WITHOUT_CATALOGUE.ask(connection);
    }
  }

  private static Answer read(ResultSet row) throws SQLException {
    boolean standby = row.getBoolean(1);
    long systemIdentifier = row.getLong(2);
    String walFile = row.getString(3);
    long timeline = walFile == null ? row.getLong(4) : timelineOf(walFile);
    Lsn lsn = lsn(row.getString(5));
    Lsn receivedLsn = lsn(row.getString(6));
    boolean streaming = row.getBoolean(7);
    long replayAgeMillis = row.getLong(8);
    boolean replayAgeKnown = !row.wasNull();
    long startedAtMicros = row.getLong(9);
    int serverVersion = row.getInt(10);
    int processId = row.getInt(11);
    boolean cutover = row.getBoolean(12);
    return new Answer(
        new ServerStatus(
            standby,
            systemIdentifier,
            timeline,
            lsn,
            receivedLsn,
            streaming,
            replayLag(
                standby, streaming, lsn, receivedLsn, replayAgeKnown ? replayAgeMillis : null),
            Instant.EPOCH.plusNanos(TimeUnit.MICROSECONDS.toNanos(startedAtMicros)),
            serverVersion),
        processId,
        cutover);
  }

  /** The first eight hexadecimal digits of a WAL file's name are its timeline. */
  private static long timelineOf(String walFile) {
    return Long.parseLong(walFile, 0, 8, 16);
  }

  private static @Nullable Lsn lsn(@Nullable String text) {
    return text == null ? null : Lsn.parse(text);
  }

  private static @Nullable Duration replayLag(
      boolean standby,
      boolean streaming,
      @Nullable Lsn replayed,
      @Nullable Lsn received,
      @Nullable Long replayAgeMillis) {
    if (!standby) {
      return null;
    }
    if (streaming && replayed != null && received != null && replayed.hasReached(received)) {
      return Duration.ZERO;
    }
    return replayAgeMillis == null ? null : Duration.ofMillis(Math.max(0, replayAgeMillis));
  }
}
