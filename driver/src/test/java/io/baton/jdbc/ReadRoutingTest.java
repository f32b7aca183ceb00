package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.BatonConnection;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.TestLength;
import io.baton.testkit.junit.PostgresTest;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** Reads on standbys: which go there, what they are sure to see, and to which standby they go. */
@PostgresTest(standbys = 3)
class ReadRoutingTest {

  private static final String WHERE = "select current_setting('in_hot_standby')";

  /** What readers have to show is waited for, so that it does not depend on the machine's speed. */
  private static final String PATIENT = "baton.reads=auto&baton.consistencyWait=10s";

  private final PostgresCluster cluster;
  private final List<Connection> opened = new ArrayList<>();

  ReadRoutingTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void tables() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      execute(
          direct,
          "create table if not exists item (id int primary key, n bigint);"
              + "create unlogged table if not exists scratch (id int);"
              + "create sequence if not exists numbers;"
              + "create or replace function next_number() returns bigint volatile language sql"
              + " as 'select nextval(''numbers'')';"
              + "create or replace view counting as select next_number() as n;"
              + "truncate item; insert into item select i, 0 from generate_series(1, 8) i");
    }
    try (Connection superuser = cluster.primary().connectAsSuperuser()) {
      awaitStandbys(superuser);
    }
  }

  @AfterEach
  void close() throws SQLException {
    for (Connection connection : opened) {
      connection.close();
    }
    for (PostgresNode node : cluster.nodes()) {
      if (!node.isPrimary()) {
        node.resumeReplay();
        delay(node, 0);
      }
    }
  }

  private static void awaitStandbys(Connection primary) {
    Awaitility.await()
        .until(
            () ->
                ask(
                        primary,
                        "select count(*) from pg_stat_replication"
                            + " where replay_lsn >= pg_current_wal_flush_lsn()")
                    .equals("3"));
  }

  private Connection connect(String options) throws SQLException {
    Connection connection =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:") + "?" + options,
            cluster.user(),
            cluster.password());
    opened.add(connection);
    Awaitility.await()
        .until(
            () ->
                io.baton.Clusters.of(connection).topology().stream()
                        .filter(server -> server.role() == io.baton.EndpointStatus.Role.READER)
                        .count()
                    == 3);
    if (options.contains("baton.reads=auto")) {
      awaitProofs(connection);
    }
    return connection;
  }

  /** Nothing is proved to read before the catalogue was read, which no call waits for long. */
  private static void awaitProofs(Connection connection) {
    Awaitility.await()
        .until(() -> !route(connection, "select n from item").contains("nothing says"));
  }

  /** Checks of a domain may run wherever there is a value of a type. */
  @Test
  void textThatNamesNothing_isARead_whateverCodeRunsUnseen() throws SQLException {
    Connection connection = connect("baton.reads=auto");
    execute(connection, "create domain counted as int check (next_number() > 0 and value > 0)");
    try {
      Awaitility.await()
          .until(() -> route(connection, "select n from item").contains("nothing says"));

      Awaitility.await().until(() -> route(connection, "select 1").contains("only reads"));
      assertThat(route(connection, "select ?")).contains("nothing says");
    } finally {
      execute(connection, "drop domain counted");
      execute(connection, "alter function next_number() volatile"); // It has the catalogue read.
      awaitProofs(connection);
    }
  }

  private static String route(Connection connection, String sql) throws SQLException {
    return connection.unwrap(BatonConnection.class).explainRoute(sql);
  }

  private static String at(Connection connection) throws SQLException {
    return connection.unwrap(BatonConnection.class).currentEndpoint();
  }

  private static void delay(PostgresNode standby, int millis) throws SQLException {
    try (Connection superuser = standby.connectAsSuperuser()) {
      execute(superuser, "alter system set recovery_min_apply_delay = '" + millis + "ms'");
      execute(superuser, "select pg_reload_conf()");
    }
  }

  private List<PostgresNode> standbys() {
    return cluster.nodes().stream().filter(node -> !node.isPrimary()).toList();
  }

  // ------------------------------------------------------------------------------- which reads

  @Test
  void statement_provedToRead_runsOnAStandby() throws SQLException {
    Connection connection = connect(PATIENT);

    assertThat(ask(connection, WHERE)).isEqualTo("on");
    assertThat(ask(connection, "select count(*) from item")).isEqualTo("8");
    try (PreparedStatement prepared =
        connection.prepareStatement(
            "select current_setting('in_hot_standby') = 'on' from item where id = ?")) {
      prepared.setInt(1, 3);
      try (ResultSet rows = prepared.executeQuery()) {
        rows.next();
        assertThat(rows.getBoolean(1)).isTrue();
      }
    }
    assertThat(route(connection, "select * from item")).startsWith("reader: ");
  }

  @Test
  void statements_thatMayDoMore_runOnTheWriter() throws SQLException {
    Connection connection = connect(PATIENT);
    for (String sql :
        List.of(
            "select nextval('numbers')",
            "select next_number()",
            "select * from counting",
            "select id from item for update",
            "select id from item for key share",
            "with moved as (update item set n = n returning id) select * from moved",
            "insert into item values (100, 0) on conflict do nothing",
            "select pg_advisory_unlock_all()",
            "explain analyze update item set n = n",
            "select id into temporary table kept from item",
            "select set_config('app.x', '1', false)",
            "select txid_current()",
            "select currval('numbers')",
            "select lastval()",
            "select random()",
            "call missing()",
            "do 'begin end'",
            "lock table item",
            "vacuum item",
            "select pg_notify('a', 'b')",
            "select setval('numbers', 5)",
            "select lo_create(0)",
            "values (next_number())",
            "table counting")) {
      assertThat(route(connection, sql)).as(sql).startsWith("writer: ");
    }
  }

  @Test
  void statement_inATransaction_staysWithIt() throws SQLException {
    Connection connection = connect(PATIENT);
    connection.setAutoCommit(false);

    assertThat(ask(connection, WHERE)).isEqualTo("off");
    assertThat(route(connection, WHERE)).contains("open transaction");
    connection.commit();
    connection.setAutoCommit(true);
    assertThat(ask(connection, WHERE)).isEqualTo("on");
  }

  @Test
  void session_withStateOfItsServer_staysThere() throws SQLException {
    Connection connection = connect(PATIENT);
    execute(connection, "create temporary table mine (id int)");

    assertThat(ask(connection, WHERE)).isEqualTo("off");
    execute(connection, "drop table mine");
    assertThat(ask(connection, WHERE)).isEqualTo("on");
  }

  @Test
  void hints_areFollowed() throws SQLException {
    Connection connection = connect(PATIENT);
    PostgresNode third = standbys().get(2);
    String endpoint = third.host() + ":" + third.port();

    assertThat(ask(connection, "/*+ baton:writer */ " + WHERE)).isEqualTo("off");
    assertThat(ask(connection, "/*+ baton:endpoint=" + endpoint + " */ " + WHERE)).isEqualTo("on");
    assertThat(at(connection)).isEqualTo(endpoint);
    assertThatThrownBy(() -> ask(connection, "/*+ baton:endpoint=nowhere:1 */ " + WHERE))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("nowhere:1")
        .hasMessageContaining(endpoint);
    Connection declared = connect("baton.consistencyWait=10s&baton.reads=declared");
    assertThat(ask(declared, WHERE)).isEqualTo("off");
    assertThat(ask(declared, "/*+ baton:reader */ " + WHERE)).isEqualTo("on");
  }

  @Test
  void read_thatAStandbyCannotAnswer_isAnsweredByTheWriter() throws SQLException {
    Connection connection = connect(PATIENT);
    assertThat(ask(connection, WHERE)).isEqualTo("on");

    assertThat(ask(connection, "select count(*) from scratch")).isEqualTo("0");
    assertThat(ask(connection, WHERE)).isEqualTo("on");
  }

  private Connection declared() throws SQLException {
    Connection connection = connect("baton.reads=declared&baton.consistencyWait=10s");
    connection.setReadOnly(true);
    return connection;
  }

  /** The values that the session drew are in the connection to the writer. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void valueOfASequence_isShownToAReadOnlySession(boolean autoCommit) throws SQLException {
    Connection connection = connect("baton.consistencyWait=10s");
    String drawn = ask(connection, "select nextval('numbers')");
    connection.setReadOnly(true);
    ask(connection, "select count(*) from item");
    connection.setAutoCommit(autoCommit);

    assertThat(ask(connection, "select currval('numbers')")).isEqualTo(drawn);
    assertThat(ask(connection, "select lastval()")).isEqualTo(drawn);
  }

  @Test
  void valueOfASequence_isShownToATransactionThatBeganOnAStandby() throws SQLException {
    Connection connection = connect("baton.reads=declared&baton.consistencyWait=10s");
    String drawn = ask(connection, "select nextval('numbers')");
    connection.setReadOnly(true);
    assertThat(ask(connection, WHERE)).isEqualTo("on");
    connection.setAutoCommit(false);

    ask(connection, "select count(*) from item");
    execute(connection, "set local app.x = 'of the transaction'");
    assertThat(ask(connection, "select currval('numbers')")).isEqualTo(drawn);
    assertThat(ask(connection, "show app.x")).isEqualTo("of the transaction");
    assertThat(ask(connection, "show transaction_read_only")).isEqualTo("on");
    connection.commit();
    assertThat(ask(connection, "select count(*) from item")).isNotNull();
    assertThat(ask(connection, "select lastval()")).isEqualTo(drawn);
  }

  @Test
  void statements_thatAStandbyRefusesOrAnswersForThemselves_runOnTheWriter() throws SQLException {
    for (String sql :
        List.of(
            "select pg_try_advisory_lock(1)",
            "select pg_advisory_xact_lock(2)",
            "select txid_current()",
            "select pg_current_xact_id()",
            "select pg_current_wal_lsn()",
            "select pg_notify('a', 'b')",
            "notify a",
            "listen a",
            "unlisten a",
            "begin isolation level serializable",
            "set transaction isolation level serializable",
            "select count(*) from pg_stat_activity",
            "select count(*) from pg_catalog.pg_locks",
            "select * from pg_statio_user_tables",
            "select pg_stat_get_db_xact_commit(1)",
            "select pg_backend_pid()",
            "show transaction_read_only",
            "SHOW \"transaction_read_only\"",
            "show transaction isolation level",
            "select current_setting('transaction_read_only')",
            "explain analyze select txid_current()")) {
      Connection connection = declared();
      assertThat(route(connection, sql)).as(sql).startsWith("writer: a standby refuses");
      execute(connection, sql);
      connection.close();
    }
  }

  @Test
  void sessionThatGoesToTheWriter_leavesNoConnectionBehind() throws Exception {
    connect(PATIENT); // It keeps the cluster.
    for (int i = 0; i < 3; i++) {
      try (Connection connection = connect("readOnly=true&ApplicationName=comes-and-goes")) {
        execute(connection, "begin");
        ask(connection, "select count(*) from item");
        execute(connection, "insert into item values (900)");
        execute(connection, "rollback");
      }
    }
    try (Connection direct = cluster.primary().connectAsSuperuser()) {
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(
                          ask(
                              direct,
                              "select count(*) from pg_stat_activity"
                                  + " where application_name = 'comes-and-goes'"))
                      .isEqualTo("0"));
    }
  }

  @Test
  void driversOwnApi_isThatOfTheWriter() throws Exception {
    for (String options : List.of(PATIENT, PATIENT + "&readOnly=true")) {
      Connection connection = connect(options);
      assertThat(ask(connection, WHERE)).isEqualTo("on");
      CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
      assertThat(copies.copyIn("copy item (id) from stdin", new StringReader("901\n")))
          .isEqualTo(1);
      execute(connection, "delete from item where id = 901");
    }
  }

  @Test
  void statements_declaredToRead_runOnAStandby() throws SQLException {
    Connection connection = declared();
    for (String sql :
        List.of(
            "select pg_is_in_recovery()",
            "show in_hot_standby",
            "select count(*) from pg_stats",
            "show search_path",
            "begin isolation level repeatable read",
            "select random()")) {
      assertThat(route(connection, sql)).as(sql).startsWith("reader: ");
    }
  }

  @Test
  void transaction_declaredToRead_beginsWhereItsFirstStatementMayRun() throws SQLException {
    Connection connection = declared();
    connection.setAutoCommit(false);

    assertThat(ask(connection, "select txid_current() > 0")).isEqualTo("t");
    assertThat(ask(connection, WHERE)).isEqualTo("off");
    connection.commit();
    assertThat(ask(connection, "select count(*) from scratch")).isEqualTo("0");
    assertThat(ask(connection, WHERE)).isEqualTo("off");
    connection.commit();
    assertThat(ask(connection, WHERE)).isEqualTo("on");
    connection.commit();
  }

  @Test
  void session_thatIsSerializable_isOnTheWriter() throws SQLException {
    Connection connection = declared();
    connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
    connection.setAutoCommit(false);

    assertThat(ask(connection, WHERE)).isEqualTo("off");
    connection.commit();
    connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    // A call that was made while the catalogue was read holds the session until it is judged.
    Awaitility.await()
        .untilAsserted(
            () -> {
              String where = ask(connection, WHERE);
              connection.commit();
              assertThat(where).isEqualTo("on");
            });
  }

  @Test
  void settings_areTheSameOnBothServers() throws SQLException {
    Connection connection = connect(PATIENT);
    assertThat(ask(connection, WHERE)).isEqualTo("on");
    execute(connection, "set app.tenant = 'blue'");

    assertThat(
            ask(
                connection,
                "select current_setting('app.tenant') || current_setting('in_hot_standby')"))
        .isEqualTo("blueon");
  }

  // --------------------------------------------------------------------------------- what they see

  @Test
  void read_waitsForWhatWasWritten_elseTheWriterAnswers() throws SQLException {
    Connection writing = connect("baton.reads=auto");
    Connection reading = connect("baton.reads=auto");
    Awaitility.await().until(() -> ask(reading, WHERE).equals("on"));
    standbys().forEach(PostgresNode::pauseReplay);
    execute(writing, "update item set n = 7 where id = 1");

    assertThat(ask(reading, "select n from item where id = 1")).isEqualTo("7");
    assertThat(ask(reading, WHERE + " from item")).isEqualTo("off");
    assertThat(ask(reading, WHERE)).as("nothing of it was written").isEqualTo("on");

    standbys().forEach(PostgresNode::resumeReplay);
    Awaitility.await().until(() -> ask(reading, WHERE + " from item").equals("on"));
    assertThat(ask(reading, "select n from item where id = 1")).isEqualTo("7");
  }

  @Test
  void tokens_carryWhatWasWritten_intoASessionThatKnowsNothingOfIt() throws SQLException {
    Connection writing = connect("baton.reads=auto&baton.consistency=session");
    Connection reading = connect("baton.reads=auto&baton.consistency=session");
    standbys().forEach(PostgresNode::pauseReplay);
    execute(writing, "update item set n = 9 where id = 2");
    String token = writing.unwrap(BatonConnection.class).consistencyToken();

    assertThat(ask(reading, "select n from item where id = 2")).isEqualTo("0");
    reading.unwrap(BatonConnection.class).requireConsistency(token);
    assertThat(ask(reading, "select n from item where id = 2")).isEqualTo("9");
    assertThatThrownBy(() -> reading.unwrap(BatonConnection.class).requireConsistency("12"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("'12'");
  }

  @Test
  void reader_thatIsTooFarBehind_isNotReadFrom() throws Exception {
    Connection connection =
        connect(
            "baton.reads=auto&baton.consistency=eventual&baton.maxLag=1kB&baton.heartbeat=50ms");
    assertThat(ask(connection, WHERE)).isEqualTo("on");
    standbys().forEach(PostgresNode::pauseReplay);
    execute(connection, "update item set n = n from generate_series(1, 100)");
    execute(connection, "create table filler as select generate_series(1, 1000)");
    execute(connection, "drop table filler");

    Awaitility.await().until(() -> ask(connection, WHERE).equals("off"));
    standbys().forEach(PostgresNode::resumeReplay);
    Awaitility.await().until(() -> ask(connection, WHERE).equals("on"));
  }

  @Test
  @Tag("campaign")
  void reads_underAttack_areNeverStale() throws Exception {
    Attack attack = new Attack("baton.consistency=process");
    attack.run(Duration.ofSeconds(TestLength.of("baton.test.seconds", 3, 8)));

    System.out.println("process: " + attack);
    assertThat(attack.errors).isEmpty();
    assertThat(attack.stale).hasValue(0);
    assertThat(attack.onStandby.get()).isPositive();
  }

  /** The attack would find stale reads if there were any. */
  @Test
  @Tag("campaign")
  void reads_thatMayBeStale_areFoundByTheAttack() throws Exception {
    Attack attack = new Attack("baton.consistency=eventual");
    attack.run(Duration.ofSeconds(TestLength.of("baton.test.seconds", 2, 4)));

    System.out.println("eventual: " + attack);
    assertThat(attack.errors).isEmpty();
    assertThat(attack.stale.get()).isPositive();
  }

  /** Eight threads that write on one connection and read on another, while standbys lag. */
  private final class Attack {

    private final String options;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong onStandby = new AtomicLong();
    private final AtomicLong reads = new AtomicLong();
    private final AtomicLong stale = new AtomicLong();
    private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private final CountDownLatch failed = new CountDownLatch(1);

    Attack(String options) {
      this.options = "baton.reads=auto&" + options;
    }

    void run(Duration duration) throws Exception {
      List<Thread> threads = new ArrayList<>();
      for (int i = 1; i <= 8; i++) {
        int id = i;
        Connection writing = connect(options);
        Connection reading = connect(options);
        threads.add(new Thread(() -> writeAndRead(id, writing, reading)));
      }
      threads.forEach(Thread::start);
      long end = System.nanoTime() + duration.toNanos();
      Random random = new Random(7);
      while (System.nanoTime() < end && !failed.await(150, TimeUnit.MILLISECONDS)) {
        PostgresNode standby = standbys().get(random.nextInt(3));
        switch (random.nextInt(3)) {
          case 0 -> delay(standby, random.nextInt(2000));
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
    }

    private void writeAndRead(int id, Connection writing, Connection reading) {
      long written = 0;
      Random random = new Random(id);
      try (PreparedStatement update =
              writing.prepareStatement("update item set n = ? where id = " + id);
          PreparedStatement select =
              reading.prepareStatement(
                  "select n, current_setting('in_hot_standby') = 'on' from item where id = "
                      + id)) {
        while (!over.get()) {
          if (random.nextInt(3) == 0) {
            writing.setAutoCommit(random.nextBoolean());
            update.setLong(1, ++written);
            update.executeUpdate();
            if (!writing.getAutoCommit()) {
              writing.commit();
            }
          }
          try (ResultSet rows = select.executeQuery()) {
            rows.next();
            reads.incrementAndGet();
            if (rows.getLong(1) != written) {
              stale.incrementAndGet();
            }
            if (rows.getBoolean(2)) {
              onStandby.incrementAndGet();
            }
          }
        }
      } catch (SQLException failure) {
        errors.add(failure);
        failed.countDown();
      }
    }

    @Override
    public String toString() {
      return reads + " reads, " + onStandby + " on standbys, " + stale + " stale, " + errors;
    }
  }

  // ----------------------------------------------------------------------------------- which
  // reader

  @Test
  @Tag("campaign")
  void sessions_areSpreadEvenly_leaveASlowReader_andGoToOneThatJoins() throws Exception {
    int sessions = 30;
    List<Connection> connections = new ArrayList<>();
    for (int i = 0; i < sessions; i++) {
      connections.add(connect("baton.reads=auto&baton.consistency=eventual"));
    }
    work(connections, Duration.ofSeconds(2));
    Map<String, Long> spread =
        workUntil(connections, counts -> counts.size() == 3 && isEven(counts.values()));
    System.out.println("even: " + spread);

    PostgresNode slow = standbys().get(0);
    String name = slow.host() + ":" + slow.port();
    slow.proxy().delay(Duration.ofMillis(60));
    work(connections, Duration.ofSeconds(1));
    spread = workUntil(connections, counts -> counts.getOrDefault(name, 0L) <= 5);
    System.out.println("one slow: " + spread);
    slow.proxy().restore();

    slow.crash();
    workUntil(connections, counts -> !counts.containsKey(name));
    slow.start();
    work(connections, Duration.ofSeconds(1));
    spread = workUntil(connections, counts -> counts.size() == 3 && isEven(counts.values()));
    System.out.println("joined: " + spread);
  }

  private static boolean isEven(Collection<Long> counts) {
    return counts.stream().allMatch(count -> count >= 9 && count <= 11);
  }

  /** Has them read until they are spread as wanted: within some seconds, on a slow machine. */
  private Map<String, Long> workUntil(
      List<Connection> connections, Predicate<Map<String, Long>> wanted) throws Exception {
    Map<String, Long> spread = work(connections, Duration.ofSeconds(1));
    for (int second = 1; second < 25 && !wanted.test(spread); second++) {
      spread = work(connections, Duration.ofSeconds(1));
    }
    assertThat(spread).matches(wanted);
    return spread;
  }

  /** Has all sessions read for a while, and says how many end up on which server. */
  private Map<String, Long> work(List<Connection> connections, Duration duration) throws Exception {
    long end = System.nanoTime() + duration.toNanos();
    List<Thread> threads = new ArrayList<>();
    Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
    CountDownLatch failed = new CountDownLatch(1);
    for (Connection connection : connections) {
      threads.add(
          new Thread(
              () -> {
                try {
                  while (System.nanoTime() < end && !failed.await(25, TimeUnit.MILLISECONDS)) {
                    ask(connection, "select n from item where id = 1");
                  }
                } catch (SQLException | InterruptedException failure) {
                  errors.add(failure);
                  failed.countDown();
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(errors).isEmpty();
    Map<String, Long> spread = new TreeMap<>();
    for (Connection connection : connections) {
      spread.merge(at(connection), 1L, Long::sum);
    }
    return spread;
  }

  @Test
  @Tag("campaign")
  void standby_withoutAConnectionToSpare_isLeftAloneForATime() throws Exception {
    PostgresNode full = cluster.standbys().get(0);
    Connection first = connect("baton.consistency=eventual");
    List<Connection> crowd = new ArrayList<>();
    try {
      assertThatThrownBy(
              () -> {
                for (; ; ) {
                  crowd.add(full.connect());
                }
              })
          .isInstanceOf(SQLException.class);
      long before = full.proxy().acceptedConnections();

      for (int i = 0; i < 24; i++) {
        Connection reader = connect("baton.consistency=eventual");
        reader.setReadOnly(true);
        assertThat(ask(reader, WHERE)).isEqualTo("on");
        assertThat(at(reader)).isNotEqualTo(full.host() + ":" + full.port());
      }

      assertThat(full.proxy().acceptedConnections() - before).isBetween(1L, 12L);
    } finally {
      for (Connection one : crowd) {
        one.close();
      }
    }
    first.setReadOnly(true);
    Awaitility.await()
        .untilAsserted(
            () -> {
              Connection reader = connect("baton.consistency=eventual");
              reader.setReadOnly(true);
              ask(reader, WHERE);
              assertThat(at(reader)).isEqualTo(full.host() + ":" + full.port());
            });
  }
}
