package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonCluster;
import io.baton.BatonClusterMXBean;
import io.baton.BatonConnection;
import io.baton.BatonCutover;
import io.baton.BatonXADataSource;
import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.HandOverListener;
import io.baton.HandOverResult;
import io.baton.SessionMove;
import io.baton.contract.TestXid;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.TestLength;
import io.baton.testkit.junit.PostgresTest;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.sql.XAConnection;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGNotification;

/**
 * Sessions leave a server that works, for another: the primary under two names (as behind two
 * poolers), and the standbys.
 */
@PostgresTest(
    standbys = 2,
    settings = {"max_prepared_transactions=20"})
class HandOverTest {

  private final PostgresCluster cluster;
  private Connection connection;
  private BatonCluster managed;
  private String front = "";
  private String back = "";

  HandOverTest(PostgresCluster cluster) throws SQLException {
    this.cluster = cluster;
    PostgresNode primary = cluster.primary();
    front = primary.directHost() + ":" + primary.directPort();
    back = "localhost:" + primary.directPort();
    connection = connect("");
    managed = Clusters.of(connection);
  }

  private String url() {
    StringBuilder hosts = new StringBuilder(front).append(',').append(back);
    for (PostgresNode node : cluster.nodes()) {
      if (!node.isPrimary()) {
        hosts.append(',').append(node.host()).append(':').append(node.port());
      }
    }
    return "jdbc:baton:postgresql://" + hosts + "/" + cluster.database();
  }

