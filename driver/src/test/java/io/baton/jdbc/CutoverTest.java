package io.baton.jdbc;

import static io.baton.jdbc.ReplicatedClusters.superuser;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.failover.cutover.CutoverPlan;
import io.baton.failover.cutover.CutoverReport;
import io.baton.failover.cutover.CutoverRun;
import io.baton.routing.topology.Endpoint;
import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A running application is carried to another cluster of another version, by real replication. */
class CutoverTest {

  private final ReplicatedClusters clusters =
      ReplicatedClusters.start(
          """
          create table account (id int primary key, balance bigint not null);
          create table operation (id text primary key, worker int, number int);
          create table entry (id bigint generated always as identity primary key, what text)
          """,
          "insert into account select i, 1000 from generate_series(1, 20) i");
  private final PostgresCluster old = clusters.old();
  private final PostgresCluster successor = clusters.successor();
  private final List<Connection> opened = new ArrayList<>();

  CutoverTest() throws SQLException {}

  @AfterEach
  void close() throws SQLException {
    for (Connection connection : opened) {
      connection.close();
    }
    clusters.close();
  }

  private Connection connect() throws SQLException {
    Connection connection =
        DriverManager.getConnection(
            old.jdbcUrl("jdbc:baton:postgresql:"), old.user(), old.password());
    opened.add(connection);
    return connection;
  }

  private CutoverPlan plan() {
    List<Endpoint> to =
        successor.nodes().stream().map(node -> new Endpoint(node.host(), node.port())).toList();
    return new CutoverPlan(
        to,
        Duration.ofSeconds(2),
        Duration.ofSeconds(20),
        Duration.ofSeconds(2),
        Duration.ofSeconds(4));
  }

  private CutoverReport cutOver() throws SQLException {
    return CutoverRun.run(plan(), superuser(old), superuser(successor));
  }

  @Test
  void sessionsUnderLoad_goOnAtTheNewVersion() throws Exception {
    int workers = 8;
    AtomicBoolean over = new AtomicBoolean();
    Queue<String> errors = new ConcurrentLinkedQueue<>();
    Queue<String> done = new ConcurrentLinkedQueue<>();
    AtomicInteger work = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      int number = worker;
      Connection connection = connect();
      Thread thread =
          new Thread(
              () -> transfer(connection, number, over, done, errors, work), "worker " + worker);
      threads.add(thread);
      thread.start();
    }
    Awaitility.await().until(() -> work.get() > 100);

    CutoverReport report = cutOver();
    int before = work.get();
    Awaitility.await().until(() -> work.get() > before + 100);
    over.set(true);
    for (Thread thread : threads) {
      thread.join();
    }

