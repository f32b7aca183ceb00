package io.baton.benchmarks.application;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.baton.benchmarks.harness.ChildJvm;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * A JVM that is one application: some terminals, each with a thread and a connection for good. Told
 * {@code run <milliseconds>}, it works for so long and says what it did: {@link Stretch}.
 */
public final class ApplicationFork {

  /** What it says when all terminals are connected, with the milliseconds that took. */
  static final String CONNECTED = "connected";

  static final String RUN = "run ";

  static final String END = "end";

  private static final int DIGITS = 3;

  /** Held, since a logger that nobody holds forgets its level. */
  private static final Logger AWS_LOGGER = Logger.getLogger("software.amazon.jdbc");

  private final Workload workload;
  private final List<Terminal> terminals = new ArrayList<>();
  private final Recorder latencies = new Recorder(DIGITS);
  private final AtomicInteger errors = new AtomicInteger();

  private ApplicationFork(Workload workload) {
    this.workload = workload;
  }

  /** The argument is the file of an {@link ApplicationOrder}. */
  public static void main(String[] arguments)
      throws IOException, SQLException, InterruptedException {
    AWS_LOGGER.setLevel(Level.SEVERE);
    BlockingQueue<String> orders = new LinkedBlockingQueue<>();
    ChildJvm.listenToParent(orders::add);
    ApplicationOrder order = ApplicationOrder.read(Path.of(arguments[0]));
    ApplicationFork application = new ApplicationFork(order.resolveWorkload());
    long began = System.nanoTime();
    for (int i = 0; i < order.terminals(); i++) {
      Connection connection = order.resolveContestant().connect(order.server());
      connection.setAutoCommit(false);
      application.terminals.add(application.new Terminal(connection, i));
    }
    System.out.println(CONNECTED + " " + millis(System.nanoTime() - began));
    for (; ; ) {
      String said = orders.take();
      if (said.equals(END)) {
        System.exit(0); // Monitors of contestants may be threads that would keep the JVM.
      }
      Stretch stretch = application.run(Long.parseLong(said.substring(RUN.length())));
      System.out.println(stretch.line());
    }
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  private Stretch run(long millis) throws InterruptedException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    latencies.reset();
    errors.set(0);
    long cpu = system.getProcessCpuTime();
    long compiled = ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
    long began = System.nanoTime();
    long end = began + TimeUnit.MILLISECONDS.toNanos(millis);
    CountDownLatch running = new CountDownLatch(terminals.size());
    long bytes = 0;
    for (Terminal terminal : terminals) {
      bytes -= terminal.allocated;
      terminal.orders.add(new Stint(end, running));
    }
    running.await();
    long took = System.nanoTime() - began;
    for (Terminal terminal : terminals) {
      bytes += terminal.allocated;
    }
    Histogram histogram = latencies.getIntervalHistogram();
    double count = Math.max(1, histogram.getTotalCount());
    return new Stretch(
        count * TimeUnit.SECONDS.toNanos(1) / took,
        histogram.getValueAtPercentile(50) / 1_000.0,
        histogram.getValueAtPercentile(99) / 1_000.0,
        (system.getProcessCpuTime() - cpu) / 1_000.0 / count,
        bytes / count,
        ManagementFactory.getCompilationMXBean().getTotalCompilationTime() - compiled,
        errors.get());
  }

  /** A stretch of work for a terminal: until when, and whom to tell. */
  private record Stint(long end, CountDownLatch running) {}

  private final class Terminal implements Runnable {

    private final BlockingQueue<Stint> orders = new LinkedBlockingQueue<>();
    private final Connection connection;
    private final Random random;

    /** What its thread has allocated so far; told at the end of a stint. */
    private volatile long allocated;

    Terminal(Connection connection, int number) {
      this.connection = connection;
      this.random = new Random(number);
      Thread thread = new Thread(this, "terminal-" + number);
      thread.setDaemon(true);
      thread.start();
    }

    @Override
    public void run() {
      try {
        for (; ; ) {
          Stint stint = orders.take();
          while (System.nanoTime() - stint.end() < 0) {
            work();
          }
          allocated =
              ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
          stint.running().countDown();
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    private void work() {
      long began = System.nanoTime();
      try {
        workload.work(connection, random);
        latencies.recordValue(System.nanoTime() - began);
      } catch (SQLException failure) {
        errors.incrementAndGet();
        rollBack();
      }
    }

    private void rollBack() {
      try {
        connection.rollback();
      } catch (SQLException failure) {
        System.err.println(failure);
      }
    }
  }
}
