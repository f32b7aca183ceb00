package io.baton.benchmarks.cutover;

import com.zaxxer.hikari.HikariDataSource;
import io.baton.BatonCutover;
import io.baton.CutoverResult;
import io.baton.testkit.LogicalReplication;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * One cut over of a pool at work, between clusters that are made for it. Used by one thread, once.
 *
 * @param from the version to leave
 * @param sessions how many connections the pool has, and threads that use them
 * @param rate how many transfers all threads make in a second; 0 for as many as they can
 */
record CutoverRound(PostgresVersion from, int sessions, int rate) {

  private static final String TABLES =
      "create table account (id int primary key, balance bigint not null);"
          + " create table operation (id bigint generated always as identity primary key,"
          + " what text)";

  private static final int ACCOUNTS = 200;
  private static final int WARM_UP = 50;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /**
   * What it took.
   *
   * @param longestBefore the longest that one transfer took while sessions were prepared, in
   *     nanoseconds
   * @param longest the longest that one took from the closing of the gate on, from asking the pool
   *     to the return of the commit
   */
  record Taken(CutoverResult result, long longestBefore, long longest, int operations) {}

  Taken run() throws SQLException, InterruptedException {
    try (PostgresCluster old =
            PostgresCluster.builder()
                .version(from)
                .setting("wal_level", "logical")
                .setting("max_connections", "300")
                .start();
        PostgresCluster successor =
            PostgresCluster.builder().setting("max_connections", "300").start()) {
      for (PostgresCluster cluster : List.of(old, successor)) {
        execute(cluster, TABLES);
      }
      execute(
          old,
          "insert into account select i, 1000 from generate_series(1, %d) i".formatted(ACCOUNTS));
      LogicalReplication.start(old, successor);
      return cutOver(old, successor);
    }
  }

  private static void execute(PostgresCluster cluster, String sql) throws SQLException {
    try (Connection direct = cluster.primary().connect();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  private Taken cutOver(PostgresCluster old, PostgresCluster successor)
      throws SQLException, InterruptedException {
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger done = new AtomicInteger();
    AtomicBoolean gated = new AtomicBoolean();
    AtomicLong longestBefore = new AtomicLong();
    AtomicLong longest = new AtomicLong();
    Queue<String> errors = new ConcurrentLinkedQueue<>();
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(old.jdbcUrl("jdbc:baton:postgresql:") + "?baton.cutoverPause=60s");
      pool.setUsername(old.user());
      pool.setPassword(old.password());
      pool.setMaximumPoolSize(sessions);
      pool.setAutoCommit(false);
      List<Thread> threads = new ArrayList<>();
      for (int worker = 0; worker < sessions; worker++) {
        int first = worker;
        Thread thread =
            new Thread(
                () -> {
                  try {
                    long started = System.nanoTime();
                    for (int number = 0; !over.get(); number++) {
                      rest(started, (long) number * sessions + first);
                      long began = System.nanoTime();
                      transfer(pool, first, number);
                      (gated.get() ? longest : longestBefore)
                          .accumulateAndGet(System.nanoTime() - began, Math::max);
                      done.incrementAndGet();
                    }
                  } catch (SQLException | RuntimeException failure) {
                    errors.add(failure.toString());
                  }
                });
        threads.add(thread);
        thread.start();
      }
      await(done, errors, WARM_UP * sessions);
      while (pool.getHikariPoolMXBean().getTotalConnections() < sessions) {
        await(done, errors, done.get() + sessions); // It is filled one by one.
      }
      longestBefore.set(0);
      CutoverResult result =
          BatonCutover.to(successor.hosts())
              .prepareTime(PATIENCE)
              .pause(LONGEST)
              .run(
                  superuser(old),
                  superuser(successor),
                  stage -> gated.compareAndSet(false, stage.equals("gated")));
      await(done, errors, done.get() + 2 * sessions);
      over.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
      if (!errors.isEmpty()) {
        throw new IllegalStateException(errors.toString());
      }
      requireAll(result.opened() ? successor : old, done.get());
      return new Taken(result, longestBefore.get(), longest.get(), done.get());
    }
  }

  /** Waits until it is time for a transfer, before which there are others of all threads. */
  private void rest(long started, long before) {
    if (rate > 0) {
      long due = started + before * TimeUnit.SECONDS.toNanos(1) / rate;
      LockSupport.parkNanos(due - System.nanoTime());
    }
  }

  private static void await(AtomicInteger done, Queue<String> errors, int wanted)
      throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (done.get() < wanted) {
      if (!errors.isEmpty() || System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("Only " + done + " transfers of " + wanted + ": " + errors);
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  private static void transfer(HikariDataSource pool, int worker, int number) throws SQLException {
    int source = 1 + (worker * 31 + number) % ACCOUNTS;
    int target = 1 + (source + worker + number * 7) % ACCOUNTS;
    try (Connection connection = pool.getConnection();
        PreparedStatement move =
            connection.prepareStatement("update account set balance = balance + ? where id = ?");
        PreparedStatement note =
            connection.prepareStatement("insert into operation (what) values (?)")) {
      for (int account : new int[] {Math.min(source, target), Math.max(source, target)}) {
        move.setInt(1, account == source ? -1 : 1);
        move.setInt(2, account);
        move.executeUpdate();
      }
      note.setString(1, worker + "-" + number);
      note.executeUpdate();
      connection.commit();
    }
  }

  private static void requireAll(PostgresCluster present, int done) throws SQLException {
    try (Connection direct = superuser(present).getConnection();
        Statement query = direct.createStatement();
        ResultSet row =
            query.executeQuery("select count(*), count(distinct what) from operation")) {
      row.next();
      if (row.getInt(1) != done || row.getInt(2) != done) {
        throw new IllegalStateException(
            "%d transfers were acknowledged, and %d are there, of which %d differ"
                .formatted(done, row.getInt(1), row.getInt(2)));
      }
    }
  }

  private static PGSimpleDataSource superuser(PostgresCluster cluster) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setServerNames(new String[] {cluster.primary().directHost()});
    source.setPortNumbers(new int[] {cluster.primary().directPort()});
    source.setDatabaseName(cluster.database());
    source.setUser(cluster.superuser());
    source.setPassword(cluster.superuserPassword());
    return source;
  }
}
