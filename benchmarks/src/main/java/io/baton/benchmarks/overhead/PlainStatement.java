package io.baton.benchmarks.overhead;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Creates a statement for each execution of a text without parameters. */
final class PlainStatement extends ConnectedWork {
  PlainStatement(ConnectionSource source) throws SQLException {
    super(source);
  }

  @Override
  public long run(int times) throws SQLException {
    long read = 0;
    for (int i = 0; i < times; i++) {
      try (Statement statement = connection.createStatement();
          ResultSet result =
              statement.executeQuery("select id, balance from account where id = 42")) {
        result.next();
        read += result.getInt(1) + result.getLong(2);
      }
    }
    return read;
  }
}
