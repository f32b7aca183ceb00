package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.BatonEndpoints;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A standby joins a cluster whose sessions read all the time, and leaves it again. */
class ScaleOutTest {

  private static final int SESSIONS = 12;

  /** A session that reads in transactions, with a prepared statement and a setting of its own. */
  private static final class Reader {
    private final Connection connection;
    private final Thread thread;
    private final AtomicLong longest = new AtomicLong();
    private volatile String place = "";

    Reader(Connection connection, CountDownLatch over, Queue<String> errors) throws SQLException {
      this.connection = connection;
      execute(connection, "set app.tenant = 'blue'");
      connection.setReadOnly(true);
      connection.setAutoCommit(false);
      thread = new Thread(() -> work(over, errors));
      thread.start();
    }

    private void work(CountDownLatch over, Queue<String> errors) {
      try (PreparedStatement query =
          connection.prepareStatement("select n, current_setting('app.tenant') from item")) {
        while (!over.await(5, TimeUnit.MILLISECONDS)) {
          long began = System.nanoTime();
          try (ResultSet row = query.executeQuery()) {
            row.next();
            if (row.getInt(1) != 1 || !row.getString(2).equals("blue")) {
              errors.add("read " + row.getString(1) + " as " + row.getString(2));
            }
          }
          place = connection.unwrap(BatonConnection.class).currentEndpoint();
          connection.commit();
          longest.accumulateAndGet(System.nanoTime() - began, Math::max);
        }
        connection.close();
      } catch (SQLException | InterruptedException failure) {
        errors.add(failure.toString());
      }
    }
  }

  @Test
  @Tag("campaign")
  void standbyThatJoins_getsItsShare_andIsLeftBeforeItStops() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    Queue<String> errors = new ConcurrentLinkedQueue<>();
    List<Reader> readers = new ArrayList<>();
    try (PostgresCluster cluster = PostgresCluster.builder().standbys(1).start();
        Connection administrator =
            DriverManager.getConnection(
                "jdbc:postgresql://" + at(cluster.primary()) + "/" + cluster.database(),
                cluster.superuser(),
                cluster.superuserPassword())) {
      BatonEndpoints.create(administrator);
      execute(
          administrator,
          "create table item (n int); insert into item values (1); grant select on item to public");
      for (PostgresNode node : cluster.nodes()) {
        list(administrator, node);
      }
      cluster.awaitReplication();
      for (int i = 0; i < SESSIONS; i++) {
        readers.add(new Reader(connect(cluster), over, errors));
      }
      String first = at(cluster.standbys().get(0));
      awaitPlaces(readers, first, SESSIONS, SESSIONS);

      PostgresNode joining = cluster.addStandby();
      longest(readers);
      list(administrator, joining);
      awaitPlaces(readers, at(joining), SESSIONS / 3, 2 * SESSIONS / 3);
      String joined = longest(readers);

      execute(
          administrator,
          "update baton.endpoint set draining = true where port = " + joining.port());
      awaitPlaces(readers, at(joining), 0, 0);
      try (Connection there = joining.connect()) {
        assertThat(
                ask(
                    there,
                    "select count(*) from pg_stat_activity where query like '%app.tenant%'"
                        + " and pid <> pg_backend_pid()"))
            .isEqualTo("0");
      }
      execute(administrator, "delete from baton.endpoint where port = " + joining.port());
      joining.stop();
      awaitPlaces(readers, first, SESSIONS, SESSIONS);
      over.countDown();
      for (Reader reader : readers) {
        reader.thread.join();
      }
      System.out.printf(
          "Scale out of %d sessions: longest transaction %s; scale in: %s%n",
          SESSIONS, joined, longest(readers));
    } finally {
      over.countDown();
    }
    assertThat(errors).isEmpty();
  }

  private static String longest(List<Reader> readers) {
    long nanos = readers.stream().mapToLong(reader -> reader.longest.getAndSet(0)).max().orElse(0);
    return TimeUnit.NANOSECONDS.toMillis(nanos) + " ms";
  }

  /** Waits until so many sessions, at least and at most, are at a server. */
  private static void awaitPlaces(List<Reader> readers, String server, int least, int most) {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .untilAsserted(
            () ->
                assertThat(readers.stream().filter(reader -> reader.place.equals(server)).count())
                    .isBetween((long) least, (long) most));
  }

  private static Connection connect(PostgresCluster cluster) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:baton:postgresql://"
            + at(cluster.primary())
            + "/"
            + cluster.database()
            + "?baton.topology=table&baton.topologyRefresh=50ms&baton.heartbeat=200ms",
        cluster.user(),
        cluster.password());
  }

  private static void list(Connection administrator, PostgresNode node) throws SQLException {
    execute(
        administrator,
        "insert into baton.endpoint (host, port) values ('%s', %d)"
            .formatted(node.host(), node.port()));
  }

  private static String at(PostgresNode node) {
    return node.host() + ":" + node.port();
  }
}
