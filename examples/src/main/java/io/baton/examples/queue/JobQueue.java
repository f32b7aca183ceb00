package io.baton.examples.queue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.postgresql.PGConnection;

/**
 * A queue of jobs in a table. A worker takes a job with {@code FOR UPDATE SKIP LOCKED}, so that two
 * never take the same, and sleeps in {@code getNotifications} while there is none.
 *
 * <p>When its server is lost, nothing is to be done: Baton listens again on the next one while the
 * call goes on, and a transaction under way is replayed. Only what was notified in between is not
 * heard, as PostgreSQL does not keep notifications: Baton says so by a warning on the connection.
 * So the worker does not rely on them: it looks into the table after each sleep, and does not sleep
 * for long.
 */
public final class JobQueue implements AutoCloseable {

  /** What is done with a job; in the transaction that takes it. */
  @FunctionalInterface
  public interface Work {

    /**
     * Does it.
     *
     * @throws SQLException if it fails: the job stays in the queue
     */
    void run(Connection transaction, long job) throws SQLException;
  }

  private static final int LONGEST_SLEEP_MILLIS = (int) Duration.ofSeconds(10).toMillis();

  private final Connection connection;
  private final PGConnection notifications;

  /**
   * Makes a worker with a connection of its own: one of a pool would not be given back for long.
   */
  public JobQueue(DataSource dataSource) throws SQLException {
    connection = dataSource.getConnection();
    notifications = connection.unwrap(PGConnection.class);
    execute("listen job");
  }

  /** Makes the table. */
  public static void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "create table job (id bigint generated always as identity primary key, body text)");
    }
  }

  /** Adds a job; the workers hear of it when the transaction has committed. */
  public static void add(Connection transaction, String body) throws SQLException {
    try (PreparedStatement insert =
        transaction.prepareStatement("insert into job (body) values (?)")) {
      insert.setString(1, body);
      insert.executeUpdate();
    }
    try (Statement statement = transaction.createStatement()) {
      statement.execute("notify job");
    }
  }

  /** Does all jobs that there are, and then sleeps until there may be more. */
  public void workAndSleep(Work work) throws SQLException {
    while (isOneDone(work)) {
      // The next one.
    }
    notifications.getNotifications(LONGEST_SLEEP_MILLIS);
  }

  private boolean isOneDone(Work work) throws SQLException {
    connection.setAutoCommit(false);
    try {
      Optional<Long> job = taken();
      if (job.isPresent()) {
        work.run(connection, job.get());
      }
      connection.commit();
      return job.isPresent();
    } catch (SQLException failed) {
      connection.rollback();
      throw failed;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private Optional<Long> taken() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                delete from job where id = (
                  select id from job order by id for update skip locked limit 1)
                returning id
                """)) {
      return rows.next() ? Optional.of(rows.getLong(1)) : Optional.empty();
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
