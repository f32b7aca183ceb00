package io.baton.benchmarks.overhead;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Prepares a statement for each execution, as a pool's users do, and reads one row by its key. */
final class PrepareAndRow extends ConnectedWork {
  PrepareAndRow(ConnectionSource source) throws SQLException {
    super(source);
  }

  @Override
  public long run(int times) throws SQLException {
    long read = 0;
    for (int i = 0; i < times; i++) {
      try (PreparedStatement statement =
          connection.prepareStatement("select id, balance from account where id = ?")) {
        statement.setInt(1, nextAccount());
        try (ResultSet result = statement.executeQuery()) {
          result.next();
          read += result.getInt(1) + result.getLong(2);
        }
      }
    }
    return read;
  }
}
