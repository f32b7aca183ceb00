package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.TestLength;
import io.baton.testkit.junit.PostgresTest;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Eight workers count, through a pool, while servers fail by chance, for as long as {@code
 * -Dbaton.test.soakSeconds} says: half a minute in the profile {@code campaign}, 900 for a soak.
 * The heap, the threads and the sockets of the JVM are in the second half what they were in the
 * first, each count is right, and no call fails.
 */
@Tag("campaign")
@PostgresTest(standbys = 2, synchronous = true)
class SoakTest {

  private static final int WORKERS = 8;
  private static final Duration LENGTH =
      Duration.ofSeconds(TestLength.of("baton.test.soakSeconds", 30, 30));
  private static final List<ServerFault> FAULTS = List.of(ServerFault.values());
  private static final long SEED = Long.getLong("baton.test.seed", System.nanoTime());

  /** What each measure may grow by, whatever the length. */
  private static final long MORE_BYTES = 6 << 20;

  /** Probes have a thread for each server while there is something to find out. */
  private static final int MORE_THREADS = 6;

  private static final int MORE_FILES = 8;

  /** Of one second each, that must be alike: longer than connections that wait are looked over. */
  private static final int SAMPLES = 12;

  /** What the JVM has at a quiet moment. */
  private record Usage(long heapBytes, long threads, long files) {

    static Usage now() {
      System.gc();
      UnixOperatingSystemMXBean system =
          (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      return new Usage(
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
          Thread.getAllStackTraces().keySet().stream().filter(Usage::isOurs).count(),
          system.getOpenFileDescriptorCount());
    }

    /** Those of the faults and servers are the testkit's. */
    private static boolean isOurs(Thread thread) {
      return !thread.getName().startsWith("fault-proxy")
          && !thread.getName().startsWith("process reaper");
    }

    /** The least of each: between two collections the heap has more. */
    Usage least(Usage other) {
      return new Usage(
          Math.min(heapBytes, other.heapBytes),
          Math.min(threads, other.threads),
          Math.min(files, other.files));
    }
  }

  private final PostgresCluster cluster;
  private final Random random = new Random(SEED);
  private final AtomicBoolean over = new AtomicBoolean();
  private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
  private final List<AtomicLong> counts = new ArrayList<>();

  SoakTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  private void count(HikariDataSource pool, int id, AtomicLong mine) {
    try {
      while (!over.get()) {
        try (Connection connection = pool.getConnection();
            Statement statement = connection.createStatement()) {
          connection.setAutoCommit(false);
          assertThat(Sql.ask(connection, "select n from soak where id = " + id))
              .isEqualTo("" + mine.get());
          statement.executeUpdate("update soak set n = n + 1 where id = " + id);
          connection.commit();
          mine.incrementAndGet();
        }
      }
    } catch (SQLException | AssertionError failure) {
      errors.add(failure);
    }
  }

  private HikariDataSource pool() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.heartbeat=200ms");
    config.setUsername(cluster.user());
    config.setPassword(cluster.password());
    config.setMaximumPoolSize(WORKERS);
    config.setConnectionTimeout(60_000);
    return new HikariDataSource(config);
  }

  private void awaitProgress(String after) {
    for (AtomicLong mine : counts) {
      long before = mine.get();
      Awaitility.await(after + ", seed " + SEED)
          .atMost(Duration.ofSeconds(60))
          .until(() -> mine.get() > before + 1 || !errors.isEmpty());
    }
  }

  private void strike(Duration length) {
    long end = System.nanoTime() + length.toNanos();
    do {
      ServerFault fault = FAULTS.get(random.nextInt(FAULTS.size()));
      fault.strike(cluster);
      awaitProgress("after " + fault);
      cluster.repair();
      awaitProgress("after the repair");
    } while (System.nanoTime() < end && errors.isEmpty());
  }

  /**
   * The usage once it rests: after a repair, connections that wait at the standbys, and threads
   * that look for servers, come and go for some seconds. What leaks does not go.
   */
  private Usage settled() {
    Deque<Usage> latest = new ArrayDeque<>();
    Awaitility.await("the usage at rest, seed " + SEED)
        .pollInterval(Duration.ofSeconds(1))
        .atMost(Duration.ofSeconds(90))
        .until(
            () -> {
              latest.addLast(Usage.now());
              if (latest.size() > SAMPLES) {
                latest.removeFirst();
              }
              return latest.size() == SAMPLES
                  && spread(latest, Usage::threads) <= 1
                  && spread(latest, Usage::files) <= 3;
            });
    return latest.stream().reduce(Usage::least).orElseThrow();
  }

  private static long spread(Deque<Usage> of, ToLongFunction<Usage> measure) {
    LongSummaryStatistics all = of.stream().mapToLong(measure).summaryStatistics();
    return all.getMax() - all.getMin();
  }

  @Test
  void heapThreadsAndSockets_throughFaultsByChance_stayAsTheyAre() throws Exception {
    try (Connection direct = cluster.primary().connect()) {
      Sql.execute(direct, "create table soak (id int primary key, n bigint not null)");
      Sql.execute(
          direct, "insert into soak select i, 0 from generate_series(1, " + WORKERS + ") i");
    }
    List<Thread> threads = new ArrayList<>();
    try (HikariDataSource pool = pool()) {
      for (int id = 1; id <= WORKERS; id++) {
        int row = id;
        AtomicLong mine = new AtomicLong();
        counts.add(mine);
        threads.add(new Thread(() -> count(pool, row, mine), "soak " + id));
      }
      threads.forEach(Thread::start);
      try {
        strike(LENGTH.dividedBy(2));
        Usage first = settled();
        strike(LENGTH.dividedBy(2));
        Usage second = settled();
        System.out.println("Soak of " + LENGTH + ": " + first + ", then " + second);

        assertThat(errors).as("seed " + SEED).isEmpty();
        assertThat(second.heapBytes()).isLessThan(first.heapBytes() + MORE_BYTES);
        assertThat(second.threads()).isLessThanOrEqualTo(first.threads() + MORE_THREADS);
        assertThat(second.files()).isLessThanOrEqualTo(first.files() + MORE_FILES);
      } finally {
        over.set(true);
        for (Thread thread : threads) {
          thread.join();
        }
      }
    }
    try (Connection direct = cluster.primary().connect()) {
      for (int id = 1; id <= WORKERS; id++) {
        assertThat(Sql.ask(direct, "select n from soak where id = " + id))
            .isEqualTo("" + counts.get(id - 1).get());
      }
    }
  }
}
