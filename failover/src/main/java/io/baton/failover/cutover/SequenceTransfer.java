package io.baton.failover.cutover;

import io.baton.routing.topology.FailureText;
import io.baton.session.sql.SqlQuoting;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Sets the sequences of the new database to where those of the old one stand, which logical
 * replication does not carry. When nobody draws from them on either side.
 *
 * <p>A value that a session of the old side had drawn ahead ({@code CACHE}) is past {@code
 * last_value} for nobody: it is counted there when it is taken from the sequence.
 */
final class SequenceTransfer {

  /**
   * Where a sequence stands.
   *
   * @param called whether a session has drawn the value; if not, it is the next one
   */
  private record Position(String schema, String name, long last, boolean called) {}

  private SequenceTransfer() {}

  /**
   * Sets them all.
   *
   * @return how many
   * @throws CutoverRefusedException if one cannot be read, or is missing over there
   */
  static int make(Connection old, Connection successor)
      throws SQLException, CutoverRefusedException {
    List<Position> positions = positions(old);
    try (PreparedStatement set =
        successor.prepareStatement(
            "select pg_catalog.setval(pg_catalog.format('%I.%I', one.schema, one.name)"
                + "::pg_catalog.regclass, one.last, one.called)"
                + " from rows from (pg_catalog.unnest(?::pg_catalog.text[]),"
                + " pg_catalog.unnest(?::pg_catalog.text[]),"
                + " pg_catalog.unnest(?::pg_catalog.int8[]),"
                + " pg_catalog.unnest(?::pg_catalog.bool[])) one (schema, name, last, called)")) {
      set.setArray(
          1, successor.createArrayOf("text", positions.stream().map(Position::schema).toArray()));
      set.setArray(
          2, successor.createArrayOf("text", positions.stream().map(Position::name).toArray()));
      set.setArray(
          3, successor.createArrayOf("int8", positions.stream().map(Position::last).toArray()));
      set.setArray(
          4, successor.createArrayOf("bool", positions.stream().map(Position::called).toArray()));
      set.executeQuery().close();
    } catch (SQLException refused) {
      throw new CutoverRefusedException(
          "a sequence could not be set over there: " + FailureText.message(refused));
    }
    return positions.size();
  }

  /**
   * The view shows no position of a sequence from which no value was drawn since it was created or
   * set, nor of one that the role may not read. These sequences are read one by one.
   */
  private static List<Position> positions(Connection old)
      throws SQLException, CutoverRefusedException {
    List<Position> found = new ArrayList<>();
    List<String> untold = new ArrayList<>();
    try (Statement query = old.createStatement();
        ResultSet rows =
            query.executeQuery(
                "select q.schemaname, q.sequencename, q.last_value"
                    + " from pg_catalog.pg_sequences q"
                    + " join pg_catalog.pg_namespace n on n.nspname = q.schemaname"
                    + " join pg_catalog.pg_class c on c.relnamespace = n.oid"
                    + " and c.relname = q.sequencename"
                    + " where q.schemaname !~ '^pg_' and c.relpersistence <> 't'")) {
      while (rows.next()) {
        long last = rows.getLong(3);
        if (rows.wasNull()) {
          untold.add(read(rows.getString(1), rows.getString(2)));
        } else {
          found.add(new Position(rows.getString(1), rows.getString(2), last, true));
        }
      }
    }
    if (!untold.isEmpty()) {
      found.addAll(read(old, String.join(" union all ", untold)));
    }
    return found;
  }

  private static String read(String schema, String name) {
    return "select %s, %s, last_value, is_called from %s.%s"
        .formatted(
            SqlQuoting.literal(schema),
            SqlQuoting.literal(name),
            SqlQuoting.identifier(schema),
            SqlQuoting.identifier(name));
  }

  private static List<Position> read(Connection old, String all)
      throws SQLException, CutoverRefusedException {
    List<Position> found = new ArrayList<>();
    try (Statement query = old.createStatement();
        ResultSet rows = query.executeQuery(all)) {
      while (rows.next()) {
        found.add(
            new Position(
                rows.getString(1), rows.getString(2), rows.getLong(3), rows.getBoolean(4)));
      }
    } catch (SQLException refused) {
      if (!"42501".equals(refused.getSQLState())) {
        throw refused;
      }
      throw new CutoverRefusedException(
          "a sequence may not be read, so that its position is not known: "
              + FailureText.message(refused));
    }
    return found;
  }
}
