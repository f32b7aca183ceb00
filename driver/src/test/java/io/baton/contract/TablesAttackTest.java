package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.TestLength;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Reads of tables that are written on every way that leads to them, on standbys that are paused and
 * late at random: none may be stale, though the clock is kept by table.
 */
@PostgresTest(standbys = 2)
class TablesAttackTest {

  private static final int THREADS = 6;

  private static final String DEFINITIONS =
      """
      create table calm (id int primary key, n int);
      create table a (id int primary key, n int);
      create table b (id int primary key, n int);
      create view looks as select id, n from a;
      create table audit (id int);
      create table audited (id int);
      create function audits() returns trigger language plpgsql as
        'begin insert into audit values (new.id); return new; end';
      create trigger audits after insert on audited for each row execute function audits();
      create function bumps(which int) returns int language sql as
        'update b set n = n + 1 where id = which returning n';
      create table parent (id int primary key);
      create table child (id int references parent on delete cascade);
      create table parts (id int, n int) partition by list (id);
      create table part partition of parts default;
      insert into calm select i, 0 from generate_series(1, 10) i;
      insert into a table calm; insert into b table calm; insert into parts table calm;
      """;

  private final PostgresCluster cluster;
  private final AtomicBoolean over = new AtomicBoolean();
  private final CountDownLatch failed = new CountDownLatch(1);
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong onStandby = new AtomicLong();
  private final Queue<String> stale = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();

  TablesAttackTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void tables() throws SQLException {
    try (Connection direct = cluster.primary().connectAsSuperuser()) {
      execute(
          direct,
          "drop schema public cascade; create schema public; grant all on schema public to public;");
    }
    try (Connection direct = cluster.primary().connect()) {
      execute(direct, DEFINITIONS);
    }
    cluster.awaitReplication();
  }

  @AfterEach
  void repair() throws SQLException {
    cluster.repair();
    for (PostgresNode node : cluster.nodes()) {
      delay(node, 0);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void delay(PostgresNode standby, int millis) throws SQLException {
    try (Connection superuser = standby.connectAsSuperuser()) {
      execute(superuser, "alter system set recovery_min_apply_delay = '" + millis + "ms'");
      execute(superuser, "select pg_reload_conf()");
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.reads=auto",
        cluster.user(),
        cluster.password());
  }

  @Test
  @Tag("campaign")
  void reads_ofTablesThatAreWrittenOnAnyWay_areNeverStale() throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int i = 1; i <= THREADS; i++) {
      int id = i;
      threads.add(new Thread(() -> writeAndRead(id)));
    }
    threads.forEach(Thread::start);
    long end =
        System.nanoTime()
            + Duration.ofSeconds(TestLength.of("baton.test.seconds", 4, 10)).toNanos();
    Random random = new Random(7);
    while (System.nanoTime() < end && !failed.await(150, TimeUnit.MILLISECONDS)) {
      PostgresNode standby = cluster.standbys().get(random.nextInt(2));
      switch (random.nextInt(3)) {
        case 0 -> delay(standby, random.nextInt(1000));
        case 1 -> standby.pauseReplay();
        default -> {
          standby.resumeReplay();
          delay(standby, 0);
        }
      }
    }
    over.set(true);
    for (Thread thread : threads) {
      thread.join();
    }

    System.out.println("tables: " + reads + " reads, " + onStandby + " on standbys");
    assertThat(errors).isEmpty();
    assertThat(stale).isEmpty();
    assertThat(onStandby.get()).isPositive();
  }

  private void writeAndRead(int id) {
    Random random = new Random(id);
    Map<String, Integer> expected = new HashMap<>();
    try (Connection writing = connect();
        Connection reading = connect()) {
      while (!over.get()) {
        if (random.nextInt(3) == 0) {
          write(writing, id, random.nextInt(8), expected);
        }
        read(reading, id, random, expected);
      }
    } catch (SQLException failure) {
      errors.add(failure);
      failed.countDown();
    }
  }

  private static void write(Connection writing, int id, int way, Map<String, Integer> expected)
      throws SQLException {
    switch (way) {
      case 0 -> {
        execute(writing, "update a set n = n + 1 where id = " + id);
        expected.merge("a", 1, Integer::sum);
      }
      case 1 -> {
        writing.setAutoCommit(false);
        execute(writing, "update b set n = n + 1 where id = " + id);
        execute(writing, "update only a set n = n + 1 where id = " + id);
        writing.commit();
        writing.setAutoCommit(true);
        expected.merge("a", 1, Integer::sum);
        expected.merge("b", 1, Integer::sum);
      }
      case 2 -> {
        execute(writing, "update looks set n = n + 1 where id = " + id);
        expected.merge("a", 1, Integer::sum);
      }
      case 3 -> {
        execute(writing, "insert into audited values (" + id + ") returning id");
        expected.merge("audit", 1, Integer::sum);
      }
      case 4 -> {
        execute(writing, "select bumps(" + id + ")");
        expected.merge("b", 1, Integer::sum);
      }
      case 5 -> {
        if (expected.getOrDefault("child", 0) == 0) {
          execute(writing, "insert into parent values (" + id + ")");
          execute(writing, "insert into child values (" + id + ")");
          expected.put("child", 1);
        } else {
          execute(writing, "delete from parent where id = " + id);
          expected.put("child", 0);
        }
      }
      case 6 -> {
        execute(writing, "update part set n = n + 1 where id = " + id);
        expected.merge("parts", 1, Integer::sum);
      }
      default -> {
        execute(
            writing,
            "with moved as (update b set n = n + 1 where id = %d returning id)".formatted(id)
                + " update parts set n = n + 1 from moved where parts.id = moved.id");
        expected.merge("b", 1, Integer::sum);
        expected.merge("parts", 1, Integer::sum);
      }
    }
  }

  private void read(Connection reading, int id, Random random, Map<String, Integer> expected)
      throws SQLException {
    String table =
        List.of("calm", "a", "b", "looks", "audit", "child", "parts", "part")
            .get(random.nextInt(8));
    boolean counts = table.equals("audit") || table.equals("child");
    String sql =
        "select %s, current_setting('in_hot_standby') = 'on' from %s where id = %d"
            .formatted(counts ? "count(*)" : "n", table, id);
    String holder = table.equals("looks") ? "a" : table.equals("part") ? "parts" : table;
    try (Statement statement = reading.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      reads.incrementAndGet();
      if (rows.getBoolean(2)) {
        onStandby.incrementAndGet();
      }
      int wanted = expected.getOrDefault(holder, 0);
      if (rows.getInt(1) != wanted) {
        stale.add(table + ": " + rows.getInt(1) + " instead of " + wanted);
      }
    }
  }
}
