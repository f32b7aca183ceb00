package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.BatonEndpoints;
import io.baton.Clusters;
import io.baton.EndpointCapabilities;
import io.baton.EndpointStatus;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Reads go to servers that have what they need; see {@code baton.needs}. */
@PostgresTest(standbys = 2)
@Tag("campaign")
class ReaderNeedsTest {

  private static final String WHERE = "select current_setting('port')";

  private final PostgresCluster cluster;

  ReaderNeedsTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  private PostgresNode large() {
    return cluster.standbys().get(1);
  }

  private PostgresNode small() {
    return cluster.standbys().get(0);
  }

  /** What is altered before the first session is known to its monitors. */
  @BeforeEach
  void settings() throws SQLException {
    alter(large(), "set work_mem = '33MB'");
    alter(cluster.primary(), "set work_mem = '12MB'");
  }

  @AfterEach
  void reset() throws SQLException {
    alter(large(), "reset work_mem");
    alter(cluster.primary(), "reset work_mem");
  }

  private static void alter(PostgresNode node, String change) throws SQLException {
    try (Connection superuser = node.connectAsSuperuser();
        Statement statement = superuser.createStatement()) {
      statement.execute("alter system " + change);
      statement.execute("select pg_reload_conf()");
    }
    Awaitility.await()
        .until(
            () -> {
              try (Connection fresh = node.connectAsSuperuser()) {
                return change.startsWith("reset")
                    || change.contains(ContractFixture.ask(fresh, "show work_mem"));
              }
            });
  }

