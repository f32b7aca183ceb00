package io.baton.failover.outcome;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/**
 * The table {@code baton.ledger}: one row for each session that has committed work under {@code
 * baton.commitOutcome=ledger}, with the number of its last commit.
 */
public final class Ledger {

  private static final String COMMENT = "Baton ledger, version 1";

  /** A session that has not written for so long counts as ended. */
  private static final String SHELF_LIFE = "7 days";

  private static final String EXISTS =
      """
      select pg_catalog.obj_description(pg_catalog.to_regclass('baton.ledger'), 'pg_class'),
        coalesce(pg_catalog.has_table_privilege(
          pg_catalog.to_regclass('baton.ledger'), 'select, insert, update, delete'), false)\
      """;

  private static final String ASK =
      "select commits from baton.ledger where session_id operator(pg_catalog.=) ?::pg_catalog.uuid";

  private static final String SAVEPOINT = "baton_ledger";

  private static final String ENTER =
      "SAVEPOINT "
          + SAVEPOINT
          + ";insert into baton.ledger (session_id, commits, written_at)"
          + " values (?::pg_catalog.uuid, ?::pg_catalog.int8, pg_catalog.now())"
          + " on conflict (session_id) do update"
          + " set commits = excluded.commits, written_at = excluded.written_at";

  private static final String ENTER_AND_COMMIT = ENTER + ";COMMIT";

  private Ledger() {}

  /**
   * Creates the table and lets every role use it; does nothing if it is there. The role of the
   * connection needs the privilege to create a schema.
   */
  public static void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          create schema if not exists baton;
          create table if not exists baton.ledger (
            session_id pg_catalog.uuid primary key,
            commits pg_catalog.int8 not null,
            written_at pg_catalog.timestamptz not null);
          comment on table baton.ledger is '%s';
          grant usage on schema baton to public;
          grant select, insert, update, delete on baton.ledger to public\
          """
              .formatted(COMMENT));
    }
  }

  /** Returns whether the table exists, in a known version, and may be used. */
  public static boolean isUsable(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(EXISTS)) {
      return rows.next() && COMMENT.equals(rows.getString(1)) && rows.getBoolean(2);
    }
  }

  /**
   * Enters a commit in the open transaction, in one round trip, by a prepared statement that is
   * planned once.
   *
   * @param commits whether the COMMIT follows in the same round trip
   */
  public static void enter(LedgerEntry entry, boolean commits, Connection connection)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(commits ? ENTER_AND_COMMIT : ENTER)) {
      statement.setString(1, entry.session().toString());
      statement.setString(2, Long.toString(entry.number()));
      statement.execute();
    }
  }

  /** Returns whether the open transaction may write. */
  public static boolean mayWrite(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select pg_catalog.current_setting('transaction_read_only')"
                    + " operator(pg_catalog.=) 'off'")) {
      return row.next() && row.getBoolean(1);
    }
  }

  /** Undoes an entry that the server refused, and leaves the transaction as it was. */
  public static void takeBack(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("ROLLBACK TO " + SAVEPOINT);
    }
  }

  /** Returns the number of the last commit of a session; 0 if there is none. */
  static long lastCommit(UUID session, Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(ASK)) {
      statement.setString(1, session.toString());
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? rows.getLong(1) : 0;
      }
    }
  }

  /** Removes the row of a session that ends, and rows of sessions that ended long ago. */
  public static void forget(UUID session, Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "delete from baton.ledger where session_id operator(pg_catalog.=) any"
              + " (select session_id from baton.ledger where session_id operator(pg_catalog.=) '"
              + session
              + "' or written_at operator(pg_catalog.<)"
              + " (pg_catalog.now() operator(pg_catalog.-) interval '"
              + SHELF_LIFE
              + "') for update skip locked)");
    }
  }
}
