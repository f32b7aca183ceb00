package io.baton.contract;

import static io.baton.contract.ContractFixture.AT_ONCE;
import static io.baton.contract.ContractFixture.ask;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What sessions see of servers that are full, and of many sessions that log in at once. */
@PostgresTest(standbys = 1)
class AdmissionTest {

  private static final int SESSIONS = 24;

  private final PostgresCluster cluster;
  private final List<Connection> opened = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  AdmissionTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void role() throws SQLException {
    superuser("drop role if exists clerk", "create role clerk login password 'secret'");
  }

  @AfterEach
  void close() throws SQLException {
    threads.shutdownNow();
    for (Connection connection : opened) {
      connection.close();
    }
    cluster.repair();
  }

  private void superuser(String... texts) throws SQLException {
    try (Connection direct = cluster.primary().connectAsSuperuser();
        Statement statement = direct.createStatement()) {
      for (String sql : texts) {
        statement.execute(sql);
      }
    }
    cluster.awaitReplication();
  }

  private Connection connect(String user, String password, String options) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + options, user, password);
  }

  private List<Connection> connectSideBySide(int count, String options) throws Exception {
    List<Future<Connection>> futures = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      futures.add(threads.submit(() -> connect("clerk", "secret", options)));
    }
    List<Connection> connections = new ArrayList<>();
    for (Future<Connection> future : futures) {
      connections.add(future.get());
    }
    opened.addAll(connections);
    return connections;
  }

  private static String stateOf(Callable<?> call) throws Exception {
    try {
      call.call();
      return "none";
    } catch (SQLException refused) {
      return refused.getSQLState();
    }
  }

  private static String stateAtOnce(Callable<?> call) throws Exception {
    long began = System.nanoTime();
    String state = stateOf(call);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(AT_ONCE);
    return state;
  }

  @Test
  void serverThatIsFullForTheRole_isToldAtOnce_withItsOwnState() throws Exception {
    superuser("alter role clerk connection limit 0");

    assertThat(stateAtOnce(() -> connect("clerk", "secret", ""))).isEqualTo("53300");

    superuser("alter role clerk connection limit -1");
    assertThat(stateAtOnce(() -> opened.add(connect("clerk", "secret", "")))).isEqualTo("none");
  }

  @Test
  void serverThatIsFull_isToldSoon_toAllWhoBegin() throws Exception {
    superuser("alter role clerk connection limit 0");
    List<Future<String>> ends = new ArrayList<>();
    long began = System.nanoTime();
    for (int i = 0; i < SESSIONS; i++) {
      ends.add(threads.submit(() -> stateOf(() -> connect("clerk", "secret", ""))));
    }

    for (Future<String> end : ends) {
      assertThat(end.get()).isEqualTo("53300");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void wrongPassword_isToldAtOnce_whateverTheCapacity() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(stateAtOnce(() -> connect("clerk", "wrong", "?baton.capacity=1")))
          .isEqualTo("28P01");
    }
  }

  @Test
  void sessionsThatLostTheirServer_allComeBack() throws Exception {
    List<Connection> sessions = connectSideBySide(SESSIONS, "");
    cluster.failover();

    List<Future<String>> answers = new ArrayList<>();
    for (Connection session : sessions) {
      answers.add(threads.submit(() -> ask(session, "select pg_is_in_recovery()")));
    }

    for (Future<String> answer : answers) {
      assertThat(answer.get()).isEqualTo("f");
    }
  }

  @Test
  void capacityThatIsGiven_isNotExceeded() throws Exception {
    long began = System.nanoTime();

    connectSideBySide(SESSIONS, "?baton.capacity=20"); // Half of it is the standby's.

    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isGreaterThan(Duration.ofMillis(1000 * (SESSIONS - 4) / 20));
  }

  @Test
  void sessionThatHasLittleTime_doesNotWaitForItsTurn() throws Exception {
    long began = System.nanoTime();

    List<Connection> sessions = connectSideBySide(8, "?baton.capacity=1&loginTimeout=4");

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(AT_ONCE.plusSeconds(4));
    for (Connection session : sessions) {
      assertThat(ask(session, "select 1")).isEqualTo("1");
    }
  }

  private static final String OF_STATEMENTS = "?baton.admission=statements&baton.capacity=";

  @Test
  void capacityOfStatements_isNotExceeded_butByTransactionsUnderWay() throws Exception {
    List<Connection> sessions = connectSideBySide(4, OF_STATEMENTS + "60"); // Half: the standby's.
    table();

    long began = System.nanoTime();
    List<Future<?>> writers = new ArrayList<>();
    for (Connection session : sessions) {
      writers.add(threads.submit(() -> insert(session, 15)));
    }
    for (Future<?> writer : writers) {
      writer.get();
    }
    Duration alone = Duration.ofNanos(System.nanoTime() - began);
    began = System.nanoTime();
    sessions.get(0).setAutoCommit(false);
    insert(sessions.get(0), 100);
    sessions.get(0).commit();
    Duration together = Duration.ofNanos(System.nanoTime() - began);

    assertThat(alone).isGreaterThan(Duration.ofMillis(1000 * (60 - 10) / 30));
    assertThat(together).isLessThan(alone.plus(AT_ONCE));
    assertThat(ask(sessions.get(1), "select count(*) from admitted")).isEqualTo("160");
  }

  private void table() throws SQLException {
    superuser("drop table if exists admitted", "create table admitted (n int)");
    superuser("grant all on admitted to public");
  }

  private static Object insert(Connection session, int times) throws SQLException {
    try (Statement statement = session.createStatement()) {
      for (int i = 0; i < times; i++) {
        statement.execute("insert into admitted values (" + i + ")");
      }
    }
    return times;
  }

  @Test
  void statementThatWaitsForItsTurn_canBeCancelled() throws Exception {
    List<Connection> sessions = connectSideBySide(1, OF_STATEMENTS + "1&baton.failoverTimeout=1m");
    try (Statement statement = sessions.get(0).createStatement()) {
      Future<String> end =
          threads.submit(
              () -> {
                for (; ; ) {
                  String state = stateOf(() -> statement.execute("select 1"));
                  if (!state.equals("none")) {
                    return state;
                  }
                }
              });
      Awaitility.await()
          .atMost(AT_ONCE)
          .until(
              () -> {
                statement.cancel();
                return end.isDone();
              });
      assertThat(end.get()).isEqualTo("57014");
    }
    assertThat(ask(sessions.get(0), "select 1")).isEqualTo("1");
  }

  @Test
  void afterALoss_statementsWaitForTheirTurns_andAllAreMade() throws Exception {
    List<Connection> sessions = connectSideBySide(SESSIONS, "?baton.admission=statements");
    table();
    cluster.failover();

    List<Future<?>> writers = new ArrayList<>();
    for (Connection session : sessions) {
      writers.add(threads.submit(() -> insert(session, 20)));
    }
    for (Future<?> writer : writers) {
      assertThat(writer.get()).isEqualTo(20);
    }
    assertThat(ask(sessions.get(1), "select count(*) from admitted")).isEqualTo("" + 20 * SESSIONS);
  }
}
