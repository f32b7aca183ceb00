package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static io.baton.jdbc.Topologies.awaitReaders;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonConnection;
import io.baton.OutcomeUnknownException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a session is of which nothing else is said: {@code baton.target}. */
@PostgresTest(standbys = 2)
class SessionTargetTest {

  private static final String WHERE = "select pg_is_in_recovery()";
  private static final String STANDBY = "t";
  private static final String WRITER = "f";

  private final PostgresCluster cluster;
  private final List<Connection> opened = new ArrayList<>();

  SessionTargetTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void table() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      execute(direct, "drop table if exists item; create table item as select 7 as n");
    }
    cluster.awaitReplication();
  }

  @AfterEach
  void close() throws SQLException {
    for (Connection connection : opened) {
      connection.close();
    }
    cluster.repair();
  }

  private Connection connect(String options) throws SQLException {
    Connection connection =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.heartbeat=200ms&" + options,
            cluster.user(),
            cluster.password());
    opened.add(connection);
    return connection;
  }

  private PostgresNode node(Connection connection) throws SQLException {
    String endpoint = connection.unwrap(BatonConnection.class).currentEndpoint();
    return cluster.nodes().stream()
        .filter(node -> (node.host() + ":" + node.port()).equals(endpoint))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"baton.target=reader", "targetServerType=preferSecondary"})
  void reader_isWhereStatementsRun_andAHintLeadsAway(String option) throws SQLException {
    Connection connection = connect(option);

    assertThat(node(connection).isPrimary()).isFalse();
    assertThat(ask(connection, WHERE)).isEqualTo(STANDBY);
    assertThatThrownBy(() -> execute(connection, "insert into item values (8)"))
        .isInstanceOf(SQLException.class)
        .extracting(failure -> ((SQLException) failure).getSQLState())
        .isEqualTo("25006");
    execute(connection, "/*+ baton:writer */ insert into item values (8)");
    assertThat(ask(connection, "select count(*) from item")).isEqualTo("2");
    assertThat(connection.unwrap(BatonConnection.class).explainRoute("select 1"))
        .isEqualTo("reader: baton.target");
  }

  @Test
  void reader_thatIsLostInATransaction_isReplacedByAnother() throws SQLException {
    Connection connection = connect("baton.target=reader");
    awaitReaders(connection, 2);
    connection.setAutoCommit(false);
    execute(connection, "set local work_mem = '7MB'");
    assertThat(ask(connection, "select n from item")).isEqualTo("7");
    PostgresNode lost = node(connection);

    lost.crash();

    assertThat(ask(connection, "show work_mem")).isEqualTo("7MB");
    assertThat(ask(connection, WHERE)).isEqualTo(STANDBY);
    assertThat(node(connection)).isNotEqualTo(lost);
    connection.commit();
  }

  @Test
  void reader_whereThereIsNone_isTheWriter_andLaterAReader() throws SQLException {
    List<PostgresNode> standbys = cluster.standbys();
    standbys.forEach(PostgresNode::crash);
    Connection connection = connect("baton.target=reader");

    assertThat(ask(connection, WHERE)).isEqualTo(WRITER);
    execute(connection, "insert into item values (9)");
    standbys.forEach(PostgresNode::start);

    Awaitility.await().untilAsserted(() -> assertThat(ask(connection, WHERE)).isEqualTo(STANDBY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"reader", "any"})
  void session_thatMayBeOnAReader_needsNoWriter(String target) throws SQLException {
    cluster.primary().crash();

    Connection connection = connect("baton.target=" + target);

    assertThat(ask(connection, "select n from item")).isEqualTo("7");
    assertThat(ask(connection, WHERE)).isEqualTo(STANDBY);
  }

  @Test
  void any_isTheWriterAgain_whenThereIsOne() throws SQLException {
    cluster.primary().crash();
    Connection connection = connect("baton.target=any");
    assertThat(ask(connection, WHERE)).isEqualTo(STANDBY);

    cluster.promoteStandby();

    Awaitility.await().untilAsserted(() -> assertThat(ask(connection, WHERE)).isEqualTo(WRITER));
    execute(connection, "insert into item values (10)");
  }

  @Test
  void any_isTheWriterFromTheStart() throws SQLException {
    Connection connection = connect("baton.target=any");

    assertThat(ask(connection, WHERE)).isEqualTo(WRITER);
    connection.setReadOnly(true);
    Awaitility.await().until(() -> ask(connection, WHERE).equals(STANDBY));
    connection.setReadOnly(false);
    execute(connection, "insert into item values (11)");
  }

  /** A session on a reader that has been promoted, of which no monitor knows yet. */
  private Connection onAPromotedReader() throws SQLException {
    Connection connection =
        connect(
            "baton.target=reader&baton.select=weighted&baton.consistency=eventual&baton.heartbeat=1h&baton.failoverTimeout=8s");
    awaitReaders(connection, 2);
    // The question of the start that waits for a promotion on the standby is over after 400 ms.
    Awaitility.await()
        .during(Duration.ofMillis(600))
        .untilAsserted(() -> assertThat(ask(connection, WHERE)).isEqualTo(STANDBY));
    node(connection).promote();
    connection.setAutoCommit(false);
    execute(connection, "insert into item values (12)");
    assertThat(ask(connection, WHERE)).isEqualTo(WRITER);
    return connection;
  }

  @Test
  void transaction_thatWroteOnAPromotedReader_isReplayedOnTheWriterWhenThatIsLost()
      throws SQLException {
    PostgresNode writer = cluster.primary();
    Connection connection = onAPromotedReader();

    node(connection).crash();
    connection.commit();

    assertThat(node(connection)).isEqualTo(writer);
    try (Connection direct = writer.connect()) {
      assertThat(ask(direct, "select count(*) from item where n = 12")).isEqualTo("1");
    }
  }

  @Test
  void commit_thatIsCutOffOnAPromotedReader_isNotJudgedByAnotherHistory() throws SQLException {
    PostgresNode writer = cluster.primary();
    Connection connection = onAPromotedReader();
    PostgresNode promoted = node(connection);
    promoted
        .proxy()
        .cutOn(
            FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT"), () -> promoted.crash());

    OutcomeUnknownException unknown =
        catchThrowableOfType(OutcomeUnknownException.class, connection::commit);

    assertThat(unknown.evidence()).contains("on an older timeline");
    assertThat(node(connection)).isEqualTo(writer);
  }

  @Test
  void declaredRead_whoseReaderIsLostWhileThereIsNoWriter_goesOnAtAnotherReader()
      throws SQLException {
    Connection connection = connect("baton.consistency=eventual&baton.failoverTimeout=5s");
    awaitReaders(connection, 2);
    connection.setReadOnly(true);
    assertThat(ask(connection, WHERE)).isEqualTo(STANDBY);
    PostgresNode reader = node(connection);

    cluster.primary().crash();
    reader.crash();

    assertThat(ask(connection, "select n from item")).isEqualTo("7");
    assertThat(node(connection)).isNotEqualTo(reader);
  }
}
