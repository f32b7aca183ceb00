package io.baton.jdbc.pgjdbc;

import io.baton.session.SessionState.Temporary;
import io.baton.session.sql.Effect.TemporaryKind;
import io.baton.session.sql.SqlQuoting;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;
import org.postgresql.core.BaseConnection;

/**
 * Copies what the temporary relations of a session hold from one connection to another, on which
 * they exist, empty: the rows of tables by {@code COPY}, from server to server without a stop in
 * memory, and the positions of sequences.
 */
final class TemporaryRows {

  private final BaseConnection from;
  private final BaseConnection to;

  TemporaryRows(BaseConnection from, BaseConnection to) {
    this.from = from;
    this.to = to;
  }

  /**
   * Copies them; neither connection is in a transaction.
   *
   * @throws SQLException if a server refuses, or another number of rows arrived than had left
   */
  void copy(Map<String, Temporary> temporaries) throws SQLException {
    for (Map.Entry<String, Temporary> entry : temporaries.entrySet()) {
      if (entry.getValue().kind() == TemporaryKind.TABLE && entry.getValue().holdsRows()) {
        copyTable("pg_temp." + SqlQuoting.identifier(entry.getKey()));
      }
    }
    copySequences();
  }

  private void copyTable(String table) throws SQLException {
    CopyOut out = new CopyManager(from).copyOut("COPY " + table + " TO STDOUT");
    long sent;
    CopyIn in = null;
    try {
      in = new CopyManager(to).copyIn("COPY " + table + " FROM STDIN");
      for (byte[] row = out.readFromCopy(); row != null; row = out.readFromCopy()) {
        in.writeToCopy(row, 0, row.length);
      }
      sent = out.getHandledRowCount();
    } catch (SQLException failure) {
      cancel(out, failure);
      if (in != null && in.isActive()) {
        in.cancelCopy();
      }
      throw failure;
    }
    long arrived = in.endCopy();
    if (arrived != sent) {
      throw new SQLException(
          "Of " + sent + " rows of " + table + ", " + arrived + " arrived", "XX000");
    }
  }

  private static void cancel(CopyOut out, SQLException failure) {
    try {
      if (out.isActive()) {
        out.cancelCopy();
      }
    } catch (SQLException another) {
      failure.addSuppressed(another);
    }
  }

  private void copySequences() throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement statement = from.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select pg_catalog.quote_ident(relname) from pg_catalog.pg_class"
                    + " where relkind = 'S' and relnamespace = pg_catalog.pg_my_temp_schema()")) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    for (String name : names) {
      try (Statement reading = from.createStatement();
          ResultSet row =
              reading.executeQuery("select last_value, is_called from pg_temp." + name);
          Statement writing = to.createStatement()) {
        row.next();
        String quoted = SqlQuoting.literal("pg_temp." + name);
        writing.execute(
            "select pg_catalog.setval("
                + quoted
                + ", "
                + row.getLong(1)
                + ", "
                + row.getBoolean(2)
                + ")");
      }
    }
  }
}