  private Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        url() + "?baton.drainTimeout=20s" + options, cluster.user(), cluster.password());
  }

  @BeforeEach
  void onTheFront() throws Exception {
    managed.undrain(front);
    moved(managed.drain(back));
    managed.undrain(back);
    assertThat(at(connection)).isEqualTo(front);
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private static String at(Connection connection) throws SQLException {
    return connection.unwrap(BatonConnection.class).currentEndpoint();
  }

  private static HandOverResult moved(CompletableFuture<HandOverResult> report) throws Exception {
    HandOverResult done = report.get(40, TimeUnit.SECONDS);
    assertThat(done.staying()).isEmpty();
    return done;
  }

  private void asOwner(String sql) throws SQLException {
    try (Connection owner = cluster.primary().connectAsSuperuser()) {
      execute(owner, sql);
    }
  }

  private boolean knowsOf(String endpoint) {
    return managed.topology().stream().anyMatch(one -> one.endpoint().equals(endpoint));
  }

  /** Where a drain leads has nothing to do with a cut over that holds nothing, or is over. */
  @Test
  void drain_whileACutOverIsRehearsed_andAfterwards_movesWithinTheCluster() throws Exception {
    String elsewhere = "127.0.0.1:1";
    try (Connection owner = cluster.primary().connectAsSuperuser()) {
      BatonCutover.create(owner);
    }
    try {
      asOwner(
          """
          insert into baton.cutover (id, stage, successor, identifier, expires)
            values (gen_random_uuid(), 'rehearsed', '%s', 1, now() + interval '1 min');
          notify baton, 'cutover'\
          """
              .formatted(elsewhere));
      Awaitility.await().until(() -> knowsOf(elsewhere));
      moved(managed.drain(front));
      assertThat(at(connection)).isEqualTo(back);
      managed.undrain(front);

      asOwner("select baton.cutover_undo(id, 'by hand') from baton.cutover");
      Awaitility.await().until(() -> !knowsOf(elsewhere));
      moved(managed.drain(back));
      assertThat(at(connection)).isEqualTo(front);
      managed.undrain(back);
    } finally {
      asOwner("drop schema baton cascade");
    }
  }

  private String process() throws SQLException {
    return ask(connection, "select pg_backend_pid()");
  }

  @Test
  void temporaryRows_underSettingsThatRoundValues_areTheSameOnTheOtherServer() throws Exception {
    execute(connection, "set extra_float_digits = -15");
    execute(connection, "set intervalstyle = 'sql_standard'");
    execute(connection, "set statement_timeout = '20s'");
    execute(
        connection,
        "create temporary table measured as select 0.1::float8 + 0.2::float8 as a, 1.1::float4 as b,"
            + " make_interval(days => -1, hours => 2) as c");

    moved(managed.drain(front));

    execute(connection, "set extra_float_digits = 3");
    assertThat(
            ask(
                connection,
                "select concat_ws(' ', a = 0.1::float8 + 0.2::float8, b = 1.1::float4,"
                    + " extract(days from c) = -1 and extract(hours from c) = 2) from measured"))
        .isEqualTo("t t t");
    assertThat(ask(connection, "show statement_timeout")).isEqualTo("20s");
    assertThat(ask(connection, "show intervalstyle")).isEqualTo("sql_standard");
  }

  @Test
  void session_withStateOfEveryKind_isTheSameOnTheOtherServer() throws Exception {
    execute(connection, "set app.tenant = 'blue'; set search_path = pg_catalog, public");
    execute(connection, "create temporary table basket (id serial, item text unique)");
    execute(connection, "insert into basket (item) select 'i' || i from generate_series(1, 500) i");
    execute(
        connection, "create temporary table copied as select id, item from basket where id < 9");
    execute(connection, "create index on copied (item)");
    execute(connection, "create temporary view seen as select * from basket where id > 490");
    execute(connection, "create temporary sequence mine start 7");
    ask(connection, "select nextval('mine')");
    execute(connection, "prepare greet(text) as select 'hello ' || $1");
    execute(connection, "listen news");
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    try (PreparedStatement prepared = connection.prepareStatement("select ?::int + 1")) {
      prepared.setInt(1, 41);
      String before = process();
      connection.commit();

      List<SessionMove> told = new CopyOnWriteArrayList<>();
      HandOverListener listener =
          new HandOverListener() {
            @Override
            public void sessionDone(SessionMove session) {
              told.add(session);
            }
          };
      managed.addListener(listener);
      HandOverResult report = moved(managed.drain(front));
      managed.removeListener(listener);

      assertThat(report.moved()).hasSize(1).isEqualTo(told);
      assertThat(at(connection)).isEqualTo(back);
      assertThat(process()).isNotEqualTo(before);
      try (ResultSet rows = prepared.executeQuery()) {
        rows.next();
        assertThat(rows.getInt(1)).isEqualTo(42);
      }
    }
    assertThat(ask(connection, "show app.tenant")).isEqualTo("blue");
    assertThat(ask(connection, "show transaction_isolation")).isEqualTo("repeatable read");
    assertThat(ask(connection, "select count(*) || ' ' || max(id) from basket"))
        .isEqualTo("500 500");
    assertThat(ask(connection, "insert into basket (item) values ('n') returning id"))
        .isEqualTo("501");
    assertThat(ask(connection, "select string_agg(item, ',' order by id) from copied"))
        .isEqualTo("i1,i2,i3,i4,i5,i6,i7,i8");
    // by oid: the backend that was left may still be dropping a relation of the same name
    assertThat(ask(connection, "select count(*) from pg_index where indrelid = 'copied'::regclass"))
        .isEqualTo("1");
    assertThat(ask(connection, "select count(*) from seen")).isEqualTo("11");
    assertThat(ask(connection, "select nextval('mine')")).isEqualTo("8");
    assertThat(ask(connection, "execute greet('you')")).isEqualTo("hello you");
    assertThat(ask(connection, "select pg_listening_channels()")).isEqualTo("news");
  }

  @Test
  void result_thatWasLeftBehind_ends_andTheSessionGoesOn() throws Exception {
    execute(connection, "create temporary table kept as select 1 as a");
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(2);
      ResultSet rows = statement.executeQuery("select generate_series(1, 20)");
      rows.next();
      rows.next();
      connection.commit();

      moved(managed.drain(front));

      assertThat(catchThrowableOfType(SQLException.class, rows::next).getSQLState())
          .isEqualTo("34000");
    }
    assertThat(ask(connection, "select a from kept")).isEqualTo("1");
    connection.commit();
  }

  @Test
  void session_inATransaction_movesAtItsEnd() throws Exception {
    connection.setAutoCommit(false);
    String before = process();

    CompletableFuture<HandOverResult> report = managed.drain(front);
    assertThat(process()).isEqualTo(before);
    assertThat(report).isNotDone();
    connection.commit();

    moved(report);
    assertThat(process()).isNotEqualTo(before);
    assertThat(at(connection)).isEqualTo(back);
  }

  @Test
  void branch_movesWhenItIsPrepared_andIsCommittedFromTheOtherServer() throws Exception {
    execute(connection, "create table entry (id int)");
    BatonXADataSource dataSource = new BatonXADataSource();
    dataSource.setUrl(url() + "?baton.drainTimeout=20s");
    dataSource.setUser(cluster.user());
    dataSource.setPassword(cluster.password());
    XAConnection xa = dataSource.getXAConnection();
    try (Connection work = xa.getConnection()) {
      Xid xid = TestXid.next();
      xa.getXAResource().start(xid, XAResource.TMNOFLAGS);
      execute(work, "insert into entry values (1)");

      CompletableFuture<HandOverResult> report = managed.drain(front);
      execute(work, "insert into entry values (2)");
      assertThat(report).isNotDone();
      assertThat(at(work)).isEqualTo(front);
      xa.getXAResource().end(xid, XAResource.TMSUCCESS);
      assertThat(xa.getXAResource().prepare(xid)).isEqualTo(XAResource.XA_OK);

      moved(report);
      xa.getXAResource().commit(xid, false);
      assertThat(at(work)).isEqualTo(back);
      assertThat(ask(connection, "select count(*) from entry")).isEqualTo("2");
    } finally {
      xa.close();
      dataSource.close();
      execute(connection, "drop table entry");
    }
  }

  @Test
  void session_thatCannotMove_staysWholeAndSaysWhy() throws Exception {
    execute(connection, "select pg_advisory_lock(42)");
    String before = process();

    HandOverResult report = managed.drain(front).get(20, TimeUnit.SECONDS);

    assertThat(report.isComplete()).isFalse();
    assertThat(report.staying().get(0).reason()).contains("advisory lock").contains("42");
    assertThat(process()).isEqualTo(before);
    assertThat(ask(connection, "select count(*) from pg_locks where locktype = 'advisory'"))
        .isEqualTo("1");
  }

  @Test
  void session_withACursorWithHold_waitsForItsEnd() throws Exception {
    execute(connection, "declare c cursor with hold for select generate_series(1, 10)");
    assertThat(ask(connection, "fetch c")).isEqualTo("1");

    CompletableFuture<HandOverResult> report = managed.drain(front);
    assertThat(ask(connection, "fetch c")).isEqualTo("2");
    assertThat(at(connection)).isEqualTo(front);
    execute(connection, "close c");

    moved(report);
    assertThat(at(connection)).isEqualTo(back);
  }

  @Test
  void handOver_thatIsCalledOff_leavesTheSession() throws Exception {
    connection.setAutoCommit(false);
    String before = process();

    CompletableFuture<HandOverResult> report = managed.drain(front);
    managed.undrain(front);

    assertThat(report.get(20, TimeUnit.SECONDS).staying()).hasSize(1);
    connection.commit();
    assertThat(process()).isEqualTo(before);
  }

  @Test
  void orders_thatMakeNoSense_areRefused() {
    assertThatThrownBy(() -> managed.drain("nowhere:1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nowhere:1")
        .hasMessageContaining(front);
    assertThatThrownBy(() -> managed.handOver(front, front))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void sessionThatWrites_isNotHandedOverToAStandby() throws Exception {
    PostgresNode standby =
        cluster.nodes().stream().filter(node -> !node.isPrimary()).findFirst().orElseThrow();
    Connection shortly = connect("&baton.drainTimeout=200ms");
    try (shortly) {
      String to = standby.host() + ":" + standby.port();
      awaitReaders();
      HandOverResult report = managed.handOver(front, to).get(20, TimeUnit.SECONDS);

      assertThat(report.staying()).isNotEmpty();
      execute(shortly, "create temporary table still_writes (a int)");
    }
  }

  @Test
  void orders_throughJmx_areObeyed() throws Exception {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    ObjectName wanted =
        new ObjectName(
            "io.baton:type=Cluster,name="
                + ObjectName.quote(String.join(",", managed.endpoints()))
                + ",*");
    Set<ObjectName> names =
        Awaitility.await().until(() -> server.queryNames(wanted, null), found -> found.size() == 1);
    BatonClusterMXBean bean =
        JMX.newMXBeanProxy(server, names.iterator().next(), BatonClusterMXBean.class);

    assertThat(bean.getSessions()).isEqualTo(1);
    assertThat(bean.getEndpoints()).isEqualTo(managed.endpoints());
    assertThat(bean.getTopology()).hasSize(4).anyMatch(line -> line.contains("writer"));
    bean.drain(front);
    Awaitility.await().untilAsserted(() -> assertThat(at(connection)).isEqualTo(back));
    Awaitility.await()
        .untilAsserted(() -> assertThat(bean.getLastHandOver()).contains("1 sessions moved"));
    bean.undrain(front);

    connection.close();
    assertThat(server.isRegistered(names.iterator().next())).isFalse();
  }

  private void awaitReaders() {
    Awaitility.await()
        .until(
            () ->
                managed.topology().stream()
                        .filter(server -> server.role() == EndpointStatus.Role.READER)
                        .count()
                    == 2);
  }

  @Test
  void reader_leavesADrainedStandbyWithItsLocks() throws Exception {
    awaitReaders();
    try (Connection reading = connect("&baton.target=reader&baton.consistency=eventual")) {
      assertThat(ask(reading, "select pg_is_in_recovery()")).isEqualTo("t");
      ask(reading, "select pg_advisory_lock(7)");
      String standby = at(reading);

      moved(managed.drain(standby));

      assertThat(at(reading)).isNotEqualTo(standby);
      assertThat(ask(reading, "select pg_is_in_recovery()")).isEqualTo("t");
      assertThat(ask(reading, "select count(*) from pg_locks where locktype = 'advisory'"))
          .isEqualTo("1");
      managed.undrain(standby);
    }
  }

  @Test
  void orders_fromTheDatabase_areObeyed() throws Exception {
    try (Connection administrator = cluster.primary().connect()) {
      execute(administrator, "notify baton, 'drain " + front + "'");
      Awaitility.await().untilAsserted(() -> assertThat(at(connection)).isEqualTo(back));

      execute(administrator, "notify baton, 'undrain " + front + "'");
      execute(administrator, "notify baton, 'drain 10.0.0.1:1'");
      execute(administrator, "notify baton, 'hand-over " + back + " " + front + "'");
      Awaitility.await().untilAsserted(() -> assertThat(at(connection)).isEqualTo(front));
    }
  }

  @Test
  void notifications_duringHandOvers_areNotLost() throws Exception {
    execute(connection, "listen news");
    int count = 400;
    List<Integer> heard = new ArrayList<>();
    AtomicBoolean over = new AtomicBoolean();
    Thread listener =
        new Thread(
            () -> {
              try {
                BatonConnection listening = connection.unwrap(BatonConnection.class);
                while (!over.get()) {
                  for (PGNotification next : listening.getNotifications(50)) {
                    heard.add(Integer.valueOf(next.getParameter()));
                  }
                }
              } catch (SQLException failure) {
                heard.add(-1);
              }
            });
    listener.start();
    try (Connection sender = cluster.primary().connect()) {
      for (int i = 0; i < count; i++) {
        execute(sender, "notify news, '" + i + "'");
        if (i % 100 == 50) {
          moved(
              at(connection).equals(front)
                  ? managed.handOver(front, back)
                  : managed.handOver(back, front));
        }
      }
      Awaitility.await().until(() -> heard.contains(count - 1) || heard.contains(-1));
    }
    over.set(true);
    listener.join();

    assertThat(heard).doesNotContain(-1);
    for (int i = 0; i < count; i++) {
      assertThat(heard).contains(i);
    }
  }

  /** Sessions of which no two are alike, always in the middle of something. */
  @Test
  @Tag("campaign")
  void drains_underLoad_areNotNoticed() throws Exception {
    execute(connection, "drop table if exists tally; create table tally (id int, n int)");
    int sessions = 24;
    int drains = TestLength.of("baton.test.drains", 2, 4);
    execute(connection, "insert into tally select i, 0 from generate_series(1, 24) i");
    ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
    CountDownLatch over = new CountDownLatch(1);
    AtomicLong[] done = new AtomicLong[sessions];
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < sessions; i++) {
      int id = i + 1;
      AtomicLong mine = new AtomicLong();
      done[i] = mine;
      threads.add(new Thread(() -> work(id, mine, over, errors)));
    }
    threads.forEach(Thread::start);
    long longest = 0;
    try {
      for (AtomicLong one : done) {
        Awaitility.await().until(() -> one.get() > 1 || !errors.isEmpty());
      }
      for (int round = 0; round < drains; round++) {
        String leaving = round % 2 == 0 ? front : back;
        HandOverResult report = moved(managed.drain(leaving));
        longest = Math.max(longest, report.longestPause().toNanos() / 1000);
        assertThat(report.moved()).hasSize(sessions + 1);
        managed.undrain(leaving);
      }
    } finally {
      over.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
    }
    System.out.println("Longest pause of a session in " + drains + " drains: " + longest + " us");
    assertThat(errors).isEmpty();
    for (int i = 0; i < sessions; i++) {
      assertThat(ask(connection, "select n from tally where id = " + (i + 1)))
          .isEqualTo("" + done[i].get());
    }
  }

  private void work(
      int id, AtomicLong done, CountDownLatch over, ConcurrentLinkedQueue<Throwable> errors) {
    Random random = new Random(id);
    try (Connection mine = connect("")) {
      execute(mine, "set app.worker = '" + id + "'");
      if (id % 3 == 0) {
        execute(mine, "create temporary table kept as select " + id + " as id");
      }
      if (id % 5 == 0) {
        execute(mine, "prepare me as select " + id);
      }
      mine.setAutoCommit(false);
      try (PreparedStatement count =
          mine.prepareStatement("update tally set n = n + 1 where id = ?")) {
        // With pauses: the machine is not to be the bottleneck.
        while (!over.await(20 + random.nextInt(60), TimeUnit.MILLISECONDS)) {
          count.setInt(1, id);
          assertThat(count.executeUpdate()).isEqualTo(1);
          assertThat(ask(mine, "show app.worker")).isEqualTo("" + id);
          if (id % 3 == 0) {
            assertThat(ask(mine, "select id from kept")).isEqualTo("" + id);
          }
          if (id % 5 == 0) {
            assertThat(ask(mine, "execute me")).isEqualTo("" + id);
          }
          mine.commit();
          done.incrementAndGet();
        }
      }
    } catch (SQLException | AssertionError | InterruptedException failure) {
      errors.add(failure);
    }
  }
}
