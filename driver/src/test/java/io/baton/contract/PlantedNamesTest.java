package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.BatonEndpoints;
import io.baton.BatonLedger;
import io.baton.Clusters;
import io.baton.HandOverResult;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.TestLength;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;

/**
 * Whatever a session finds first in its search path, Baton's own texts mean what is in {@code
 * pg_catalog}: nothing that somebody has planted runs as the application's role.
 *
 * <p>The texts of the tests are qualified, too.
 */
@Tag("campaign")
class PlantedNamesTest extends ContractFixture {

  private static final FaultPoint BEFORE_THE_SERVER_COMMITS =
      FaultPoint.before(Frontend.EXECUTE).ofStatement("commit"::equalsIgnoreCase);

  private final PlantedNames planted = new PlantedNames(cluster);

  PlantedNamesTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeAll
  static void plant(PostgresCluster cluster) throws SQLException {
    new PlantedNames(cluster).plant();
  }

  @AfterAll
  static void remove(PostgresCluster cluster) throws SQLException {
    new PlantedNames(cluster).remove();
  }

  @BeforeEach
  void lead() throws SQLException {
    direct("create table if not exists keyed (id serial primary key, word text)");
    direct("truncate keyed");
    try (Connection direct = cluster.primary().connect()) {
      BatonLedger.create(direct);
    }
    planted.lead();
  }