    System.out.println("CUTOVER " + report);
    assertThat(errors).isEmpty();
    assertThat(report.opened()).as(report.reason()).isTrue();
    try (Connection direct = superuser(successor).getConnection()) {
      assertThat(Sql.ask(direct, "select sum(balance)::text from account")).isEqualTo("20000");
      assertThat(Sql.ask(direct, "select count(*)::text from operation"))
          .isEqualTo(String.valueOf(done.size()));
      assertThat(Sql.ask(direct, "select count(*)::text from entry"))
          .isEqualTo(String.valueOf(done.size()));
    }
    for (Connection connection : opened) {
      assertThat(Sql.ask(connection, "show server_version_num")).startsWith("18");
    }
  }

  @Test
  void everythingOfASession_comesAlong() throws Exception {
    for (PostgresCluster cluster : List.of(old, successor)) {
      try (Connection owner = superuser(cluster).getConnection()) {
        Sql.execute(
            owner,
            "create role clerk; grant clerk to %1$s; grant select on account to clerk"
                .formatted(old.user()));
      }
    }
    Connection settings = connect();
    Sql.execute(settings, "set role clerk; set statement_timeout = '77s'; set app.tenant = 'blue'");
    Connection temporary = connect();
    Sql.execute(
        temporary,
        "create temp table basket (what text); insert into basket values ('pear'), ('plum')");
    Connection listener = connect();
    Sql.execute(listener, "listen news");
    Connection prepared = connect();
    Sql.execute(prepared, "prepare balance(int) as select balance from account where id = $1");
    Connection locks = connect();
    Connection open = connect();
    open.setAutoCommit(false);
    Sql.execute(open, "update account set balance = balance + 5 where id = 1");
    String key;
    try (PreparedStatement entry =
        open.prepareStatement("insert into entry (what) values ('open')", new String[] {"id"})) {
      entry.executeUpdate();
      try (java.sql.ResultSet keys = entry.getGeneratedKeys()) {
        assertThat(keys.next()).isTrue();
        key = keys.getString(1);
      }
    }
    Connection reading = connect();
    reading.setAutoCommit(false);
    java.sql.Statement cursor = reading.createStatement();
    cursor.setFetchSize(2);
    java.sql.ResultSet rows = cursor.executeQuery("select id from account order by id");
    for (int i = 1; i <= 3; i++) {
      assertThat(rows.next()).isTrue();
    }

    CutoverReport report = cutOver();

    System.out.println("CUTOVER " + report);
    assertThat(report.opened()).as(report.reason()).isTrue();
    assertThat(Sql.ask(settings, "select current_user::text")).isEqualTo("clerk");
    assertThat(Sql.ask(settings, "show statement_timeout")).isEqualTo("77s");
    assertThat(Sql.ask(settings, "show app.tenant")).isEqualTo("blue");
    assertThat(Sql.ask(temporary, "select string_agg(what, ',' order by what) from basket"))
        .isEqualTo("pear,plum");
    assertThat(Sql.ask(prepared, "execute balance(2)")).isEqualTo("1000");
    for (int i = 4; i <= 20; i++) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getInt(1)).isEqualTo(i);
    }
    assertThat(rows.next()).isFalse();
    reading.commit();
    Sql.execute(open, "update account set balance = balance - 5 where id = 2");
    open.commit();
    Sql.execute(locks, "notify news, 'still there'");
    Awaitility.await()
        .untilAsserted(
            () -> {
              org.postgresql.PGNotification[] heard =
                  listener.unwrap(org.postgresql.PGConnection.class).getNotifications(100);
              assertThat(heard).isNotEmpty();
            });
    for (Connection connection : opened) {
      connection.setAutoCommit(true);
      assertThat(Sql.ask(connection, "show server_version_num")).startsWith("18");
    }
    try (Connection direct = superuser(successor).getConnection()) {
      assertThat(
              Sql.ask(
                  direct,
                  "select string_agg(balance::text, ',' order by id) from account where id < 3"))
          .isEqualTo("1005,995");
      assertThat(Sql.ask(direct, "select id::text from entry where what = 'open'")).isEqualTo(key);
    }
    try (Connection direct = superuser(old).getConnection()) {
      assertThat(Sql.ask(direct, "select sum(balance)::text from account")).isEqualTo("20000");
      assertThat(Sql.ask(direct, "select balance::text from account where id = 1"))
          .isEqualTo("1000");
    }
  }

  private static void transfer(
      Connection connection,
      int worker,
      AtomicBoolean over,
      Queue<String> done,
      Queue<String> errors,
      AtomicInteger work) {
    try {
      connection.setAutoCommit(false);
      for (int number = 0; !over.get(); number++) {
        String id = worker + "-" + number;
        try (PreparedStatement move =
                connection.prepareStatement(
                    "update account set balance = balance + ? where id = ?");
            PreparedStatement note =
                connection.prepareStatement("insert into operation values (?, ?, ?)");
            PreparedStatement entry =
                connection.prepareStatement(
                    "insert into entry (what) values (?)", new String[] {"id"})) {
          int from = 1 + (number + worker) % 20;
          int to = 1 + (number * 7 + worker + 3) % 20;
          for (int account : new int[] {Math.min(from, to), Math.max(from, to)}) {
            move.setLong(1, account == from ? -1 : 1);
            move.setInt(2, account);
            if (from != to) {
              move.executeUpdate();
            }
          }
          note.setString(1, id);
          note.setInt(2, worker);
          note.setInt(3, number);
          note.executeUpdate();
          entry.setString(1, id);
          entry.executeUpdate();
          connection.commit();
          done.add(id);
          work.incrementAndGet();
        }
      }
      connection.setAutoCommit(true);
    } catch (SQLException | RuntimeException failure) {
      java.io.StringWriter trace = new java.io.StringWriter();
      failure.printStackTrace(new java.io.PrintWriter(trace));
      errors.add(worker + ": " + trace);
    }
  }
}
