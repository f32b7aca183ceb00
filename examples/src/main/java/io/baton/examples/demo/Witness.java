package io.baton.examples.demo;

import io.baton.testkit.PostgresNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * An onlooker who notes when a new primary has acknowledged its first write. It is connected to
 * every standby before the event, by plain pgjdbc, and so knows the soonest moment at which any
 * client could have been back.
 *
 * <p>Used by one thread; it has a thread of its own for each standby.
 */
final class Witness implements AutoCloseable {
  private static final long POLL_NANOS = 2_000_000;
  private static final long NEVER = -1;

  private final RunClock clock;
  private final List<Connection> connections = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong firstWrite = new AtomicLong(NEVER);
  private volatile boolean closed;

  private Witness(RunClock clock) {
    this.clock = clock;
  }

  static Witness of(List<PostgresNode> standbys, RunClock clock) throws SQLException {
    Witness witness = new Witness(clock);
    try {
      for (PostgresNode standby : standbys) {
        if (standby.isRunning()) {
          witness.watch(standby.name(), standby.connect());
        }
      }
      return witness;
    } catch (SQLException e) {
      witness.close();
      throw e;
    }
  }

  /** When the first write on a new primary was acknowledged, if it was. */
  OptionalLong firstWriteNanos() {
    long nanos = firstWrite.get();
    return nanos == NEVER ? OptionalLong.empty() : OptionalLong.of(nanos);
  }

  @Override
  public void close() {
    closed = true;
    for (Thread thread : threads) {
      try {
        thread.join(1_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    for (Connection connection : connections) {
      try {
        connection.close();
      } catch (SQLException e) {
        // It was to a server that has gone since; there is nothing left to close.
      }
    }
  }

  private void watch(String name, Connection connection) {
    connections.add(connection);
    Thread thread = new Thread(() -> awaitPromotion(connection), "witness of " + name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private void awaitPromotion(Connection connection) {
    try (Statement statement = connection.createStatement()) {
      while (!closed && firstWrite.get() == NEVER) {
        if (isWritable(statement)) {
          statement.execute("insert into witness values (clock_timestamp())");
          firstWrite.compareAndSet(NEVER, clock.now());
          return;
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    } catch (SQLException e) {
      // This standby went down; another one is watched by another thread.
    }
  }

  private static boolean isWritable(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery("select not pg_is_in_recovery()")) {
      rows.next();
      return rows.getBoolean(1);
    }
  }
}
