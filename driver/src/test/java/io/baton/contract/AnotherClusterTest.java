package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.SessionLostException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An address that leads new connections to another cluster, where the same role and table are,
 * while the monitor's own connection goes on: the address was given to another server.
 */
class AnotherClusterTest extends ContractFixture {

  private static final String OPTIONS =
      "?baton.failoverTimeout=2s&ApplicationName=victim&baton.silence=11s";

  private static final AtomicInteger TESTS = new AtomicInteger();

  /** With monitors of its own: no other test goes on with what they saw at these addresses. */
  private final String patient =
      "?baton.failoverTimeout=20s&baton.consistency=eventual&baton.silence="
          + (20 + TESTS.incrementAndGet())
          + "s";

  private final PostgresCluster other = PostgresCluster.builder().standbys(1).start();

  AnotherClusterTest(PostgresCluster cluster) throws SQLException {
    super(cluster, OPTIONS);
  }

  @BeforeEach
  void sameThere() throws SQLException {
    there("alter role " + cluster.user() + " password '" + cluster.password() + "'");
    there("create table entry (id int primary key); grant all on entry to public");
    there("insert into entry values (-1)");
    other.awaitReplication();
  }

  @AfterEach
  void addressesAreBack() {
    cluster.nodes().forEach(node -> turn(node, node));
    other.close();
  }

  private void there(String sql) throws SQLException {
    try (Connection direct = other.primary().connectAsSuperuser();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  private String rowsThere() throws SQLException {
    try (Connection direct = other.primary().connectAsSuperuser()) {
      return ask(direct, "select string_agg(id::text, ' ' order by id) from entry");
    }
  }

  private static void turn(PostgresNode address, PostgresNode to) {
    address.proxy().turnTo(new InetSocketAddress(to.directHost(), to.directPort()));
  }

  @Test
  void transaction_isNotReplayedThere() throws SQLException {
    connection.setAutoCommit(false);
    insert(1);
    turn(cluster.primary(), other.primary());
    cluster.primary().terminateBackends("victim");

    assertThatThrownBy(
            () -> {
              insert(2);
              connection.commit();
            })
        .isInstanceOf(SQLException.class);

    assertThat(rowsThere()).isEqualTo("-1");
    assertThat(rows()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"transaction", "session", "none"})
  void newSession_doesNotWriteThere(String replay) throws SQLException {
    turn(cluster.primary(), other.primary());

    assertThatThrownBy(
            () -> {
              try (Connection late = connect(OPTIONS + "&baton.replay=" + replay);
                  Statement statement = late.createStatement()) {
                statement.execute("insert into entry values (3)");
              }
            })
        .isInstanceOf(SQLException.class)
        .hasMessageMatching("(?s).*(of another|not of this) cluster.*");

    assertThat(rowsThere()).isEqualTo("-1");
  }

  /** As after an upgrade of the primary: the standbys still show the former identifier. */
  @Test
  void primaryOfAnotherCluster_isNamedWithWhatIsToBeDone() throws SQLException {
    turn(cluster.primary(), other.primary());
    cluster.primary().terminateBackends();

    // Until the monitor has looked, a connection that is opened and closed is not asked.
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> connect(OPTIONS).close())
                    .isInstanceOf(SQLException.class)
                    .satisfies(
                        none ->
                            assertThat(String.valueOf(none.getMessage()).lines().findFirst())
                                .hasValueSatisfying(
                                    headline ->
                                        assertThat(headline)
                                            .contains("is of another cluster of data")
                                            .contains("take them out of the URL")
                                            .contains("close the program's data sources"))));
  }

  @Test
  void reader_thatLeadsThere_isNotReadFrom() throws SQLException {
    insert(4);
    cluster.awaitReplication();
    awaitReaders(connection, 2);
    for (PostgresNode standby : cluster.standbys()) {
      turn(standby, other.standbys().get(0));
    }

    try (Connection late = connect(OPTIONS + "&baton.consistency=eventual")) {
      late.setReadOnly(true);
      assertThat(ask(late, "select string_agg(id::text, ' ') from entry")).isEqualTo("4");
    }
  }

