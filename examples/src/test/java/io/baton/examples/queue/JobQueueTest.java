package io.baton.examples.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonDataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

@PostgresTest(standbys = 2, synchronous = true)
class JobQueueTest {

  private static final int BEFORE = 3;
  private static final int AFTER = 3;

  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Long> done = new CopyOnWriteArrayList<>();

  @Test
  void workers_loseTheirServer_asleepAndAtWork_andEachJobIsDoneOnce(PostgresCluster cluster)
      throws Exception {
    BatonDataSource dataSource = new BatonDataSource();
    dataSource.setUrl("jdbc:baton:postgresql://" + cluster.hosts() + "/" + cluster.database());
    dataSource.setUser(cluster.user());
    dataSource.setPassword(cluster.password());
    try (Connection application = dataSource.getConnection();
        Statement statement = application.createStatement()) {
      JobQueue.create(application);
      statement.execute("create table result (job bigint)");
      CompletableFuture<Void> one = CompletableFuture.runAsync(() -> work(dataSource));
      CompletableFuture<Void> another = CompletableFuture.runAsync(() -> work(dataSource));
      add(application, BEFORE);
      awaitDone(BEFORE);

      cluster.failover(); // The workers sleep.
      add(application, AFTER);
      awaitDone(BEFORE + AFTER);

      over.set(true);
      add(application, 2); // Wakes both.
      CompletableFuture.allOf(one, another).join();
      try (var rows = statement.executeQuery("select count(*), count(distinct job) from result")) {
        rows.next();
        assertThat(rows.getInt(1)).isEqualTo(rows.getInt(2)).isEqualTo(done.size());
      }
    }
  }

  private static void add(Connection application, int jobs) throws SQLException {
    for (int i = 0; i < jobs; i++) {
      JobQueue.add(application, "a letter");
    }
  }

  private void awaitDone(int jobs) {
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> done.size() == jobs);
  }

  private void work(BatonDataSource dataSource) {
    try (JobQueue queue = new JobQueue(dataSource)) {
      while (!over.get()) {
        queue.workAndSleep(
            (transaction, job) -> {
              try (Statement statement = transaction.createStatement()) {
                statement.execute("insert into result values (" + job + ")");
              }
              done.add(job);
            });
      }
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }
}
