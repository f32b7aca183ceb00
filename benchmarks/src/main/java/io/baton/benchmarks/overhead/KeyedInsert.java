package io.baton.benchmarks.overhead;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Inserts a row, reads the key that it was given, and commits: what an ORM does. */
final class KeyedInsert extends ConnectedWork {
  private final PreparedStatement insert;

  KeyedInsert(ConnectionSource source) throws SQLException {
    super(source);
    connection.setAutoCommit(false);
    insert = connection.prepareStatement("insert into item (note) values (?)", new String[] {"id"});
  }

  @Override
  public long run(int times) throws SQLException {
    long read = 0;
    for (int i = 0; i < times; i++) {
      insert.setString(1, "note");
      insert.executeUpdate();
      try (ResultSet keys = insert.getGeneratedKeys()) {
        keys.next();
        read += keys.getLong(1) > 0 ? 1 : 0;
      }
      connection.commit();
    }
    return read;
  }
}
