package io.baton.benchmarks.overhead;

import java.sql.Connection;
import java.sql.SQLException;

/** A work that keeps one connection for all its repetitions. */
abstract class ConnectedWork implements Work {
  protected final Connection connection;
  private int lastAccount;

  ConnectedWork(ConnectionSource source) throws SQLException {
    connection = source.open();
  }

  /** Another account each time, in an order that is the same for all contestants. */
  protected int nextAccount() {
    lastAccount = (lastAccount + 37) % Schema.ACCOUNTS;
    return lastAccount;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
