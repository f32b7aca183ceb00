package io.baton.benchmarks.overhead;

import java.sql.Connection;
import java.sql.SQLException;

/** Opens a connection and closes it. */
final class ConnectAndClose implements Work {
  private final ConnectionSource source;

  ConnectAndClose(ConnectionSource source) {
    this.source = source;
  }

  @Override
  public long run(int times) throws SQLException {
    long read = 0;
    for (int i = 0; i < times; i++) {
      try (Connection connection = source.open()) {
        read += connection.getHoldability();
      }
    }
    return read;
  }

  @Override
  public void close() {}
}
