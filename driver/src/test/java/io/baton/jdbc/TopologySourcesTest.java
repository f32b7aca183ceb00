package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static io.baton.jdbc.Topologies.at;
import static io.baton.jdbc.Topologies.awaitEndpoints;
import static io.baton.jdbc.Topologies.awaitReaders;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.baton.BatonConnection;
import io.baton.BatonEndpoints;
import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.NoServerException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The list of endpoints comes from elsewhere than the URL, which names one host only. */
@PostgresTest(standbys = 2)
@Tag("campaign")
class TopologySourcesTest {

  private final PostgresCluster cluster;
  private final List<AutoCloseable> opened = new ArrayList<>();

  TopologySourcesTest(PostgresCluster cluster) throws SQLException {
    this.cluster = cluster;
    cluster.resetDatabase();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
  }

  private List<String> nodes() {
    return cluster.nodes().stream().map(Topologies::at).toList();
  }

  private Connection connect(String host, String options) throws SQLException {
    Connection connection =
        DriverManager.getConnection(
            "jdbc:baton:postgresql://"
                + host
                + "/"
                + cluster.database()
                + "?baton.topologyRefresh=50ms&"
                + options,
            cluster.user(),
            cluster.password());
    opened.add(connection);
    return connection;
  }

  private static String placeOfRead(Connection connection) throws SQLException {
    ask(connection, "select 1");
    return connection.unwrap(BatonConnection.class).currentEndpoint();
  }

  /** The tables, filled by an administrator. */
  private Connection administrator() throws SQLException {
    Connection administrator =
        DriverManager.getConnection(
            "jdbc:postgresql://" + at(cluster.primary()) + "/" + cluster.database(),
            cluster.superuser(),
            cluster.superuserPassword());
    opened.add(administrator);
    return administrator;
  }

  private Connection administratorOfTheTable() throws SQLException {
    Connection administrator = administrator();
    BatonEndpoints.create(administrator);
    execute(administrator, "delete from baton.endpoint; delete from baton.writer_lease");
    for (PostgresNode node : cluster.nodes()) {
      execute(
          administrator,
          "insert into baton.endpoint (host, port) values ('"
              + node.host()
              + "', "
              + node.port()
              + ")");
    }
    return administrator;
  }

  @Test
  void table_listsWhatTheUrlDoesNot_alsoForAFailover() throws Exception {
    administratorOfTheTable();
    cluster.awaitReplication();
    Connection connection = connect(at(cluster.primary()), "baton.topology=table");
    awaitEndpoints(connection, nodes());
    awaitReaders(connection, 2);
    execute(connection, "create table kept (a int); insert into kept values (1)");
    cluster.awaitReplication();

    PostgresNode old = cluster.primary();
    cluster.failover();

    assertThat(ask(connection, "select a from kept")).isEqualTo("1");
    assertThat(connection.unwrap(BatonConnection.class).currentEndpoint()).isNotEqualTo(at(old));
    execute(connection, "insert into kept values (2)");
  }

  @Test
  void table_marksAServerToBeLeft_andSessionsLeave() throws Exception {
    Connection administrator = administratorOfTheTable();
    Connection connection = connect(at(cluster.primary()), "baton.topology=table");
    awaitReaders(connection, 2);
    connection.setReadOnly(true);
    String reader = placeOfRead(connection);
    String port = reader.substring(reader.indexOf(':') + 1);

    execute(administrator, "update baton.endpoint set draining = true where port = " + port);

    Awaitility.await()
        .untilAsserted(() -> assertThat(placeOfRead(connection)).isNotEqualTo(reader));
    awaitReaders(connection, 1);
    execute(administrator, "delete from baton.endpoint where port = " + port);
    awaitEndpoints(connection, nodes().stream().filter(node -> !node.equals(reader)).toList());
  }

  @Test
  void table_withWeights_spreadsSessionsByThem() throws Exception {
    Connection administrator = administratorOfTheTable();
    String heavy = at(cluster.standbys().get(0));
    execute(
        administrator,
        "update baton.endpoint set weight = 300 where port = " + cluster.standbys().get(0).port());
    List<Connection> sessions = new ArrayList<>();
    String options = "baton.topology=table&baton.select=weighted";
    Connection first = connect(at(cluster.primary()), options);
    awaitReaders(first, 2);
    for (int i = 0; i < 24; i++) {
      Connection session = connect(at(cluster.primary()), options);
      session.setReadOnly(true);
      sessions.add(session);
    }
    Awaitility.await()
        .untilAsserted(
            () -> {
              Map<String, Integer> places = new HashMap<>();
              for (Connection session : sessions) {
                places.merge(placeOfRead(session), 1, Integer::sum);
              }
              assertThat(places.getOrDefault(heavy, 0)).as("" + places).isBetween(16, 20);
              assertThat(places).hasSize(2);
            });
  }

