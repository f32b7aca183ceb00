package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonCutover;
import io.baton.BatonXADataSource;
import io.baton.CutoverFinding;
import io.baton.CutoverResult;
import io.baton.contract.TestXid;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import io.baton.testkit.TestLength;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.sql.XAConnection;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** A running application is carried to another cluster of another version, by real replication. */
class CutoverTest {

  private static final int SESSIONS = TestLength.of("baton.test.cutover.sessions", 8, 40);
  private static final int FROM = TestLength.of("baton.test.cutover.from", 15, 14);

  private final ReplicatedClusters clusters = new ReplicatedClusters(PostgresVersion.of(FROM));

  CutoverTest() throws SQLException {}

  @AfterEach
  void close() throws SQLException {
    clusters.close();
  }

  private CutoverResult cutOver(Duration drain) throws SQLException {
    return cutOver(drain, stage -> {});
  }

  private CutoverResult cutOver(Duration drain, Consumer<String> observer) throws SQLException {
    assertThat(
            BatonCutover.rehearse(
                ReplicatedClusters.superuser(clusters.old()),
                ReplicatedClusters.superuser(clusters.successor())))
        .noneMatch(CutoverFinding::obstacle);
    List<String> stages = new ArrayList<>();
    CutoverResult result =
        BatonCutover.to(clusters.successor().hosts())
            .joinTime(Duration.ofMillis(1500))
            .prepareTime(Duration.ofSeconds(60))
            .drainTime(drain)
            .pause(Duration.ofSeconds(4))
            .run(
                ReplicatedClusters.superuser(clusters.old()),
                ReplicatedClusters.superuser(clusters.successor()),
                stage -> {
                  stages.add(stage);
                  observer.accept(stage);
                });
    assertThat(result.opened()).as(result.reason()).isTrue();
    assertThat(stages).containsExactly("announced", "gated", "fenced", "opened");
    return result;
  }

  @Test
  @Tag("campaign")
  void sessionsUnderLoad_goOnAtTheNewVersion() throws Exception {
    for (int worker = 0; worker < SESSIONS; worker++) {
      clusters.connect();
    }
    NotedTransfers transfers = NotedTransfers.begin(List.copyOf(clusters.opened()));
    AtomicBoolean over = new AtomicBoolean();
    Queue<String> errors = new ConcurrentLinkedQueue<>();
    List<Thread> readers = new ArrayList<>();
    for (int reader = 0; reader < 4; reader++) {
      Connection connection = clusters.connect();
      Thread thread = new Thread(() -> read(connection, over, errors));
      readers.add(thread);
      thread.start();
    }
    Awaitility.await().until(() -> transfers.done() > 100);

    CutoverResult report = cutOver(Duration.ofSeconds(10));

    System.out.printf(
        "Cut over of %d sessions from PostgreSQL %d to %d: new transactions waited for %d ms, of"
            + " which the old database refused writes for %d ms%n",
        SESSIONS,
        FROM,
        clusters.successor().version().major(),
        report.pause().toMillis(),
        report.fenced().toMillis());
    int before = transfers.done();
    Awaitility.await().until(() -> transfers.done() > before + 100);
    transfers.end();
    over.set(true);
    for (Thread reader : readers) {
      reader.join();
    }
    assertThat(transfers.errors()).isEmpty();
    assertThat(errors).isEmpty();
    assertThat(report.members()).isEqualTo(1);
    String done = String.valueOf(transfers.done());
    PostgresCluster successor = clusters.successor();
    assertThat(ReplicatedClusters.ask(successor, "select sum(balance)::text from account"))
        .isEqualTo("20000");
    assertThat(ReplicatedClusters.ask(successor, "select count(*)::text from operation"))
        .isEqualTo(done);
    assertThat(
            ReplicatedClusters.ask(
                successor,
                "select concat_ws(' ', nextval('loaded'), nextval('restarted'),"
                    + " nextval('downwards'), nextval('untouched'))"))
        .isEqualTo("501 9000 -50 7");
    assertThat(ReplicatedClusters.ask(successor, "select count(*)::text from entry"))
        .isEqualTo(done);
    for (Connection connection : clusters.opened()) {
      assertThat(Sql.ask(connection, "show server_version_num")).startsWith("18");
    }
    try (Connection later = clusters.connect("sslmode=disable")) { // A cluster of its own.
      assertThat(Sql.ask(later, "show server_version_num")).startsWith("18");
    }
  }

