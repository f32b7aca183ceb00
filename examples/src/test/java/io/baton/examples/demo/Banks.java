package io.baton.examples.demo;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Makes the bank new for a test, on a database where another test may have left one. */
final class Banks {
  private Banks() {}

  static void reopen(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("drop table if exists account, operation, witness");
    }
    Bank.open(connection);
  }
}
