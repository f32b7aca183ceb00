package io.baton.benchmarks.overhead;

import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Updates one row of a table in a transaction of its own. */
final class AutocommitUpdate extends ConnectedWork {
  private final PreparedStatement update;

  AutocommitUpdate(ConnectionSource source, String table) throws SQLException {
    super(source);
    update =
        connection.prepareStatement("update " + table + " set balance = balance + 1 where id = ?");
  }

  @Override
  public long run(int times) throws SQLException {
    long read = 0;
    for (int i = 0; i < times; i++) {
      update.setInt(1, nextAccount());
      read += update.executeUpdate();
    }
    return read;
  }
}
