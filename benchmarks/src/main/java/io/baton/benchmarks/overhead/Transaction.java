package io.baton.benchmarks.overhead;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Reads a row, writes it, and commits. */
final class Transaction extends ConnectedWork {
  private final PreparedStatement select;
  private final PreparedStatement update;

  Transaction(ConnectionSource source) throws SQLException {
    super(source);
    connection.setAutoCommit(false);
    select = connection.prepareStatement("select balance from account where id = ?");
    update = connection.prepareStatement("update account set balance = ? where id = ?");
  }

  @Override
  public long run(int times) throws SQLException {
    long read = 0;
    for (int i = 0; i < times; i++) {
      int account = nextAccount();
      select.setInt(1, account);
      long balance;
      try (ResultSet result = select.executeQuery()) {
        result.next();
        balance = result.getLong(1);
      }
      update.setLong(1, balance + 1);
      update.setInt(2, account);
      read += update.executeUpdate();
      connection.commit();
    }
    return read;
  }
}
