package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Very many threads share a hundred sessions, whose server dies meanwhile: each thread has its work
 * done, once. They are virtual threads where the JVM has them, and hold none of its own while they
 * wait for a server, for another session or for a recovery.
 */
@PostgresTest(
    standbys = 2,
    synchronous = true,
    settings = {"max_connections=130"})
@Tag("campaign")
class VirtualThreadsTest {

  private static final int SESSIONS = 100;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final Duration PINNED = Duration.ofMillis(20);

  private static final String EVENT = "jdk.VirtualThreadPinned";

  private final PostgresCluster cluster;
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger done = new AtomicInteger();

  VirtualThreadsTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  /** A thread for each task: this is compiled for a JDK that has no virtual ones. */
  private static ExecutorService threads() throws ReflectiveOperationException {
    if (Runtime.version().feature() < 21) {
      return Executors.newCachedThreadPool();
    }
    return (ExecutorService)
        Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
  }

  /** Platform threads are dear: as many as an application would have. */
  private static int tasks() {
    return Runtime.version().feature() < 21 ? 1_000 : 10_000;
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:"), cluster.user(), cluster.password());
  }

  private void transfer(BlockingQueue<Connection> free, int task) {
    try {
      Connection session = free.take();
      try {
        transfer(session, task);
        session.commit();
        done.incrementAndGet();
      } finally {
        free.put(session);
      }
    } catch (SQLException | InterruptedException | RuntimeException failure) {
      failures.add(failure);
    }
  }

  private static void transfer(Connection session, int task) throws SQLException {
    try (PreparedStatement insert =
            session.prepareStatement("insert into work values (?) returning task");
        PreparedStatement update =
            session.prepareStatement("update counter set n = n + 1 where id = ?")) {
      insert.setInt(1, task);
      try (ResultSet row = insert.executeQuery()) {
        row.next();
        assertThat(row.getInt(1)).isEqualTo(task);
      }
      update.setInt(1, task % SESSIONS);
      update.executeUpdate();
    }
  }

  /** A class that is initialised keeps the carriers of those that wait for it, which is once. */
  private void prepare() throws SQLException {
    try (Connection first = connect()) {
      Sql.execute(first, "create table work (task int primary key)");
      Sql.execute(first, "create table counter (id int primary key, n int)");
      Sql.execute(
          first, "insert into counter select g, 0 from generate_series(0, " + SESSIONS + ") g");
      Sql.execute(first, "set application_name = 'first'");
      first.setAutoCommit(false);
      Sql.ask(first, "select 1");
      cluster.primary().terminateBackends("first");
      Sql.ask(first, "select 1");
      first.commit();
    }
  }

  @Test
  void tenThousandThreads_onAHundredSessions_outliveTheirServer(@TempDir Path folder)
      throws Exception {
    Path events = folder.resolve("pinned.jfr");
    List<Connection> sessions = new ArrayList<>();
    BlockingQueue<Connection> free = new ArrayBlockingQueue<>(SESSIONS);
    ExecutorService threads = threads();
    try (Recording recording = new Recording()) {
      recording.enable(EVENT).withThreshold(PINNED).withStackTrace();
      recording.start();
      prepare();
      for (int number = 0; number < SESSIONS; number++) {
        Connection session = connect();
        session.setAutoCommit(false);
        sessions.add(session);
        free.add(session);
      }

      for (int task = 0; task < tasks(); task++) {
        int mine = task;
        threads.execute(() -> transfer(free, mine));
      }
      await(tasks() / 4);
      cluster.failover();
      await(tasks());
      recording.stop();
      recording.dump(events);
    } finally {
      threads.shutdownNow();
      for (Connection session : sessions) {
        session.close();
      }
    }

    assertThat(threads.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(failures).isEmpty();
    assertThat(RecordingFile.readAllEvents(events))
        .filteredOn(event -> event.getEventType().getName().equals(EVENT))
        .isEmpty();
    try (Connection check = connect()) {
      assertThat(Sql.ask(check, "select count(*) from work")).isEqualTo("" + tasks());
      assertThat(Sql.ask(check, "select sum(n) from counter")).isEqualTo("" + tasks());
    }
  }

  private void await(int number) {
    Awaitility.await().atMost(PATIENCE).until(() -> done.get() >= number || !failures.isEmpty());
  }
}
