package io.baton.benchmarks.reads;

import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Server;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Threads that read as fast as they are answered, each on a connection of its own. */
final class Crowd implements AutoCloseable {
  /**
   * Each server answers one such read after the other, so that its work is what limits it, and not
   * the processors that all servers of a benchmark share.
   */
  private static final String READ =
      "select pg_advisory_xact_lock(1), pg_sleep(0.004), inet_server_port()";

  private final List<Connection> connections = new ArrayList<>();
  private final ExecutorService threads;
  private final Map<Integer, LongAdder> answers = new ConcurrentHashMap<>();

  Crowd(Contestant contestant, Server server, int size) throws SQLException {
    threads = Executors.newFixedThreadPool(size);
    for (int i = 0; i < size; i++) {
      Connection connection = contestant.connect(server);
      connection.setReadOnly(true);
      connections.add(connection);
    }
  }

  /** Has all read for a time, and says how many reads each server has answered, by its port. */
  Map<Integer, Long> read(long millis) throws Exception {
    answers.clear();
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    List<Future<?>> running = new ArrayList<>();
    for (Connection connection : connections) {
      running.add(
          threads.submit(
              () -> {
                read(connection, end);
                return null;
              }));
    }
    for (Future<?> reader : running) {
      reader.get();
    }
    Map<Integer, Long> counts = new ConcurrentHashMap<>();
    answers.forEach((port, count) -> counts.put(port, count.sum()));
    return counts;
  }

  private void read(Connection connection, long end) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(READ)) {
      while (System.nanoTime() - end < 0) {
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          answers.computeIfAbsent(row.getInt(3), port -> new LongAdder()).increment();
        }
      }
    }
  }

  @Override
  public void close() throws SQLException {
    threads.shutdownNow();
    for (Connection connection : connections) {
      connection.close();
    }
  }
}
