package io.baton.benchmarks.scale;

import io.baton.benchmarks.harness.ChildJvm;
import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Contestants;
import io.baton.benchmarks.harness.Heap;
import io.baton.benchmarks.harness.Server;
import java.io.IOException;
import java.io.Reader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A JVM that holds sessions.
 *
 * <p>Says {@link #HELD} with the bytes, threads and milliseconds that they took. Once told {@link
 * #RESTORE} it uses all of them and says {@link #RESTORED} with the milliseconds until the last was
 * usable again, the exceptions that it saw, the sessions it had to open anew, the settings that
 * were lost, and the greatest number of threads there were.
 */
public final class SessionHolder {
  static final String HELD = "held";
  static final String RESTORE = "restore";
  static final String RESTORED = "restored";

  private static final int USERS = 32;

  /** Held, since a logger that nobody holds forgets its level. */
  private static final Logger AWS_LOGGER = Logger.getLogger("software.amazon.jdbc");

  private SessionHolder() {}

  /** The argument is a file of properties: a {@link Server}, the contestant, how many sessions. */
  public static void main(String[] arguments)
      throws IOException, SQLException, InterruptedException {
    AWS_LOGGER.setLevel(Level.SEVERE);
    BlockingQueue<String> orders = new LinkedBlockingQueue<>();
    ChildJvm.listenToParent(orders::add);
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(arguments[0]))) {
      properties.load(reader);
    }
    Server server = Server.from(properties);
    Contestant contestant = Contestants.forFailover(properties.getProperty("contestant"));
    List<Session> sessions =
        hold(contestant, server, Integer.parseInt(properties.getProperty("sessions")));
    while (!orders.take().equals(RESTORE)) {
      // Nothing else is to be done.
    }
    restore(sessions);
    System.exit(0);
  }

  private static List<Session> hold(Contestant contestant, Server server, int number)
      throws SQLException, InterruptedException {
    // So that classes and what is shared by all sessions is not counted as theirs.
    Session.open(contestant, server).close();
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    long bytes = Heap.usedBytes();
    long start = System.nanoTime();
    List<Session> sessions = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      sessions.add(Session.open(contestant, server));
    }
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    System.out.println(
        HELD
            + " "
            + (Heap.usedBytes() - bytes)
            + " "
            + (ManagementFactory.getThreadMXBean().getThreadCount() - threads)
            + " "
            + took);
    return sessions;
  }

  private static void restore(List<Session> sessions) throws InterruptedException {
    ManagementFactory.getThreadMXBean().resetPeakThreadCount();
    Session.Incidents incidents = new Session.Incidents();
    long start = System.nanoTime();
    ExecutorService users = Executors.newFixedThreadPool(Math.min(USERS, sessions.size()));
    for (Session session : sessions) {
      users.execute(() -> session.restore(incidents));
    }
    users.shutdown();
    boolean all = users.awaitTermination(ScaleBenchmark.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    System.out.println(
        RESTORED
            + " "
            + (all ? took : -1)
            + " "
            + incidents.errors.get()
            + " "
            + incidents.reopened.get()
            + " "
            + incidents.settingsLost.get()
            + " "
            + ManagementFactory.getThreadMXBean().getPeakThreadCount());
  }
}
