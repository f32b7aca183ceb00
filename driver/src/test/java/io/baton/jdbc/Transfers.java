package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;

/**
 * Workers that transfer money between the accounts of a bank while something happens to its
 * servers, each transfer with a number of its own; and the account that is taken afterwards:
 * nothing lost, nothing twice, the sums right.
 */
final class Transfers {

  static final int WORKERS = 8;
  static final int ACCOUNTS = 20;
  static final int START = 1000;
  private static final int MOST_ERRORS = 200;

  /** Where the money is. */
  interface Bank extends AutoCloseable {

    /** Moves money in one transaction, and checks what it reads. */
    void transfer(long number, int source, int target, int amount) throws Exception;

    @Override
    void close();
  }

  private final Bank bank;
  private final long seed;
  private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
  private final List<Future<?>> running = new ArrayList<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong numbers = new AtomicLong();
  private final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();

  Transfers(Bank bank, long seed) {
    this.bank = bank;
    this.seed = seed;
  }

  /** Makes the tables anew. */
  static void prepare(Connection direct) throws SQLException {
    try (Statement statement = direct.createStatement()) {
      statement.execute(
          "drop table if exists account, operation;"
              + "create table account (id int primary key, balance int not null);"
              + "create table operation (id bigint, source int, target int, amount int)");
      statement.execute(
          "insert into account select i, %d from generate_series(0, %d) i"
              .formatted(START, ACCOUNTS - 1));
    }
  }

  /** Begins. */
  void start() {
    for (int worker = 0; worker < WORKERS; worker++) {
      Random choice = new Random(seed + worker + 1);
      running.add(workers.submit(() -> work(choice)));
    }
  }

  private void work(Random choice) {
    while (!over.get() && errors.size() < MOST_ERRORS) {
      long number = numbers.incrementAndGet();
      int source = choice.nextInt(ACCOUNTS);
      int target = (source + 1 + choice.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
      try {
        bank.transfer(number, source, target, 1 + choice.nextInt(20));
        acknowledged.add(number);
      } catch (Exception | AssertionError failure) {
        errors.add(number + ": " + failure);
      }
    }
  }

  /** What the application saw of it all, and should not have. */
  Queue<String> errors() {
    return errors;
  }

  private int acknowledged() {
    return acknowledged.size();
  }

  /** Waits until all workers must have got on since now. */
  void awaitProgress(String after, int seconds) {
    int before = acknowledged();
    Awaitility.await(after)
        .atMost(seconds, TimeUnit.SECONDS)
        .until(() -> acknowledged() > before + 20 * WORKERS || errors.size() >= MOST_ERRORS);
  }

  /** Has the workers end. */
  void end() throws Exception {
    over.set(true);
    try {
      for (Future<?> worker : running) {
        worker.get(60, TimeUnit.SECONDS);
      }
    } finally {
      workers.shutdownNow();
      bank.close();
    }
  }

  /** Takes account on the server that has them all. */
  void check(Connection direct) throws SQLException {
    assertThat(held(direct)).as("operations, seed " + seed).isEqualTo(new TreeSet<>(acknowledged));
    assertThat(number(direct, "select sum(balance) from account")).isEqualTo(ACCOUNTS * START);
    assertThat(
            number(
                direct,
                "select count(*) from account a where balance <> "
                    + START
                    + " + coalesce((select sum(amount) from operation where target = a.id), 0)"
                    + " - coalesce((select sum(amount) from operation where source = a.id), 0)"))
        .isZero();
  }

  /** No column tells an operation from its double but its number: no constraint hides a mistake. */
  private static Set<Long> held(Connection direct) throws SQLException {
    Set<Long> held = new TreeSet<>();
    try (Statement statement = direct.createStatement();
        ResultSet rows = statement.executeQuery("select id from operation")) {
      while (rows.next()) {
        assertThat(held.add(rows.getLong(1))).as("%s is there twice", rows.getLong(1)).isTrue();
      }
    }
    return held;
  }

  private static long number(Connection direct, String sql) throws SQLException {
    try (Statement statement = direct.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