  @AfterEach
  void leaveAlone() throws SQLException {
    planted.leaveAlone();
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** State of every kind, with temporary views in front of the catalogue. */
  private void fill() throws SQLException {
    execute("set app.tenant = 'blue'");
    execute("listen news");
    execute("prepare greeting as select 'hello'");
    execute("create temporary table scratch (a pg_catalog.int4)");
    execute("create temporary table pg_settings (a pg_catalog.int4)");
    execute("create temporary view pg_class as select true as a");
    execute("create temporary table pg_locks (a pg_catalog.int4)");
    execute("create temporary table pg_proc (a pg_catalog.int4)");
    ask("select pg_catalog.pg_advisory_lock(42)");
  }

  private void isWhole() throws SQLException {
    connection.setAutoCommit(true);
    assertThat(ask("show app.tenant")).isEqualTo("blue");
    assertThat(ask("execute greeting")).isEqualTo("hello");
    assertThat(ask("show search_path")).isEqualTo("evil, public, pg_catalog");
    assertThat(ask("select pg_catalog.pg_advisory_unlock(42)")).isEqualTo("t");
  }

  private void insertWord(String word) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert into public.keyed (word) values (?) returning id")) {
      insert.setString(1, word);
      try (ResultSet key = insert.executeQuery()) {
        assertThat(key.next()).isTrue();
        key.getLong(1);
      }
    }
  }

  /** The plants work: else this class would show nothing. */
  @Test
  void plants_areFoundByTextsThatAreNotQualified() throws SQLException {
    try (Connection plain = cluster.primary().connect()) {
      ask(plain, "select pg_backend_pid()");
      ask(plain, "select current_user = 'a'::pg_catalog.name");
      ask(plain, "select 1 in (1, 2)");
      ask(plain, "select pg_catalog.count(*) from pg_class");
      ask(plain, "select 'a'::text");
    }

    assertThat(planted.used())
        .anyMatch(line -> line.contains("function pg_backend_pid"))
        .anyMatch(line -> line.contains("operator = name name"))
        .anyMatch(line -> line.contains("operator = integer integer"))
        .anyMatch(line -> line.contains("relation pg_class"))
        .anyMatch(line -> line.contains("type text"));
    assertThat(planted.shares())
        .containsKeys("aggregates", "functions", "operators", "relations", "types")
        .allSatisfy((kind, share) -> assertThat(share).as(kind).isGreaterThan(70))
        .containsEntry("operators", 100);
  }

  private static Stream<String> ordinaryOptions() {
    return TestLength.everyNth(
        5,
        Stream.of(
            "&baton.reads=auto&baton.target=any&baton.autocommitWrites=protect",
            "&baton.reads=auto",
            "",
            "&baton.commitOutcome=ledger&baton.autocommitWrites=protect",
            "&preferQueryMode=simple"));
  }

  private static Stream<String> optionsOfRecovery() {
    return TestLength.everyNth(
        5,
        Stream.of(
            "&baton.commitOutcome=ledger&preferQueryMode=simple",
            "&baton.autocommitWrites=protect",
            "&baton.commitOutcome=ledger",
            "",
            "&preferQueryMode=simple"));
  }

  @ParameterizedTest
  @MethodSource("ordinaryOptions")
  void ordinaryCalls_useNothingPlanted(String options) throws SQLException {
    reconnect("?baton.failoverTimeout=20s" + options);
    insert(1);
    assertThat(ask("select public.entry.id from public.entry")).isEqualTo("1");
    connection.setAutoCommit(false);
    insert(2);
    insertWord("a");
    connection.commit();
    assertThat(ask("select pg_catalog.max(public.entry.id) from public.entry")).isEqualTo("2");
    connection.rollback();
    connection.setReadOnly(true);
    assertThat(ask("select pg_catalog.max(public.entry.id) from public.entry")).isEqualTo("2");
    connection.rollback();
    connection.setReadOnly(false);
    connection
        .unwrap(BatonConnection.class)
        .explainRoute("select public.entry.id from public.entry");
    connection.unwrap(BatonConnection.class).consistencyToken();
    assertThat(connection.isValid(5)).isTrue();
    close();

    planted.areUnused();
  }

  @ParameterizedTest
  @MethodSource("optionsOfRecovery")
  void recovery_usesNothingPlanted(String options) throws SQLException {
    reconnect("?baton.failoverTimeout=20s" + options);
    fill();
    connection.setAutoCommit(false);
    insert(1);
    insertWord("a");
    connection.commit();
    insert(2);
    insertWord("b");
    cluster.primary().proxy().resetConnections();
    insert(3);
    cluster.primary().proxy().cutOn(BEFORE_THE_SERVER_COMMITS);
    connection.commit();
    isWhole();
    close();

    planted.areUnused();
    planted.leaveAlone();
    assertThat(rows()).isEqualTo("1 2 3");
  }

  @Test
  void failover_usesNothingPlanted() throws SQLException {
    reconnect("?baton.failoverTimeout=30s&baton.reads=auto");
    fill();
    connection.setAutoCommit(false);
    insertWord("a");
    connection.commit();
    insert(1);
    cluster.failover();
    insert(2);
    connection.commit();
    isWhole();
    connection.unwrap(PGConnection.class).getNotifications(10);
    close();

    planted.areUnused();
  }

  @Test
  void handOver_usesNothingPlanted() throws Exception {
    PostgresNode primary = cluster.primary();
    String front = primary.directHost() + ":" + primary.directPort();
    String back = "localhost:" + primary.directPort();
    connection.close();
    connection =
        DriverManager.getConnection(
            "jdbc:baton:postgresql://" + front + "," + back + "/" + cluster.database(),
            cluster.user(),
            cluster.password());
    Awaitility.await().until(() -> Clusters.of(connection).topology().size() == 2);
    execute("set app.tenant = 'blue'");
    execute("listen news");
    execute("create temporary table scratch (a pg_catalog.int4, b serial)");
    execute("insert into scratch values (1), (2)");
    execute("create temporary sequence pg_depend");
    execute("create temporary table pg_class (a pg_catalog.int4)");
    String at = connection.unwrap(BatonConnection.class).currentEndpoint();

    HandOverResult done =
        Clusters.of(connection)
            .handOver(at, at.equals(front) ? back : front)
            .get(20, TimeUnit.SECONDS);

    assertThat(done.moved()).as("%s", done).hasSize(1);
    assertThat(ask("select pg_catalog.count(*) from scratch")).isEqualTo("2");
    close();
    planted.areUnused();
  }

  @Test
  @Tag("campaign")
  void endpointTableAndMonitors_useNothingPlanted() throws Exception {
    try (Connection app = cluster.primary().connect()) {
      BatonEndpoints.create(app);
      for (PostgresNode node : cluster.nodes()) {
        run(
            app,
            "insert into baton.endpoint (host, port, zone) values ('"
                + node.host()
                + "', "
                + node.port()
                + ", 'z') on conflict do nothing");
      }
      run(
          app,
          "insert into baton.writer_lease (host, port, expires_at) values ('"
              + cluster.primary().host()
              + "', "
              + cluster.primary().port()
              + ", '2100-01-01')");
    }
    cluster.awaitReplication();
    reconnect("?baton.topology=table&baton.topologyRefresh=200ms&baton.heartbeat=100ms");
    insert(1);
    Awaitility.await()
        .during(Duration.ofSeconds(1))
        .until(() -> Clusters.of(connection).topology().size() == 3);
    close();

    planted.areUnused();
    direct("drop table baton.endpoint, baton.writer_lease");
  }
}