  @Test
  void table_withZones_keepsReadsInTheApplicationsZone() throws Exception {
    Connection administrator = administratorOfTheTable();
    String near = at(cluster.standbys().get(1));
    for (PostgresNode node : cluster.nodes()) {
      String zone = at(node).equals(near) ? "b" : "a";
      execute(
          administrator,
          "update baton.endpoint set zone = '" + zone + "' where port = " + node.port());
    }
    List<Connection> sessions = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Connection session =
          connect(at(cluster.primary()), "baton.topology=table&baton.select=nearest&baton.zone=b");
      awaitReaders(session, 2);
      session.setReadOnly(true);
      sessions.add(session);
    }
    for (Connection session : sessions) {
      Awaitility.await().untilAsserted(() -> assertThat(placeOfRead(session)).isEqualTo(near));
    }

    execute(administrator, "update baton.endpoint set draining = true where zone = 'b'");
    for (Connection session : sessions) {
      Awaitility.await().untilAsserted(() -> assertThat(placeOfRead(session)).isNotEqualTo(near));
    }
    execute(administrator, "update baton.endpoint set draining = false where zone = 'b'");
    for (Connection session : sessions) {
      Awaitility.await().untilAsserted(() -> assertThat(placeOfRead(session)).isEqualTo(near));
    }
  }

  @Test
  void nearest_withoutAZone_isWhereRoundTripsAreShort() throws Exception {
    administratorOfTheTable();
    PostgresNode far = cluster.standbys().get(0);
    String near = at(cluster.standbys().get(1));
    far.proxy().delay(Duration.ofMillis(10));
    try {
      Connection session =
          connect(
              at(cluster.primary()),
              "baton.topology=table&baton.select=nearest&baton.heartbeat=50ms");
      awaitReaders(session, 2);
      session.setReadOnly(true);
      Awaitility.await().untilAsserted(() -> assertThat(placeOfRead(session)).isEqualTo(near));
    } finally {
      far.proxy().restore();
    }
  }

  @Test
  void table_withALeaseThatRanOut_hasNoWriter() throws Exception {
    Connection administrator = administratorOfTheTable();
    grant(administrator, "1 hour");
    Connection connection =
        connect(at(cluster.primary()), "baton.topology=table&baton.failoverTimeout=1500ms");
    awaitEndpoints(connection, nodes());
    execute(connection, "create table leased (a int)");

    grant(administrator, "0 seconds");
    Awaitility.await()
        .until(
            () ->
                Clusters.all().get(0).topology().stream()
                    .noneMatch(server -> server.role() == EndpointStatus.Role.WRITER));
    assertThatThrownBy(
            () -> connect(at(cluster.primary()), "baton.topology=table&baton.failoverTimeout=1s"))
        .isInstanceOf(NoServerException.class)
        .hasMessageContaining("lease");

    grant(administrator, "1 hour");
    Connection later = connect(at(cluster.primary()), "baton.topology=table");
    execute(later, "insert into leased values (1)");
  }

  /** While the table has not answered, a server that takes writes is there, and is not used. */
  @Test
  void table_thatHasNotAnsweredYet_hasNoWriter() throws Exception {
    Connection administrator = administratorOfTheTable();
    grant(administrator, "1 hour");
    administrator.setAutoCommit(false);
    execute(administrator, "lock table baton.endpoint in access exclusive mode");
    String options = "baton.topology=table&baton.failoverTimeout=30s&ApplicationName=early";
    CompletableFuture<Connection> connecting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return connect(at(cluster.primary()), options);
              } catch (SQLException failure) {
                throw new CompletionException(failure);
              }
            });
    awaitTopology("is not known to hold the lease of the writer");
    grant(administrator, "-1 seconds");
    administrator.commit();
    awaitTopology("listed by the table baton.endpoint");
    assertThat(connecting).isNotDone();
    assertThat(sessionsOf("early")).isEqualTo("0");

    grant(administrator, "1 hour");
    administrator.commit();
    execute(connecting.get(20, TimeUnit.SECONDS), "create table later (a int)");
  }

  /** It is not known that the lease was renewed, so it was not. */
  @Test
  void table_thatHangsWhileTheLeaseEnds_hasNoWriter() throws Exception {
    Connection administrator = administratorOfTheTable();
    grant(administrator, "1 hour");
    Connection connection =
        connect(
            at(cluster.primary()),
            "baton.topology=table&baton.failoverTimeout=500ms&baton.heartbeat=1h");
    execute(connection, "create table leased (a int)");
    grant(administrator, "1 second");
    awaitThatItIsAskedAfter(ask(administrator, "select clock_timestamp()"));
    administrator.setAutoCommit(false);
    execute(administrator, "lock table baton.endpoint in access exclusive mode");

    Awaitility.await()
        .until(
            () ->
                Clusters.of(connection).topology().stream()
                    .noneMatch(server -> server.role() == EndpointStatus.Role.WRITER));
    assertThatThrownBy(() -> execute(connection, "insert into leased values (1)"))
        .isInstanceOf(NoServerException.class);

    administrator.rollback();
    assertThat(ask(administrator, "select count(*) from leased")).isEqualTo("0");
    administrator.rollback();
  }

  /** The lease was taken away, which the standbys do not know yet. */
  @Test
  void table_thatCannotBeReadAtTheWriter_isNotBelievedOfAStandbyThatIsBehind() throws Exception {
    Connection administrator = administratorOfTheTable();
    Connection connection = connectWithLease(administrator);
    pauseReplay();
    try {
      grant(administrator, "0 seconds");
      Awaitility.await().until(() -> !hasWriter(connection));
      lockTheLease(administrator, connection);

      Awaitility.await()
          .during(Duration.ofSeconds(1))
          .atMost(Duration.ofSeconds(3))
          .until(() -> !hasWriter(connection));
      assertThatThrownBy(() -> execute(connection, "insert into leased values (1)"))
          .isInstanceOf(NoServerException.class);
    } finally {
      administrator.close();
      cluster.standbys().forEach(PostgresNode::resumeReplay);
    }
  }

  /** The lease was renewed, which the standbys do not know yet. */
  @Test
  void lease_thatStandbysThatAreBehindTakeForEnded_staysWhileTheTableCannotBeReadAtTheWriter()
      throws Exception {
    Connection administrator = administratorOfTheTable();
    Connection connection = connectWithLease(administrator);
    grant(administrator, "3 seconds");
    pauseReplay();
    try {
      grant(administrator, "1 hour");
      awaitThatItIsAskedAfter(ask(administrator, "select clock_timestamp()"));
      lockTheLease(administrator, connection);

      Awaitility.await()
          .during(Duration.ofMillis(3500))
          .atMost(Duration.ofSeconds(7))
          .until(() -> hasWriter(connection));
      execute(connection, "insert into leased values (1)");
    } finally {
      administrator.close();
      cluster.standbys().forEach(PostgresNode::resumeReplay);
    }
  }

  private Connection connectWithLease(Connection administrator) throws SQLException {
    grant(administrator, "1 hour");
    Connection connection =
        connect(at(cluster.primary()), "baton.topology=table&baton.failoverTimeout=500ms");
    execute(connection, "create table leased (a int)");
    awaitReaders(connection, 2);
    return connection;
  }

  private void pauseReplay() {
    cluster.awaitReplication();
    cluster.standbys().forEach(PostgresNode::pauseReplay);
  }

  /** Until the end of the administrator's connection. */
  private static void lockTheLease(Connection administrator, Connection connection)
      throws SQLException {
    administrator.setAutoCommit(false);
    execute(administrator, "lock table baton.writer_lease in access exclusive mode");
    awaitFailure(connection);
  }

  private static boolean hasWriter(Connection connection) throws SQLException {
    return Clusters.of(connection).topology().stream()
        .anyMatch(server -> server.role() == EndpointStatus.Role.WRITER);
  }

  private static void awaitFailure(Connection connection) throws SQLException {
    Awaitility.await()
        .until(() -> Clusters.of(connection).toString().contains("the table baton.endpoint fails"));
  }

  private void awaitThatItIsAskedAfter(String time) throws SQLException {
    try (Connection superuser = cluster.primary().connectAsSuperuser()) {
      Awaitility.await()
          .until(
              () ->
                  ask(
                          superuser,
                          "select exists (select from pg_stat_activity where query like"
                              + " '%else pg_catalog.pg_current_wal_insert_lsn() end%'"
                              + " and state = 'idle'"
                              + " and application_name = 'Baton monitor' and query_start > '"
                              + time
                              + "')")
                      .equals("t"));
    }
  }

  private static void awaitTopology(String text) {
    Awaitility.await()
        .until(() -> Clusters.all().stream().anyMatch(some -> some.toString().contains(text)));
  }

  /** Monitors have another name. */
  private String sessionsOf(String application) throws SQLException {
    try (Connection superuser = cluster.primary().connectAsSuperuser()) {
      return ask(
          superuser,
          "select count(*) from pg_stat_activity where application_name = '" + application + "'");
    }
  }

  private void grant(Connection administrator, String time) throws SQLException {
    execute(
        administrator,
        "insert into baton.writer_lease (host, port, expires_at) values ('"
            + cluster.primary().host()
            + "', "
            + cluster.primary().port()
            + ", now() + interval '"
            + time
            + "') on conflict (only_row) do update set expires_at = excluded.expires_at");
  }

  @Test
  void source_thatFails_leavesTheLastList() throws Exception {
    Connection administrator = administratorOfTheTable();
    Connection connection = connect(at(cluster.primary()), "baton.topology=table");
    awaitEndpoints(connection, nodes());

    execute(administrator, "alter table baton.endpoint rename to hidden");
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(Clusters.of(connection).toString())
                    .contains("the table baton.endpoint fails")
                    .contains("the list is that of"));

    assertThat(Clusters.of(connection).endpoints()).containsExactlyInAnyOrderElementsOf(nodes());
    execute(connection, "select 1");
    execute(administrator, "alter table baton.hidden rename to endpoint");
  }

  @Test
  void rdsMultiAz_listsByItsFunction() throws Exception {
    String values =
        cluster.nodes().stream()
            .map(node -> "('" + node.port() + "', '" + node.host() + "', " + node.port() + ")")
            .collect(Collectors.joining(", "));
    execute(
        administrator(),
        "create schema rds_tools; grant usage on schema rds_tools to public;"
            + " create function rds_tools.show_topology(caller text)"
            + " returns table (id text, endpoint text, port int) language sql as"
            + " $$ values "
            + values
            + " $$");
    Connection connection = connect(at(cluster.primary()), "baton.topology=rds-multi-az");
    awaitEndpoints(connection, nodes());
    awaitReaders(connection, 2);
  }

  @Test
  void dns_givesTheAddressesOfAName() throws Exception {
    PostgresNode primary = cluster.primary();
    List<String> expected = new ArrayList<>();
    for (InetAddress address : InetAddress.getAllByName("localhost")) {
      String host = address.getHostAddress();
      expected.add((host.contains(":") ? "[" + host + "]" : host) + ":" + primary.directPort());
    }
    Connection connection = connect("localhost:" + primary.directPort(), "baton.topology=dns");
    Awaitility.await()
        .untilAsserted(() -> assertThat(Clusters.of(connection).endpoints()).containsAll(expected));
    execute(connection, "select 1");
  }

  @Test
  void patroni_listsMembers_andOneThatAnswersNonsenseIsPassedOver() throws Exception {
    AtomicReference<String> answer = new AtomicReference<>(members());
    HttpServer good = serve(answer);
    HttpServer bad = serve(new AtomicReference<>("<html>"));
    Connection connection =
        connect(
            at(cluster.primary()),
            "baton.topology=patroni&baton.patroniUrls=http://127.0.0.1:"
                + bad.getAddress().getPort()
                + ",http://127.0.0.1:"
                + good.getAddress().getPort());
    awaitEndpoints(connection, nodes());
    awaitReaders(connection, 2);

    String shunned = at(cluster.standbys().get(0));
    answer.set(
        members()
            .replace(
                "\"port\": " + cluster.standbys().get(0).port(),
                "\"tags\": {\"noloadbalance\": true}, \"port\": "
                    + cluster.standbys().get(0).port()));
    awaitReaders(connection, 1);
    connection.setReadOnly(true);
    assertThat(placeOfRead(connection)).isNotEqualTo(shunned);
  }

  private String members() {
    return cluster.nodes().stream()
        .map(
            node ->
                "{\"name\": \"n"
                    + node.port()
                    + "\", \"role\": \""
                    + (node.isPrimary() ? "leader" : "replica")
                    + "\", \"state\": \"running\", \"host\": \""
                    + node.host()
                    + "\", \"port\": "
                    + node.port()
                    + "}")
        .collect(Collectors.joining(", ", "{\"members\": [", "], \"scope\": \"demo\"}"));
  }

  private HttpServer serve(AtomicReference<String> answer) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/cluster",
        exchange -> {
          byte[] bytes = String.valueOf(answer.get()).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    opened.add(() -> server.stop(0));
    return server;
  }
}
