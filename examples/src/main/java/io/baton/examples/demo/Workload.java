package io.baton.examples.demo;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * The application: a HikariCP pool as its documentation sets one up, and the workers that use it.
 * Nothing in the pool's configuration knows about failover.
 *
 * <p>Started and closed by one thread; the questions may be asked by any.
 */
final class Workload implements AutoCloseable {
  /** How long an operation under way may take to be settled when the run ends. */
  private static final Duration FINISHING = Duration.ofSeconds(10);

  private static final Duration POLL = Duration.ofMillis(5);

  private final HikariDataSource pool;
  private final List<Worker> workers;
  private final List<Thread> threads;
  private final CountDownLatch stop = new CountDownLatch(1);

  private Workload(HikariDataSource pool, int workers, Ledger ledger, RunClock clock) {
    this.pool = pool;
    this.workers =
        IntStream.range(0, workers)
            .mapToObj(id -> new Worker(id, pool, ledger, clock, () -> stop.getCount() == 0))
            .toList();
    this.threads = this.workers.stream().map(Workload::threadOf).toList();
  }

  static Workload start(
      String url, String user, String password, int workers, Ledger ledger, RunClock clock) {
    HikariConfig configuration = new HikariConfig();
    configuration.setPoolName("demo");
    configuration.setJdbcUrl(url);
    configuration.setUsername(user);
    configuration.setPassword(password);
    configuration.setMaximumPoolSize(workers);
    configuration.setAutoCommit(false);
    Workload workload = new Workload(new HikariDataSource(configuration), workers, ledger, clock);
    workload.threads.forEach(Thread::start);
    return workload;
  }

  /**
   * Waits until every worker has settled an operation that it began after the given moment.
   *
   * @return false if that did not come about in time
   */
  boolean awaitAllWell(long sinceNanos, Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (workers.stream().anyMatch(worker -> worker.lastSettledBeganNanos() <= sinceNanos)) {
      if (System.nanoTime() > deadline || stop.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }
    }
    return true;
  }

  /** Lets every worker settle what it is about, and ends them. */
  void finish() throws InterruptedException {
    stop.countDown();
    long deadline = System.nanoTime() + FINISHING.toNanos();
    for (Thread thread : threads) {
      thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
    }
  }

  /** Ends the workers without waiting for what they are about, and closes the pool. */
  @Override
  public void close() {
    stop.countDown();
    threads.forEach(Thread::interrupt);
    pool.close();
  }

  private static Thread threadOf(Worker worker) {
    Thread thread = new Thread(worker, worker.toString());
    thread.setDaemon(true);
    return thread;
  }
}
