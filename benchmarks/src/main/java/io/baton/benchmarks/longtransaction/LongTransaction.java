package io.baton.benchmarks.longtransaction;

import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Heap;
import io.baton.benchmarks.harness.Server;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * One transaction of many statements, which then reads many rows, and whose backend is ended at
 * last.
 *
 * <p>What lives on the heap is measured while the transaction is open.
 *
 * @param statements how many statements write a row each
 * @param rows how many rows are read, {@value #FETCH_SIZE} at a time
 */
record LongTransaction(int statements, int rows) {

  private static final int FETCH_SIZE = 1000;

  private static final String WRITE =
      "insert into long_transaction (id, label, amount) values (?, ?, ?)";

  private static final String READ =
      "select i, 'row number ' || i, i * 3 from generate_series(1, %d) i";

  static void prepare(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("drop table if exists long_transaction");
      statement.execute(
          "create table long_transaction (id int primary key, label text, amount numeric)");
    }
  }

  /** Runs it to its end, and undoes it. */
  Findings run(Contestant contestant, Server server) throws SQLException, InterruptedException {
    try (Connection connection = contestant.connect(server);
        Connection administrator = contestant.connect(server)) {
      int backend = number(connection, "select pg_backend_pid()");
      connection.setAutoCommit(false);
      long before = Heap.usedBytes();
      long began = System.nanoTime();
      write(connection);
      long statementNanos = System.nanoTime() - began;
      long afterStatements = Heap.usedBytes();
      began = System.nanoTime();
      read(connection);
      long rowNanos = System.nanoTime() - began;
      long afterRows = Heap.usedBytes();
      number(administrator, "select pg_terminate_backend(" + backend + ", 5000)::int");
      began = System.nanoTime();
      String end = end(connection);
      long endNanos = System.nanoTime() - began;
      return new Findings(
          contestant,
          statementNanos,
          afterStatements - before,
          rowNanos,
          afterRows - afterStatements,
          endNanos,
          end);
    }
  }

  private void write(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
      for (int i = 0; i < statements; i++) {
        statement.setInt(1, i);
        statement.setString(2, "the label of row " + i);
        statement.setLong(3, 100L * i);
        statement.executeUpdate();
      }
    }
  }

  private void read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(FETCH_SIZE);
      try (ResultSet result = statement.executeQuery(READ.formatted(rows))) {
        long sum = 0;
        while (result.next()) {
          sum += result.getInt(1) + result.getString(2).length() + result.getLong(3);
        }
        if (sum == 0) {
          throw new IllegalStateException("no rows");
        }
      }
    }
  }

  /** What a statement ends with that comes after the loss of the connection. */
  private static String end(Connection connection) throws SQLException {
    String end;
    try {
      number(connection, "select 1");
      end = "goes on";
    } catch (SQLException lost) {
      end = String.valueOf(lost.getSQLState());
    }
    if (!connection.isClosed()) {
      connection.rollback();
    }
    return end;
  }

  private static int number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getInt(1);
    }
  }
}
