package io.baton.benchmarks.failover;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.baton.benchmarks.harness.ChildJvm;
import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Server;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import software.amazon.jdbc.ds.AwsWrapperDataSource;

/**
 * The application that is led through a failover: a JVM of its own, with a pool and workers.
 *
 * <p>It says {@link #READY} when all workers work. Once told {@link #RECOVERED} it says {@link
 * #WELL} as soon as every worker has had an operation acknowledged that began after it was told. On
 * {@link #STOP} it writes its {@link Journal} and ends, whatever its workers are waiting for.
 */
public final class Application {
  static final String READY = "ready";
  static final String RECOVERED = "recovered";
  static final String WELL = "well";
  static final String STOP = "stop";

  /** Held, since a logger that nobody holds forgets its level. */
  private static final Logger AWS_LOGGER = Logger.getLogger("software.amazon.jdbc");

  private static final int WORKERS = 8;
  private static final long NUMBERS_PER_WORKER = 1_000_000;
  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(1);

  private final BlockingQueue<String> orders = new LinkedBlockingQueue<>();
  private final Journal journal = new Journal();
  private final List<Worker> workers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  private Application() {}

  /**
   * The argument is a file of properties: a {@link Server}, the contestant's name, the first number
   * of operations, and where the journal goes.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(arguments[0]))) {
      properties.load(reader);
    }
    AWS_LOGGER.setLevel(Level.SEVERE);
    new Application().run(properties);
    System.exit(0);
  }

  private void run(Properties properties) throws IOException, InterruptedException {
    ChildJvm.listenToParent(orders::add);
    Contestant contestant = Contestants.forFailover(properties.getProperty("contestant"));
    HikariDataSource pool = new HikariDataSource(configure(contestant, Server.from(properties)));
    start(pool, Long.parseLong(properties.getProperty("firstNumber")));
    awaitAll(began -> began > 0);
    System.out.println(READY);
    while (true) {
      String order = orders.take();
      if (order.equals(STOP)) {
        stop();
        journal.write(Path.of(properties.getProperty("journal")), openNumbers());
        return;
      }
      if (order.equals(RECOVERED)) {
        long told = WallClock.now();
        awaitAll(began -> began >= told);
        System.out.println(WELL);
      }
    }
  }

  /** As each driver's own documentation has it for HikariCP; all else is the pool's default. */
  private static HikariConfig configure(Contestant contestant, Server server) {
    HikariConfig configuration = new HikariConfig();
    configuration.setMaximumPoolSize(WORKERS);
    configuration.setAutoCommit(false);
    configuration.setUsername(server.user());
    configuration.setPassword(server.password());
    if (contestant.isAws()) {
      configuration.setDataSourceClassName(AwsWrapperDataSource.class.getName());
      configuration.addDataSourceProperty("jdbcUrl", contestant.url(server));
      configuration.setExceptionOverrideClassName("software.amazon.jdbc.util.HikariCPSQLException");
    } else {
      configuration.setJdbcUrl(contestant.url(server));
    }
    return configuration;
  }

  private void start(HikariDataSource pool, long firstNumber) {
    for (int i = 0; i < WORKERS; i++) {
      Worker worker = new Worker(i, pool, journal, firstNumber + i * NUMBERS_PER_WORKER);
      Thread thread = new Thread(worker, "worker-" + i);
      thread.setDaemon(true);
      workers.add(worker);
      threads.add(thread);
      thread.start();
    }
  }

  /** Waits until it is so for the last operation of every worker, or an order has come. */
  private void awaitAll(LongPredicate settled) throws InterruptedException {
    while (!workers.stream().mapToLong(Worker::settledBegan).allMatch(settled)
        && orders.isEmpty()) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  private void stop() throws InterruptedException {
    workers.forEach(Worker::stop);
    long deadline = System.nanoTime() + PATIENCE_AT_THE_END.toNanos();
    for (Thread thread : threads) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      thread.join(Math.max(1, left));
    }
  }

  /** The numbers of the operations that workers were still at. */
  private List<Long> openNumbers() {
    return workers.stream()
        .filter(worker -> threads.get(workers.indexOf(worker)).isAlive())
        .map(Worker::number)
        .collect(Collectors.toUnmodifiableList());
  }
}
