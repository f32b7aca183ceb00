package io.baton.failover.cutover;

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

  private record Position(String schema, String name, long last) {}

  private SequenceTransfer() {}

  /**
   * Sets them all.
   *
   * @return how many
   * @throws CutoverRefusedException if one is missing over there
   */
  static int make(Connection old, Connection successor)
      throws SQLException, CutoverRefusedException {
    List<Position> positions = positions(old);
    try (PreparedStatement set =
        successor.prepareStatement(
            "select pg_catalog.setval(pg_catalog.format('%I.%I', one.schema, one.name)"
                + "::pg_catalog.regclass, one.last, true)"
                + " from rows from (pg_catalog.unnest(?::pg_catalog.text[]),"
                + " pg_catalog.unnest(?::pg_catalog.text[]),"
                + " pg_catalog.unnest(?::pg_catalog.int8[])) one (schema, name, last)")) {
      set.setArray(
          1, successor.createArrayOf("text", positions.stream().map(Position::schema).toArray()));
      set.setArray(
          2, successor.createArrayOf("text", positions.stream().map(Position::name).toArray()));
      set.setArray(
          3, successor.createArrayOf("int8", positions.stream().map(Position::last).toArray()));
      set.executeQuery().close();
    } catch (SQLException refused) {
      throw new CutoverRefusedException(
          "a sequence could not be set over there: " + refused.getMessage());
    }
    return positions.size();
  }

  private static List<Position> positions(Connection old) throws SQLException {
    List<Position> found = new ArrayList<>();
    try (Statement query = old.createStatement();
        ResultSet rows =
            query.executeQuery(
                "select schemaname, sequencename, last_value from pg_catalog.pg_sequences"
                    + " where last_value is not null and schemaname !~ '^pg_'")) {
      while (rows.next()) {
        found.add(new Position(rows.getString(1), rows.getString(2), rows.getLong(3)));
      }
    }
    return found;
  }
}
