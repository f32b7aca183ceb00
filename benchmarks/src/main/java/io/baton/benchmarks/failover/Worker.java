package io.baton.benchmarks.failover;

import io.baton.benchmarks.failover.Journal.Acknowledged;
import io.baton.benchmarks.failover.Journal.Trouble;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * One thread of the application: transfers, each in a transaction of its own, each under a number
 * of its own.
 *
 * <p>What fails before the commit is run again under the same number. What fails in the commit and
 * leaves its outcome open is counted and left, for the database to be asked about at the end.
 */
final class Worker implements Runnable {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int ACCOUNTS = 1000;

  private final int id;
  private final DataSource pool;
  private final Journal journal;
  private long number;
  private volatile long settledBegan;
  private volatile boolean stopping;

  Worker(int id, DataSource pool, Journal journal, long firstNumber) {
    this.id = id;
    this.pool = pool;
    this.journal = journal;
    this.number = firstNumber;
  }

  /** When the operation that was acknowledged last had begun; 0 if there is none. */
  long settledBegan() {
    return settledBegan;
  }

  void stop() {
    stopping = true;
  }

  @Override
  public void run() {
    while (!stopping) {
      settle();
      number++;
      LockSupport.parkNanos(PAUSE);
    }
  }

  private void settle() {
    long began = WallClock.now();
    while (!stopping) {
      Outcome outcome = attempt();
      if (outcome == Outcome.COMMITTED) {
        journal.acknowledged(new Acknowledged(id, number, began, WallClock.now()));
        settledBegan = began;
        return;
      }
      if (outcome == Outcome.IN_DOUBT) {
        return;
      }
    }
    journal.givenUp(number);
  }

  private enum Outcome {
    COMMITTED,
    NOT_COMMITTED,
    IN_DOUBT
  }

  private Outcome attempt() {
    try (Connection connection = pool.getConnection()) {
      boolean committing = false;
      try {
        transfer(connection);
        committing = true;
        connection.commit();
        return Outcome.COMMITTED;
      } catch (SQLException e) {
        boolean inDoubt = committing && leavesOpen(e);
        trouble(e, inDoubt);
        rollBack(connection, e);
        return inDoubt ? Outcome.IN_DOUBT : Outcome.NOT_COMMITTED;
      }
    } catch (SQLException e) {
      trouble(e, false);
      return Outcome.NOT_COMMITTED;
    }
  }

  private void transfer(Connection connection) throws SQLException {
    int source = (int) (number * 7 % ACCOUNTS);
    int target = (int) ((number * 7 + 13) % ACCOUNTS);
    try (PreparedStatement select =
            connection.prepareStatement("select balance from account where id = ?");
        PreparedStatement update =
            connection.prepareStatement("update account set balance = balance + ? where id = ?");
        PreparedStatement insert =
            connection.prepareStatement("insert into operation (number) values (?)")) {
      select.setInt(1, source);
      try (ResultSet result = select.executeQuery()) {
        result.next();
      }
      insert.setLong(1, number);
      insert.executeUpdate();
      // In one order for all, so that workers never wait for each other in a circle.
      add(update, Math.min(source, target), source < target ? -1 : 1);
      add(update, Math.max(source, target), source < target ? 1 : -1);
    }
  }

  private static void add(PreparedStatement update, int account, int amount) throws SQLException {
    update.setInt(1, amount);
    update.setInt(2, account);
    update.executeUpdate();
  }

  private void trouble(SQLException exception, boolean inDoubt) {
    String state = exception.getSQLState();
    journal.trouble(
        new Trouble(
            id,
            number,
            WallClock.now(),
            inDoubt,
            state == null ? "-----" : state,
            exception.toString()));
  }

  /** Whether a failed commit may have happened: not where the server itself refused it. */
  private static boolean leavesOpen(SQLException exception) {
    String state = exception.getSQLState();
    return state == null || state.startsWith("08") || state.startsWith("57P");
  }

  private static void rollBack(Connection connection, SQLException cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // The connection is broken, which the first exception has told.
      cause.addSuppressed(e);
    }
  }

  long number() {
    return number;
  }
}
