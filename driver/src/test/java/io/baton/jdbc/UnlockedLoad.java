package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.postgresql.PGConnection;

/**
 * Workers that read, without a lock, what the others change all the time: in transactions, which
 * could not be replayed with the same result, and outside of them, beside writes of which nobody
 * could tell whether they took place.
 */
final class UnlockedLoad {

  private static final int WORKERS = 8;

  private final Callable<Connection> connections;
  private final List<Thread> workers = new ArrayList<>();
  private final AtomicLong[] counts = new AtomicLong[WORKERS];
  private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicLong lastWrite = new AtomicLong();
  private final AtomicLong longestGap = new AtomicLong();
  private final AtomicLong longestCall = new AtomicLong();

  /** When a server was promoted of which nobody has been told the first write; 0 if none was. */
  private final AtomicLong promotedAt = new AtomicLong();

  private final AtomicLong firstWrite = new AtomicLong();

  UnlockedLoad(Callable<Connection> connections) {
    this.connections = connections;
  }

  /** Makes the table anew. */
  void prepare(Connection connection) throws SQLException {
    execute(connection, "drop table if exists tally; create table tally (id int, n int)");
    execute(connection, "insert into tally select i, 0 from generate_series(1, 8) i");
  }

  /** Begins. */
  void start() throws Exception {
    for (int i = 0; i < WORKERS; i++) {
      int id = i + 1;
      AtomicLong count = new AtomicLong();
      counts[i] = count;
      Connection connection = connections.call();
      workers.add(new Thread(() -> work(connection, id, count)));
    }
    lastWrite.set(System.nanoTime());
    workers.forEach(Thread::start);
  }

  private void work(Connection connection, int id, AtomicLong count) {
    try (connection;
        PreparedStatement update =
            connection.prepareStatement("update tally set n = n + 1 where id = ?")) {
      update.setInt(1, id);
      // With pauses: the machine is not to be the bottleneck.
      while (!over.await(3, TimeUnit.MILLISECONDS) && errors.isEmpty()) {
        long began = System.nanoTime();
        connection.setAutoCommit(false);
        if (id == 1) {
          // Begins its transaction past what Baton sees.
          connection.unwrap(PGConnection.class).getLargeObjectAPI().createLO();
        }
        ask(connection, "select sum(n) from tally");
        assertThat(update.executeUpdate()).isEqualTo(1);
        ask(connection, "select max(n) from tally");
        connection.commit();
        wrote(count, began);
        connection.setAutoCommit(true);
        ask(connection, "select sum(n) from tally");
        began = System.nanoTime();
        assertThat(update.executeUpdate()).isEqualTo(1);
        wrote(count, began);
      }
    } catch (SQLException | AssertionError | InterruptedException failure) {
      errors.add(failure);
    }
  }

  private void wrote(AtomicLong count, long began) {
    long now = System.nanoTime();
    count.incrementAndGet();
    longestCall.accumulateAndGet(now - began, Math::max);
    long promoted = promotedAt.get();
    if (promoted != 0 && promotedAt.compareAndSet(promoted, 0)) {
      firstWrite.set(now - promoted);
    }
    longestGap.accumulateAndGet(now - lastWrite.getAndSet(now), Math::max);
  }

  /** Waits until every worker has got on since now. */
  void awaitProgress() {
    for (AtomicLong count : counts) {
      long before = count.get();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> count.get() > before + 4 || !errors.isEmpty());
    }
  }

  /** Waits, past Baton, until a standby is promoted. */
  void awaitPromotion(Connection toStandby) throws SQLException {
    while (errors.isEmpty() && ask(toStandby, "select pg_is_in_recovery()").equals("t")) {
      Thread.onSpinWait();
    }
    promotedAt.set(System.nanoTime());
  }

  /** How long nothing was written since this was last asked, and the longest that one waited. */
  String pauses() {
    long afterPromotion = firstWrite.getAndSet(0) / 1_000_000;
    return "no write for %d ms%s; one waited for %d ms"
        .formatted(
            longestGap.getAndSet(0) / 1_000_000,
            afterPromotion == 0 ? "" : ", until " + afterPromotion + " ms after the promotion",
            longestCall.getAndSet(0) / 1_000_000);
  }

  /** Has the workers end. */
  void end() throws InterruptedException {
    over.countDown();
    for (Thread worker : workers) {
      worker.join();
    }
  }

  /** What the application should not have seen. */
  Queue<Throwable> errors() {
    return errors;
  }

  /** Every write is there once. */
  void check(Connection connection) throws SQLException {
    for (int i = 0; i < WORKERS; i++) {
      assertThat(ask(connection, "select n from tally where id = " + (i + 1)))
          .isEqualTo(String.valueOf(counts[i].get()));
    }
  }
}
