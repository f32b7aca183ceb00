package io.baton.benchmarks.overhead;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;

/** Reads all columns of a thousand rows, each by the getter of its type. */
final class Scan extends ConnectedWork {
  private final PreparedStatement statement;

  Scan(ConnectionSource source) throws SQLException {
    super(source);
    statement =
        connection.prepareStatement(
            "select id, station, value, amount, label, note, valid, taken, day, mark from reading");
  }

  @Override
  public long run(int times) throws SQLException {
    long read = 0;
    for (int i = 0; i < times; i++) {
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          read += result.getInt(1) + result.getLong(2);
          read += (long) result.getDouble(3);
          read += result.getBigDecimal(4).scale();
          read += result.getString(5).length();
          read += Objects.requireNonNullElse(result.getString(6), "").length();
          read += result.getBoolean(7) ? 1 : 0;
          read += result.getTimestamp(8).getTime();
          read += result.getDate(9).getTime();
          read += Objects.hashCode(result.getObject(10));
        }
      }
    }
    return read;
  }
}
