package io.baton.jdbc.pgjdbc;

import io.baton.session.sql.OwnSettings;
import io.baton.session.sql.SqlQuoting;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * Copies the content of a session's temporary relations from one connection to another, where they
 * exist, empty: the rows of tables by {@code COPY}, streamed from server to server, and the
 * positions of sequences.
 */
final class TemporaryRows {

  private static final String RELATIONS =
      """
      select c.relname, c.relkind::text, pg_catalog.pg_get_userbyid(c.relowner),
          exists (select from pg_catalog.pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal)
        from pg_catalog.pg_class c
        where c.relnamespace = pg_catalog.pg_my_temp_schema()
          and (c.relkind = 'S' or c.relkind = 'r' and pg_catalog.pg_relation_size(c.oid) > 0)
        order by c.oid
      """;

  private final BaseConnection from;
  private final BaseConnection to;

  TemporaryRows(BaseConnection from, BaseConnection to) {
    this.from = from;
    this.to = to;
  }

  /** A relation as the server names it. */
  private record Relation(String name, boolean isSequence, boolean hasTriggers) {}

  /**
   * Copies the content; neither connection is in a transaction. A relation may belong to a role
   * other than the current one; then only that role may read it.
   *
   * @throws SQLException if a server refuses, or the number of rows received differs from that sent
   */
  void copy() throws SQLException {
    for (Map.Entry<String, List<Relation>> owned : relations().entrySet()) {
      String asOwner =
          "BEGIN; SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE "
              + SqlQuoting.literal(role(owned.getKey()))
              + ";"
              + OwnSettings.FOR_VALUES;
      try {
        execute(from, asOwner);
        execute(to, asOwner);
        for (Relation relation : owned.getValue()) {
          if (relation.isSequence()) {
            copySequence(relation.name());
          } else {
            copyWithoutTriggers(relation);
          }
        }
        execute(to, "COMMIT");
        execute(from, "COMMIT");
      } catch (SQLException failure) {
        rollBack(to, failure);
        rollBack(from, failure);
        throw failure;
      }
    }
  }

  /** The role of an owner: none for the login, which may have another name on the other side. */
  private String role(String owner) {
    return owner.equals(from.getQueryExecutor().getUser()) ? "none" : owner;
  }

  /** Returns the relations that have content to copy, by their owner. */
  private Map<String, List<Relation>> relations() throws SQLException {
    Map<String, List<Relation>> relations = new LinkedHashMap<>();
    try (Statement statement = from.createStatement()) {
      statement.execute(OwnSettings.AHEAD + RELATIONS);
      ResultSet rows = OwnSettings.answer(statement);
      while (rows.next()) {
        String name = "pg_temp." + SqlQuoting.identifier(rows.getString(1));
        boolean isSequence = "S".equals(rows.getString(2));
        relations
            .computeIfAbsent(rows.getString(3), owner -> new ArrayList<>())
            .add(new Relation(name, isSequence, rows.getBoolean(4)));
      }
    }
    return relations;
  }

  private static void execute(BaseConnection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void rollBack(BaseConnection connection, SQLException failure) {
    try {
      if (connection.getTransactionState() != TransactionState.IDLE) {
        execute(connection, "ROLLBACK");
      }
    } catch (SQLException another) {
      failure.addSuppressed(another);
    }
  }

  /**
   * What a trigger does to a row, it has done already. Whether it is enabled is compared
   * afterwards: a table with one that the application has disabled stays where it is.
   */
  private void copyWithoutTriggers(Relation table) throws SQLException {
    if (table.hasTriggers()) {
      execute(to, "ALTER TABLE " + table.name() + " DISABLE TRIGGER USER");
    }
    copyTable(table.name());
    if (table.hasTriggers()) {
      execute(to, "ALTER TABLE " + table.name() + " ENABLE TRIGGER USER");
    }
  }

  /**
   * The side that takes the rows is asked first: what it refuses, it refuses before the other side
   * has begun to send. What is being sent is read to its end in any case, since the session goes on
   * with that connection: an answer that is left on it would be taken for that of a later call.
   */
  private void copyTable(String table) throws SQLException {
    CopyIn in = new CopyManager(to).copyIn("COPY " + table + " FROM STDIN");
    long sent;
    try {
      CopyOut out = new CopyManager(from).copyOut("COPY " + table + " TO STDOUT");
      sent = copy(out, in);
    } catch (SQLException failure) {
      cancel(in, failure);
      throw failure;
    }
    long arrived = in.endCopy();
    if (arrived != sent) {
      throw new SQLException(
          "Of " + sent + " rows of " + table + ", " + arrived + " arrived", "XX000");
    }
  }

  private static long copy(CopyOut out, CopyIn in) throws SQLException {
    SQLException refused = null;
    for (byte[] row = out.readFromCopy(); row != null; row = out.readFromCopy()) {
      if (refused == null) {
        try {
          in.writeToCopy(row, 0, row.length);
        } catch (SQLException failure) {
          refused = failure;
        }
      }
    }
    if (refused != null) {
      throw refused;
    }
    return out.getHandledRowCount();
  }

  private static void cancel(CopyIn in, SQLException failure) {
    try {
      if (in.isActive()) {
        in.cancelCopy();
      }
    } catch (SQLException another) {
      failure.addSuppressed(another);
    }
  }

  private void copySequence(String name) throws SQLException {
    try (Statement reading = from.createStatement();
        ResultSet row = reading.executeQuery("select last_value, is_called from " + name)) {
      row.next();
      execute(
          to,
          "select pg_catalog.setval("
              + SqlQuoting.literal(name)
              + ", "
              + row.getLong(1)
              + ", "
              + row.getBoolean(2)
              + ")");
    }
  }
}
