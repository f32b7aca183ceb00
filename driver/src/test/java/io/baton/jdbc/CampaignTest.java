package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
import org.junit.jupiter.api.Test;

/**
 * Eight workers transfer money through a pool, in transactions whose reads they check, while
 * servers fail by chance. Nobody is to notice: no error, nothing lost, nothing twice, the sum
 * right.
 *
 * <p>{@code -Dbaton.test.failovers=200} makes it longer, {@code -Dbaton.test.seed=...} repeats one.
 */
@PostgresTest(standbys = 2, synchronous = true)
class CampaignTest {

  private static final int WORKERS = 8;
  private static final int ACCOUNTS = 20;
  private static final int START = 1000;
  private static final int FAILOVERS = Integer.getInteger("baton.test.failovers", 20);
  private static final long SEED = Long.getLong("baton.test.seed", System.nanoTime());

  private final PostgresCluster cluster;
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong numbers = new AtomicLong();
  private final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final Random random = new Random(SEED);

  CampaignTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  private enum Fault {
    CRASH_AND_PROMOTION(true) {
      @Override
      void strike(PostgresCluster cluster) {
        cluster.failover();
      }
    },
    SWITCHOVER(false) {
      @Override
      void strike(PostgresCluster cluster) {
        cluster.switchover();
      }
    },
    BACKENDS_TERMINATED(false) {
      @Override
      void strike(PostgresCluster cluster) {
        cluster.primary().terminateBackends();
      }
    },
    CONNECTIONS_CUT(false) {
      @Override
      void strike(PostgresCluster cluster) {
        cluster.primary().proxy().resetConnections();
      }
    },
    CRASH_AND_RESTART(true) {
      @Override
      void strike(PostgresCluster cluster) {
        PostgresNode primary = cluster.primary();
        primary.crash();
        primary.start();
      }
    },
    FREEZE_AND_PROMOTION(true) {
      @Override
      void strike(PostgresCluster cluster) {
        cluster.primary().freeze();
        cluster.promoteStandby();
      }
    };

    /**
     * Whether it ends all backends at once. One that ends them one by one lets a transaction that
     * waited for the lock of one just ended go on and commit: then the other cannot be replayed, in
     * truth, and is to be run again.
     */
    private final boolean atOnce;

    Fault(boolean atOnce) {
      this.atOnce = atOnce;
    }

    abstract void strike(PostgresCluster cluster);

    static List<Fault> all(boolean atOnce) {
      return Arrays.stream(values()).filter(fault -> fault.atOnce == atOnce).toList();
    }
  }

  @Test
  void transfers_throughFaultsThatEndAllBackendsAtOnce_noticeNothing() throws Exception {
    campaign(Fault.all(true), FAILOVERS);

    assertThat(errors).as("errors, seed " + SEED).isEmpty();
  }

  @Test
  void transfers_throughFaultsThatEndBackendsOneByOne_areAtMostToBeRunAgain() throws Exception {
    campaign(Fault.all(false), FAILOVERS / 2);

    assertThat(errors)
        .as("errors, seed " + SEED)
        .hasSizeLessThanOrEqualTo(FAILOVERS / 2)
        .allMatch(error -> error.contains("It was replayed, but its statement"));
  }

  private void campaign(List<Fault> faults, int failovers) throws Exception {
    prepare();
    try (HikariDataSource pool = pool()) {
      ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
      List<Future<?>> running = new ArrayList<>();
      for (int worker = 0; worker < WORKERS; worker++) {
        Random choice = new Random(SEED + worker + 1);
        running.add(workers.submit(() -> work(pool, choice)));
      }
      for (int failover = 1; failover <= failovers; failover++) {
        long before = acknowledged.size();
        Fault fault = faults.get(random.nextInt(faults.size()));
        fault.strike(cluster);
        Awaitility.await(failover + ". " + fault)
            .atMost(60, TimeUnit.SECONDS)
            .until(() -> acknowledged.size() > before + 20 * WORKERS || errors.size() > failovers);
        cluster.repair();
      }
      over.set(true);
      for (Future<?> worker : running) {
        worker.get(60, TimeUnit.SECONDS);
      }
      workers.shutdown();
    }
    assertThat(held()).as("operations, seed " + SEED).isEqualTo(new TreeSet<>(acknowledged));
    assertThat(ask("select sum(balance) from account")).isEqualTo("" + ACCOUNTS * START);
    assertThat(
            ask(
                "select count(*) from account a where balance <> "
                    + START
                    + " + coalesce((select sum(amount) from operation where target = a.id), 0)"
                    + " - coalesce((select sum(amount) from operation where source = a.id), 0)"))
        .isEqualTo("0");
  }

