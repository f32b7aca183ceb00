package io.baton.benchmarks.overhead;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Executes one prepared {@code select 1} again and again. */
final class PreparedSelect extends ConnectedWork {
  private final PreparedStatement statement;

  PreparedSelect(ConnectionSource source) throws SQLException {
    super(source);
    statement = connection.prepareStatement("select 1");
  }

  @Override
  public long run(int times) throws SQLException {
    long read = 0;
    for (int i = 0; i < times; i++) {
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        read += result.getInt(1);
      }
    }
    return read;
  }
}
