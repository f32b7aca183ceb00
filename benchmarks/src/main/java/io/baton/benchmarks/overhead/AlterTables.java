package io.baton.benchmarks.overhead;

import java.sql.SQLException;
import java.sql.Statement;

/** Alters a table fifteen times: what a migration does. */
final class AlterTables extends ConnectedWork {
  private static final int TIMES = 15;

  AlterTables(ConnectionSource source) throws SQLException {
    super(source);
  }

  @Override
  public long run(int times) throws SQLException {
    long read = 0;
    try (Statement statement = connection.createStatement()) {
      for (int i = 0; i < times * TIMES; i++) {
        statement.execute("alter table altered set (fillfactor = " + (50 + i % 50) + ")");
        read++;
      }
    }
    return read;
  }
}