  private void prepare() throws SQLException {
    try (Connection direct = cluster.primary().connect();
        Statement statement = direct.createStatement()) {
      statement.execute(
          "drop table if exists account, operation; create table account (id int primary key, balance int not null);"
              + "create table operation (id bigint, source int, target int, amount int)");
      statement.execute(
          "insert into account select i, %d from generate_series(0, %d) i"
              .formatted(START, ACCOUNTS - 1));
    }
  }

  private HikariDataSource pool() {
    HikariDataSource pool = new HikariDataSource();
    pool.setJdbcUrl(cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.heartbeat=200ms");
    pool.setUsername(cluster.user());
    pool.setPassword(cluster.password());
    pool.setMaximumPoolSize(WORKERS);
    pool.setAutoCommit(false);
    return pool;
  }

  private void work(HikariDataSource pool, Random choice) {
    while (!over.get() && errors.size() < FAILOVERS) {
      long number = numbers.incrementAndGet();
      try (Connection connection = pool.getConnection()) {
        transfer(connection, number, choice);
        acknowledged.add(number);
      } catch (SQLException | AssertionError failure) {
        errors.add(number + ": " + failure);
      }
    }
  }

  /** No column tells an operation from its double but its number: no constraint hides a mistake. */
  private static void transfer(Connection connection, long number, Random choice)
      throws SQLException {
    int source = choice.nextInt(ACCOUNTS);
    int target = (source + 1 + choice.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
    int amount = 1 + choice.nextInt(20);
    Map<Integer, Integer> balances = new ConcurrentHashMap<>();
    try (PreparedStatement lock =
            connection.prepareStatement(
                "select id, balance from account where id in (?, ?) order by id for update");
        PreparedStatement insert =
            connection.prepareStatement("insert into operation values (?, ?, ?, ?)");
        PreparedStatement update =
            connection.prepareStatement(
                "update account set balance = balance + ? where id = ? returning balance")) {
      lock.setInt(1, source);
      lock.setInt(2, target);
      try (ResultSet rows = lock.executeQuery()) {
        while (rows.next()) {
          balances.put(rows.getInt(1), rows.getInt(2));
        }
      }
      insert.setLong(1, number);
      insert.setInt(2, source);
      insert.setInt(3, target);
      insert.setInt(4, amount);
      assertThat(insert.executeUpdate()).isEqualTo(1);
      change(update, source, -amount, balances);
      change(update, target, amount, balances);
    }
    connection.commit();
  }

  private static void change(
      PreparedStatement update, int id, int amount, Map<Integer, Integer> balances)
      throws SQLException {
    update.setInt(1, amount);
    update.setInt(2, id);
    try (ResultSet rows = update.executeQuery()) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getInt(1)).isEqualTo(balances.getOrDefault(id, 0) + amount);
    }
  }

  private Set<Long> held() throws SQLException {
    Set<Long> held = new TreeSet<>();
    try (Connection direct = cluster.primary().connect();
        Statement statement = direct.createStatement();
        ResultSet rows = statement.executeQuery("select id from operation")) {
      while (rows.next()) {
        assertThat(held.add(rows.getLong(1))).as("%s is there twice", rows.getLong(1)).isTrue();
      }
    }
    return held;
  }

  private String ask(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connect();
        Statement statement = direct.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
