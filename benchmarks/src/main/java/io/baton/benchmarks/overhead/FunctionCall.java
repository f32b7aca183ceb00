package io.baton.benchmarks.overhead;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Calls a function that is volatile, as functions are of which nothing else is said. */
final class FunctionCall extends ConnectedWork {
  private final PreparedStatement call;

  FunctionCall(ConnectionSource source, String function) throws SQLException {
    super(source);
    call = connection.prepareStatement("select " + function + "(?)");
  }

  @Override
  public long run(int times) throws SQLException {
    long read = 0;
    for (int i = 0; i < times; i++) {
      call.setInt(1, nextAccount());
      try (ResultSet result = call.executeQuery()) {
        result.next();
        read += result.getInt(1) >= 0 ? 1 : 0;
      }
    }
    return read;
  }
}
