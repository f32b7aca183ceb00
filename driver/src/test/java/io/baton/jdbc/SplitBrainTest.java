package io.baton.jdbc;

import static io.baton.jdbc.Sql.execute;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Two servers take writes: the old primary hung when the other one was promoted, was never told,
 * and goes on.
 */
@PostgresTest(standbys = 1)
class SplitBrainTest {

  private final PostgresCluster cluster;

  SplitBrainTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.heartbeat=100ms",
        cluster.user(),
        cluster.password());
  }

  /** The timelines on which a writer wrote one row after the other, as the rows tell. */
  private void write(AtomicBoolean over, List<String> timelines) throws SQLException {
    try (Connection connection = connect()) {
      while (!over.get()) {
        try (Statement statement = connection.createStatement();
            ResultSet row =
                statement.executeQuery(
                    "insert into written values"
                        + " (left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)) returning t")) {
          row.next();
          timelines.add(row.getString(1));
        } catch (SQLException cutOff) {
          // Outside of transactions, a write in flight is in doubt when its server is given up.
          assertThat(cutOff.getSQLState()).isEqualTo("08007");
        }
      }
    }
  }

  @Test
  void statements_afterTheNewTimelineIsKnown_areNeverWrittenToTheOldOne() throws Exception {
    try (Connection direct = cluster.primary().connect()) {
      execute(direct, "create table written (t text)");
    }
    PostgresNode old = cluster.primary();
    AtomicBoolean over = new AtomicBoolean();
    ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
    List<List<String>> all = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      List<String> timelines = Collections.synchronizedList(new ArrayList<>());
      all.add(timelines);
      threads.add(
          new Thread(
              () -> {
                try {
                  write(over, timelines);
                } catch (SQLException | AssertionError failure) {
                  errors.add(failure);
                }
              }));
    }
    threads.forEach(Thread::start);
    Connection watching = connect();
    try (watching) {
      Awaitility.await().until(() -> all.stream().noneMatch(List::isEmpty));
      old.freeze();
      PostgresNode promoted = cluster.promoteStandby();
      String there = promoted.host() + ":" + promoted.port();
      Awaitility.await()
          .until(
              () -> {
                execute(watching, "select 1");
                return watching.unwrap(BatonConnection.class).currentEndpoint().equals(there);
              });
      old.thaw();
      assertThat(old.isPrimary()).isTrue();
      // New connections, too, and whatever the old one says from now on.
      for (int i = 0; i < 20; i++) {
        try (Connection another = connect()) {
          assertThat(another.unwrap(BatonConnection.class).currentEndpoint()).isEqualTo(there);
        }
      }
    } finally {
      over.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertThat(errors).isEmpty();
    for (List<String> timelines : all) {
      assertThat(timelines).isSorted();
      assertThat(timelines.get(timelines.size() - 1)).isGreaterThan(timelines.get(0));
    }
  }
}
