package io.baton.benchmarks.overhead;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/** Inserts a hundred rows in one batch. */
final class Batch extends ConnectedWork {
  private static final int SIZE = 100;

  private final PreparedStatement insert;

  Batch(ConnectionSource source) throws SQLException {
    super(source);
    try (Statement statement = connection.createStatement()) {
      statement.execute("truncate event");
    }
    insert = connection.prepareStatement("insert into event (account, note) values (?, ?)");
  }

  @Override
  public long run(int times) throws SQLException {
    long read = 0;
    for (int i = 0; i < times; i++) {
      for (int row = 0; row < SIZE; row++) {
        insert.setInt(1, nextAccount());
        insert.setString(2, "an event of some length");
        insert.addBatch();
      }
      read += insert.executeBatch().length;
    }
    return read;
  }
}