  /** Reads all the time, outside of transactions: they are held back by nothing. */
  private static void read(Connection connection, AtomicBoolean over, Queue<String> errors) {
    try {
      while (!over.get()) {
        if (!Sql.ask(connection, "select sum(balance)::text from account").equals("20000")) {
          errors.add("a read showed a half of a transfer");
        }
      }
    } catch (SQLException failure) {
      errors.add(failure.toString());
    }
  }

  /** A program that opens a connection for each piece of work, and closes it. */
  @Test
  void programThatClosesItsConnections_isNotWaitedFor() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    Queue<String> errors = new ConcurrentLinkedQueue<>();
    AtomicInteger done = new AtomicInteger();
    Thread program =
        new Thread(
            () -> {
              while (!over.get()) {
                try (Connection connection = clusters.connect("")) {
                  Sql.execute(connection, "insert into entry (what) values ('unpooled')");
                  done.incrementAndGet();
                } catch (SQLException failure) {
                  errors.add(failure.toString());
                }
              }
            });
    program.start();
    Awaitility.await().until(() -> done.get() > 5);

    cutOver(Duration.ofSeconds(2));

    int before = done.get();
    Awaitility.await().until(() -> done.get() > before + 5);
    over.set(true);
    program.join();
    assertThat(errors).isEmpty();
    assertThat(ReplicatedClusters.ask(clusters.successor(), "select count(*)::text from entry"))
        .isEqualTo(String.valueOf(done.get()));
  }

  @Test
  @Tag("campaign")
  void sessions_thatNeedWhatTheSuccessorLacks_haveItTakenBack_andOthersReadThere()
      throws Exception {
    try (Connection picky = clusters.connect("baton.needs=plpgsql,version<18")) {
      CutoverResult result =
          BatonCutover.to(clusters.successor().hosts())
              .joinTime(Duration.ofMillis(1500))
              .prepareTime(Duration.ofSeconds(3))
              .run(
                  ReplicatedClusters.superuser(clusters.old()),
                  ReplicatedClusters.superuser(clusters.successor()),
                  stage -> {});
      assertThat(result.opened()).isFalse();
      assertThat(result.reason())
          .contains("its reads need plpgsql,version<18: ")
          .contains(" is of version 18.");
      picky.setReadOnly(true);
      assertThat(Sql.ask(picky, "show server_version_num")).startsWith(String.valueOf(FROM));
    }
    try (Connection reading =
        clusters.connect("baton.needs=version>=14,plpgsql>=1,max_connections>=2,work_mem>=64kB")) {
      reading.setReadOnly(true);
      assertThat(Sql.ask(reading, "show server_version_num")).startsWith(String.valueOf(FROM));

      cutOver(Duration.ofSeconds(1));

      assertThat(Sql.ask(reading, "show server_version_num")).startsWith("18");
    }
  }

  @Test
  void everythingOfASession_comesAlong() throws Exception {
    for (PostgresCluster cluster : List.of(clusters.old(), clusters.successor())) {
      try (Connection owner = ReplicatedClusters.superuser(cluster).getConnection()) {
        Sql.execute(
            owner,
            "create role clerk; grant clerk to %1$s; grant select on account to clerk"
                .formatted(clusters.old().user()));
      }
    }
    Connection settings = clusters.connect();
    Sql.execute(settings, "set role clerk; set statement_timeout = '77s'; set app.tenant = 'blue'");
    Connection temporary = clusters.connect();
    Sql.execute(
        temporary,
        "create temp table basket (what text); insert into basket values ('pear'), ('plum')");
    Connection listener = clusters.connect();
    Sql.execute(listener, "listen news");
    Connection prepared = clusters.connect();
    Sql.execute(prepared, "prepare balance(int) as select balance from account where id = $1");
    Connection locks = clusters.connect();
    Connection open = clusters.connect();
    open.setAutoCommit(false);
    Sql.execute(open, "update account set balance = balance + 5 where id = 1");
    String key;
    try (PreparedStatement entry =
        open.prepareStatement("insert into entry (what) values ('open')", new String[] {"id"})) {
      entry.executeUpdate();
      try (ResultSet keys = entry.getGeneratedKeys()) {
        assertThat(keys.next()).isTrue();
        key = keys.getString(1);
      }
    }
    Connection reading = clusters.connect();
    reading.setAutoCommit(false);
    Statement cursor = reading.createStatement();
    cursor.setFetchSize(2);
    ResultSet rows = cursor.executeQuery("select id from account order by id");
    for (int i = 1; i <= 3; i++) {
      assertThat(rows.next()).isTrue();
    }

    cutOver(Duration.ofSeconds(1));

    assertThat(
            ReplicatedClusters.ask(
                clusters.old(),
                "select count(*)::text from pg_stat_activity"
                    + " where application_name = 'PostgreSQL JDBC Driver' and usename = '%s'"
                        .formatted(clusters.old().user())))
        .as("sessions at the old server, idle ones too")
        .isEqualTo("0");
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
              PGNotification[] heard = listener.unwrap(PGConnection.class).getNotifications(100);
              assertThat(heard).isNotEmpty();
            });
    for (Connection connection : clusters.opened()) {
      connection.setAutoCommit(true);
      assertThat(Sql.ask(connection, "show server_version_num")).startsWith("18");
    }
    try (Connection direct = ReplicatedClusters.superuser(clusters.successor()).getConnection()) {
      assertThat(
              Sql.ask(
                  direct,
                  "select string_agg(balance::text, ',' order by id) from account where id < 3"))
          .isEqualTo("1005,995");
      assertThat(Sql.ask(direct, "select id::text from entry where what = 'open'")).isEqualTo(key);
    }
    try (Connection direct = ReplicatedClusters.superuser(clusters.old()).getConnection()) {
      assertThat(Sql.ask(direct, "select sum(balance)::text from account")).isEqualTo("20000");
      assertThat(Sql.ask(direct, "select balance::text from account where id = 1"))
          .isEqualTo("1000");
    }
  }

  @Test
  @Tag("campaign")
  void branches_areEndedWhereTheyWerePrepared_orPreparedAtTheNewVersion() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger done = new AtomicInteger();
    Queue<String> errors = new ConcurrentLinkedQueue<>();
    try (BatonXADataSource dataSource = new BatonXADataSource()) {
      dataSource.setUrl(clusters.old().jdbcUrl("jdbc:baton:postgresql:"));
      dataSource.setUser(clusters.old().user());
      dataSource.setPassword(clusters.old().password());
      XAConnection waiting = dataSource.getXAConnection();
      List<Thread> workers = new ArrayList<>();
      for (int worker = 0; worker < 4; worker++) {
        XAConnection connection = dataSource.getXAConnection();
        Thread thread =
            new Thread(
                () -> {
                  try {
                    while (!over.get()) {
                      commit(connection, prepare(connection, "branch"), errors);
                      done.incrementAndGet();
                    }
                    connection.close();
                  } catch (SQLException | XAException failure) {
                    errors.add(failure + " for " + failure.getCause());
                  }
                });
        workers.add(thread);
        thread.start();
      }
      Awaitility.await().until(() -> done.get() > 20);
      AtomicReference<Xid> prepared = new AtomicReference<>();
      AtomicReference<CompletableFuture<Void>> second = new AtomicReference<>();

      cutOver(
          Duration.ofSeconds(10),
          stage -> {
            try {
              if (stage.equals("announced")) {
                prepared.set(prepare(waiting, "prepared"));
              } else if (stage.equals("gated")) {
                Xid known = Objects.requireNonNull(prepared.get());
                second.set(CompletableFuture.runAsync(() -> commit(waiting, known, errors)));
              }
            } catch (SQLException | XAException failure) {
              throw new AssertionError(failure);
            }
          });

      Objects.requireNonNull(second.get()).get(10, TimeUnit.SECONDS);
      int before = done.get();
      Awaitility.await().until(() -> !errors.isEmpty() || done.get() > before + 20);
      over.set(true);
      for (Thread worker : workers) {
        worker.join();
      }
      waiting.close();
    }
    assertThat(errors).isEmpty();
    assertThat(
            ReplicatedClusters.ask(
                clusters.successor(),
                "select string_agg(what || ' ' || n, ', ' order by what desc)"
                    + " from (select what, count(*) as n from entry group by what) e"))
        .isEqualTo("prepared 1, branch " + done.get());
    assertThat(
            ReplicatedClusters.ask(
                clusters.successor(), "select count(*)::text from pg_prepared_xacts"))
        .isEqualTo("0");
  }

  private static void commit(XAConnection connection, Xid xid, Queue<String> errors) {
    try {
      connection.getXAResource().commit(xid, false);
    } catch (SQLException | XAException failure) {
      errors.add(failure + " for " + failure.getCause());
    }
  }

  /** A branch of one row, as far as its first phase. */
  private static Xid prepare(XAConnection connection, String what)
      throws SQLException, XAException {
    Xid xid = TestXid.next();
    XAResource resource = connection.getXAResource();
    resource.start(xid, XAResource.TMNOFLAGS);
    try (Connection work = connection.getConnection()) {
      Sql.execute(work, "insert into entry (what) values ('" + what + "')");
    }
    resource.end(xid, XAResource.TMSUCCESS);
    assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
    return xid;
  }
}