  private Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.consistency=eventual&" + options,
        cluster.user(),
        cluster.password());
  }

  private Connection reading(String options) throws SQLException {
    Connection connection = connect(options);
    ContractFixture.awaitReaders(connection, 2);
    connection.setReadOnly(true);
    return connection;
  }

  private static String at(PostgresNode node) {
    return node.host() + ":" + node.port();
  }

  private static String portOf(PostgresNode node) throws SQLException {
    try (Connection direct = node.connect()) {
      return ContractFixture.ask(direct, WHERE);
    }
  }

  private static String endpoint(Connection connection) throws SQLException {
    ContractFixture.ask(connection, WHERE);
    return connection.unwrap(BatonConnection.class).currentEndpoint();
  }

  @Test
  void reads_goToTheReaderThatHasWhatTheyNeed() throws SQLException {
    for (String needs : List.of("work_mem>=33MB", "work_mem>=20MB,version>=14,plpgsql>=1")) {
      for (int i = 0; i < 4; i++) {
        try (Connection connection = reading("baton.needs=" + needs)) {
          assertThat(endpoint(connection)).as(needs).isEqualTo(at(large()));
        }
      }
    }
  }

  @Test
  void reads_thatNeedWhatOnlyTheWriterHas_goThere() throws SQLException {
    alter(cluster.primary(), "set work_mem = '40MB'");
    try (Connection connection = reading("baton.needs=work_mem>=40MB")) {
      assertThat(endpoint(connection)).isEqualTo(at(cluster.primary()));
    }
  }

  @Test
  void reads_thatNeedWhatNoServerHas_areRefused_withWhatEachLacks_andWritesGoOn()
      throws SQLException {
    try (Connection connection = reading("baton.needs=work_mem>=12MB,postgis")) {
      SQLException refusal = ContractFixture.failure(() -> ContractFixture.ask(connection, WHERE));

      assertThat(refusal.getSQLState()).isEqualTo("55000");
      assertThat(refusal.getMessage())
          .contains("needs work_mem>=12MB,postgis")
          .contains(at(cluster.primary()) + " has no extension postgis")
          .contains(at(large()) + " has no extension postgis")
          .contains(at(small()) + " has work_mem 4MB, has no extension postgis");
      connection.setReadOnly(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("create table if not exists needed (id int)");
      }
    }
  }

  @Test
  void group_isATag() throws SQLException {
    String groups = "baton.groups=big=" + at(large()) + "&baton.needs=tag:big";
    try (Connection connection = reading(groups)) {
      assertThat(endpoint(connection)).isEqualTo(at(large()));
      assertThat(connection.unwrap(BatonConnection.class).explainRoute(WHERE))
          .isEqualTo("reader: the connection is declared read-only, on a server with tag:big");
    }
  }

  @Test
  void hint_leadsToAReaderThatHasIt() throws SQLException {
    try (Connection connection = connect("baton.groups=big=" + at(large()))) {
      ContractFixture.awaitReaders(connection, 2);
      assertThat(endpoint(connection)).isEqualTo(at(cluster.primary()));
      for (String needs : List.of("tag:big", "work_mem>=33MB,plpgsql", "tag:big,version>=14")) {
        assertThat(ContractFixture.ask(connection, "/*+ baton:needs=" + needs + " */" + WHERE))
            .isEqualTo(portOf(large()));
      }
      String none = "/*+ baton:needs=work_mem<33MB,tag:x */";
      SQLException refusal =
          ContractFixture.failure(() -> ContractFixture.ask(connection, none + WHERE));
      assertThat(refusal.getSQLState()).isEqualTo("55000");
      assertThat(refusal.getMessage()).contains(at(large()) + " has work_mem 33MB, has no tag x");
      assertThat(endpoint(connection)).isEqualTo(at(cluster.primary()));
    }
  }

  @Test
  void hint_thatNamesAServerAsWell_isHeldToBoth() throws SQLException {
    try (Connection connection = connect("baton.groups=big=" + at(large()))) {
      ContractFixture.awaitReaders(connection, 2);
      String there = "/*+ baton:endpoint=" + at(large()) + " needs=tag:big */";
      assertThat(ContractFixture.ask(connection, there + WHERE)).isEqualTo(portOf(large()));
      String elsewhere = "/*+ baton:endpoint=" + at(small()) + " needs=tag:big */";
      SQLException refusal =
          ContractFixture.failure(() -> ContractFixture.ask(connection, elsewhere + WHERE));
      assertThat(refusal.getSQLState()).isEqualTo("55000");
      assertThat(refusal.getMessage()).contains(at(small()) + ", where it is to run, has no tag");
      assertThat(
              ContractFixture.stateOf(
                  () -> ContractFixture.ask(connection, "/*+ baton:writer,needs=x */" + WHERE)))
          .isEqualTo("55000");
      assertThat(ContractFixture.ask(connection, "/*+ baton:writer,needs=plpgsql */" + WHERE))
          .isEqualTo(portOf(cluster.primary()));
    }
  }

  @Test
  void hint_thatIsMalformed_isRefused_whereItWouldCount() throws SQLException {
    try (Connection connection = connect("")) {
      for (String hint : List.of("needs=version=>17", "needs=,", "endpoint=")) {
        SQLException refusal =
            ContractFixture.failure(
                () -> ContractFixture.ask(connection, "/*+ baton:" + hint + " */" + WHERE));
        assertThat(refusal.getSQLState()).as(hint).isEqualTo("22023");
        assertThat(refusal.getMessage()).contains("The statement's hint is malformed: ");
      }
      assertThat(ContractFixture.ask(connection, WHERE)).isEqualTo(portOf(cluster.primary()));
    }
  }

  @Test
  void transaction_thatIsReadOnly_isOnAServerThatHasIt() throws SQLException {
    try (Connection connection = reading("baton.needs=work_mem>=33MB")) {
      connection.setAutoCommit(false);
      assertThat(endpoint(connection)).isEqualTo(at(large()));
      assertThat(endpoint(connection)).isEqualTo(at(large()));
      connection.commit();
    }
  }

  @Test
  void session_thatIsMeantForReaders_beginsOnOneThatHasIt() throws SQLException {
    try (Connection keeping = reading("");
        Connection connection = connect("baton.target=reader&baton.needs=work_mem>=33MB")) {
      assertThat(endpoint(connection)).isEqualTo(at(large()));
      assertThat(endpoint(keeping)).isNotEqualTo(at(cluster.primary()));
    }
  }

  @Test
  void session_thatIsMeantForReaders_beginsOnOneThatHasIt_whileThereIsNoWriter()
      throws SQLException {
    String expected = at(large());
    PostgresNode primary = cluster.primary();
    primary.stopImmediately();
    try (Connection connection = connect("baton.target=reader&baton.needs=work_mem>=33MB")) {
      assertThat(endpoint(connection)).isEqualTo(expected);
    } finally {
      primary.start();
    }
  }

  @Test
  void serverThatWasRestarted_isAskedAnew() throws SQLException {
    try (Connection connection = reading("baton.needs=work_mem>=33MB")) {
      assertThat(endpoint(connection)).isEqualTo(at(large()));
      alter(large(), "reset work_mem");
      large().restart();
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(
                          ContractFixture.failure(() -> ContractFixture.ask(connection, WHERE))
                              .getMessage())
                      .contains(at(large()) + " has work_mem 4MB"));
      alter(large(), "set work_mem = '34MB'");
      large().restart();
      Awaitility.await()
          .ignoreExceptionsInstanceOf(SQLException.class)
          .until(() -> endpoint(connection).equals(at(large())));
    }
  }

  @Test
  void serversThatAreNotWatched_areAskedAllTheSame() throws SQLException {
    try (Connection connection = reading("baton.heartbeat=0&baton.needs=work_mem>=33MB")) {
      assertThat(endpoint(connection)).isEqualTo(at(large()));
    }
  }

  @Test
  void hint_doesNotCount_whereStateKeepsTheSession() throws SQLException {
    try (Connection connection = connect("")) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("create temp table here (id int)");
      }
      assertThat(ContractFixture.ask(connection, "/*+ baton:needs=postgis */" + WHERE))
          .isEqualTo(portOf(cluster.primary()));
      connection.setAutoCommit(false);
      ContractFixture.ask(connection, WHERE);
      assertThat(ContractFixture.ask(connection, "/*+ baton:needs=version~1 */" + WHERE))
          .isEqualTo(portOf(cluster.primary()));
      connection.rollback();
    }
  }

  @Test
  void tagsOfTheTable_areKnown() throws SQLException {
    try (Connection owner = cluster.primary().connect();
        Statement statement = owner.createStatement()) {
      BatonEndpoints.create(owner);
      statement.execute("truncate baton.endpoint");
      for (PostgresNode node : cluster.nodes()) {
        statement.execute(
            "insert into baton.endpoint (host, port, tags) values ('%s', %d, %s)"
                .formatted(
                    node.host(), node.port(), node == large() ? "'large, disk = nvme'" : "null"));
      }
    }
    try (Connection connection =
        reading("baton.topology=table&baton.needs=tag:large,tag:disk=nvme")) {
      assertThat(endpoint(connection)).isEqualTo(at(large()));
      assertThat(capabilities(connection, large()).tags())
          .containsEntry("disk", "nvme")
          .containsEntry("large", "true");
    } finally {
      try (Connection owner = cluster.primary().connect();
          Statement statement = owner.createStatement()) {
        statement.execute("drop schema baton cascade");
      }
    }
  }

  @Test
  void statusOfAnEndpoint_hasWhatItOffers() throws SQLException {
    try (Connection connection = connect("")) {
      Awaitility.await().until(() -> capabilities(connection, large()).extensions() != null);
      EndpointCapabilities has = capabilities(connection, large());
      assertThat(has.workMemBytes()).isEqualTo(33L << 20);
      assertThat(has.maxConnections()).isPositive();
      assertThat(has.sharedBuffersBytes()).isPositive();
      assertThat(has.extensions()).containsKey("plpgsql");
      assertThat(has.version()).startsWith(Integer.toString(cluster.version().major()));
    }
  }

  private static EndpointCapabilities capabilities(Connection connection, PostgresNode node)
      throws SQLException {
    return Clusters.of(connection).topology().stream()
        .filter(status -> status.endpoint().equals(at(node)))
        .findFirst()
        .map(EndpointStatus::capabilities)
        .orElseThrow();
  }
}