  /** All servers are replaced: new sessions are at home there, those that had begun are not. */
  @Test
  void clusterThatIsReplaced_endsTheSessionsOfTheFormerOne() throws Exception {
    insert(5);
    connection.setAutoCommit(false);
    insert(6);
    replaceCluster();

    assertThatThrownBy(() -> insert(7))
        .isInstanceOf(SQLException.class)
        .satisfiesAnyOf(
            lost -> assertThat(lost).isInstanceOf(SessionLostException.class),
            lost -> assertThat(((SQLException) lost).getSQLState()).isEqualTo("08001"));

    assertThat(rowsThere()).isEqualTo("-1");
  }

  /** What a session knows of its cluster, it has from its connections, standbys included. */
  @Test
  void clusterThatIsReplaced_takesNoTransactionOfAStandby() throws Exception {
    insert(8);
    cluster.awaitReplication();
    try (Connection reading = connect(patient)) {
      awaitReaders(reading, 2);
      reading.setReadOnly(true);
      reading.setAutoCommit(false);
      assertThat(ask(reading, "select max(id) from entry")).isEqualTo("8");
      assertThat(ask(reading, "select pg_is_in_recovery()")).isEqualTo("t");
      replaceCluster();

      assertThatThrownBy(() -> ask(reading, "select 1"))
          .isInstanceOf(SessionLostException.class)
          .hasMessageContaining("of another cluster now");
    }
  }

  @Test
  void clusterThatIsReplaced_isNotWrittenToByOneThatReadAtAStandby() throws Exception {
    insert(9);
    cluster.awaitReplication();
    try (Connection mixed = connect(patient);
        Statement statement = mixed.createStatement()) {
      awaitReaders(mixed, 2);
      statement.execute("insert into entry values (10)");
      mixed.setReadOnly(true);
      assertThat(ask(mixed, "select pg_is_in_recovery()")).isEqualTo("t");
      replaceCluster();

      assertThatThrownBy(
              () -> {
                ask(mixed, "select max(id) from entry");
                mixed.setReadOnly(false);
                statement.execute("insert into entry values (11)");
              })
          .isInstanceOf(SessionLostException.class);
    }
    assertThat(rowsThere()).isEqualTo("-1");
  }

  /** Of a session that made one read, the server was not asked: its monitor knows. */
  @Test
  void clusterThatIsReplaced_endsTheSessionOfOneRead() throws Exception {
    insert(12);
    try (Connection once = connect(patient)) {
      assertThat(ask(once, "select max(id) from entry")).isEqualTo("12");
      replaceCluster();

      assertThatThrownBy(() -> ask(once, "select max(id) from entry"))
          .isInstanceOf(SessionLostException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "none"})
  void clusterThatIsReplaced_isNotWrittenToWhateverIsReplayed(String replay) throws Exception {
    insert(13);
    cluster.awaitReplication();
    try (Connection mixed = connect(patient + "&baton.replay=" + replay);
        Statement statement = mixed.createStatement()) {
      awaitReaders(mixed, 2);
      mixed.setReadOnly(true);
      assertThat(ask(mixed, "select pg_is_in_recovery()")).isEqualTo("t");
      replaceCluster();

      assertThatThrownBy(
              () -> {
                mixed.setReadOnly(false);
                statement.execute("insert into entry values (14)");
              })
          .isInstanceOf(SQLException.class);
    }
    assertThat(rowsThere()).isEqualTo("-1");
  }

  private void replaceCluster() {
    turn(cluster.primary(), other.primary());
    for (PostgresNode standby : cluster.standbys()) {
      turn(standby, other.standbys().get(0));
    }
    for (PostgresNode node : cluster.nodes()) {
      node.terminateBackends();
    }
  }
}
