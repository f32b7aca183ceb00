package io.baton.jdbc;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** Sessions at work that move money between accounts, each operation noted under its own name. */
final class NotedTransfers {

  private final AtomicBoolean over = new AtomicBoolean();
  private final Queue<String> done = new ConcurrentLinkedQueue<>();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();

  /** Begins, with one thread for each connection. */
  static NotedTransfers begin(List<Connection> connections) {
    NotedTransfers transfers = new NotedTransfers();
    for (Connection connection : connections) {
      int worker = transfers.threads.size();
      Thread thread = new Thread(() -> transfers.work(connection, worker), "transfers " + worker);
      transfers.threads.add(thread);
      thread.start();
    }
    return transfers;
  }

  /** How many operations are acknowledged. */
  int done() {
    return done.size();
  }

  /** What went wrong. */
  Queue<String> errors() {
    return errors;
  }

  /** Lets each end its operation. */
  void end() throws InterruptedException {
    over.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void work(Connection connection, int worker) {
    try {
      connection.setAutoCommit(false);
      for (int number = 0; !over.get(); number++) {
        transfer(connection, worker, number);
        done.add(worker + "-" + number);
      }
      connection.setAutoCommit(true);
    } catch (SQLException | RuntimeException failure) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace));
      errors.add("worker " + worker + ": " + trace);
    }
  }

  private static void transfer(Connection connection, int worker, int number) throws SQLException {
    int from = 1 + (number + worker) % 20;
    int to = 1 + (number * 7 + worker + 3) % 20;
    try (PreparedStatement move =
            connection.prepareStatement("update account set balance = balance + ? where id = ?");
        PreparedStatement note =
            connection.prepareStatement("insert into operation values (?, ?, ?)");
        PreparedStatement entry =
            connection.prepareStatement(
                "insert into entry (what) values (?)", new String[] {"id"})) {
      for (int account : new int[] {Math.min(from, to), Math.max(from, to)}) {
        move.setLong(1, account == from ? -1 : 1);
        move.setInt(2, account);
        if (from != to) {
          move.executeUpdate();
        }
      }
      note.setString(1, worker + "-" + number);
      note.setInt(2, worker);
      note.setInt(3, number);
      note.executeUpdate();
      entry.setString(1, worker + "-" + number);
      entry.executeUpdate();
      connection.commit();
    }
  }
}
