package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static io.baton.jdbc.Topologies.at;
import static io.baton.jdbc.Topologies.awaitEndpoints;
import static io.baton.jdbc.Topologies.awaitReaders;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonConnection;
import io.baton.BatonException.Outcome;
import io.baton.BatonLedger;
import io.baton.Clusters;
import io.baton.NoServerException;
import io.baton.OutcomeUnknownException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code baton.topology=aurora} on PostgreSQL servers that have Aurora's functions, with the
 * signatures that AWS documents, and lack what instances of Aurora lack. They share no storage:
 * what replicates is the streaming of PostgreSQL.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("campaign")
class AuroraTest {

  private static final FaultPoint BEFORE_THE_ANSWER =
      FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT");

  private static final FaultPoint BEFORE_IT_ARRIVES =
      FaultPoint.before(Frontend.BIND).ofStatement("commit");

  private static final String WHERE = "select current_setting('in_hot_standby')";

  /** What instances of Aurora refuse, or refuse without logical replication. */
  private static final String REFUSED =
      """
      revoke execute on function pg_current_wal_lsn(), pg_current_wal_insert_lsn(),
        pg_current_wal_flush_lsn(), pg_walfile_name(pg_lsn), pg_last_wal_replay_lsn(),
        pg_last_wal_receive_lsn(), pg_last_xact_replay_timestamp(), pg_stat_get_wal_receiver(),
        pg_control_system(), pg_control_checkpoint(), pg_control_recovery() from public;
      do $$ declare f regprocedure; begin
        for f in select oid from pg_proc where proname = 'pg_logical_emit_message' loop
          execute 'revoke execute on function ' || f || ' from public';
        end loop;
      end $$;
      revoke select on pg_stat_wal_receiver from public;
      """;

  private static final String FUNCTIONS =
      """
      set allow_system_table_mods = on;
      create schema aurora;
      create table aurora.status (
        node text, server_id text, session_id text, durable_lsn int8, highest_lsn_rcvd int8,
        last_update_timestamp timestamptz, replica_lag_in_msec float8);
      create function pg_catalog.aurora_replica_status()
        returns table (server_id text, session_id text, durable_lsn int8, highest_lsn_rcvd int8,
          last_update_timestamp timestamptz, replica_lag_in_msec float8)
        language sql security definer as
        'select server_id, session_id, durable_lsn, highest_lsn_rcvd, last_update_timestamp,
          replica_lag_in_msec from aurora.status';
      create function pg_catalog.aurora_db_instance_identifier() returns varchar
        language sql security definer as
        $$ select server_id from aurora.status where node = current_setting('cluster_name') $$;
      """;

  private final PostgresCluster cluster =
      PostgresCluster.builder().standbys(2).perNodeAddresses().start();

  private final List<Connection> opened = new ArrayList<>();

  @BeforeAll
  void install() throws SQLException {
    try (Connection superuser = cluster.primary().connectAsSuperuser()) {
      execute(superuser, REFUSED);
      execute(superuser, FUNCTIONS);
      for (PostgresNode node : cluster.nodes()) {
        execute(
            superuser,
            "insert into aurora.status (node, server_id) values ('%s', '%s')"
                .formatted(node.name(), instance(node)));
      }
    }
    try (Connection direct = cluster.primary().connect()) {
      execute(direct, "create table item (n int); insert into item values (1)");
      BatonLedger.create(direct);
    }
  }

  @AfterAll
  void stop() {
    cluster.close();
  }

  @BeforeEach
  void roles() throws SQLException {
    nameTheWriter();
    cluster.awaitReplication();
  }

  @AfterEach
  void close() throws SQLException {
    for (Connection connection : opened) {
      connection.close();
    }
    opened.clear();
    cluster.repair();
  }

  /** What stands for the question mark in the pattern of hosts. */
  private static String instance(PostgresNode node) {
    return node.host().substring(node.host().lastIndexOf('.') + 1);
  }

  /** The function says from now on that the writer is the writer. */
  private void nameTheWriter() throws SQLException {
    administer(
        """
        update aurora.status set session_id = gen_random_uuid(), replica_lag_in_msec = 20,
          last_update_timestamp = now() where node is not null;
        update aurora.status set session_id = 'MASTER_SESSION_ID', replica_lag_in_msec = null,
          last_update_timestamp = null where node = '%s'
        """
            .formatted(cluster.primary().name()));
  }

  private void administer(String sql) throws SQLException {
    try (Connection superuser = cluster.primary().connectAsSuperuser()) {
      execute(superuser, sql);
    }
  }

  private Connection connect(String options) throws SQLException {
    PostgresNode primary = cluster.primary();
    Connection connection =
        DriverManager.getConnection(
            "jdbc:baton:postgresql://%s/%s?baton.topology=aurora&baton.auroraHostPattern=127.0.0.?&baton.topologyRefresh=50ms&%s"
                .formatted(at(primary), cluster.database(), options),
            cluster.user(),
            cluster.password());
    opened.add(connection);
    return connection;
  }

  private List<String> nodes() {
    return cluster.nodes().stream().map(Topologies::at).toList();
  }

  private void assertThatNothingWasAskedThatAuroraRefuses() {
    for (PostgresNode node : cluster.nodes()) {
      assertThat(node.log()).doesNotContain("permission denied");
    }
  }

  @Test
  void instances_areFoundByTheirNames_andReadFrom() throws Exception {
    administer(
        """
        insert into aurora.status (server_id, session_id, last_update_timestamp) values
          ('17', 'deleted', now() - interval '10 minutes'),
          ('18', 'MASTER_SESSION_ID', now() - interval '1 hour')
        """);
    Connection connection = connect("baton.consistency=eventual");
    awaitEndpoints(connection, nodes());
    awaitReaders(connection, 2);

    assertThat(ask(connection, WHERE)).isEqualTo("off");
    execute(connection, "update item set n = n");
    connection.setReadOnly(true);
    assertThat(ask(connection, WHERE)).isEqualTo("on");
    connection.setReadOnly(false);
    connection.setAutoCommit(false);
    execute(connection, "update item set n = n");
    connection.commit();
    assertThatNothingWasAskedThatAuroraRefuses();
    administer("delete from aurora.status where node is null");
  }

  @Test
  void read_thatMustShowAWrite_isAnsweredByTheWriter() throws Exception {
    Connection connection = connect("baton.consistency=session");
    awaitReaders(connection, 2);
    connection.setReadOnly(true);
    assertThat(ask(connection, WHERE)).isEqualTo("on");
    connection.setReadOnly(false);
    execute(connection, "update item set n = n");
    connection.setReadOnly(true);

    assertThat(ask(connection, WHERE)).isEqualTo("off");
    BatonConnection baton = connection.unwrap(BatonConnection.class);
    assertThatThrownBy(baton::consistencyToken)
        .isInstanceOf(SQLFeatureNotSupportedException.class)
        .hasMessageContaining("Aurora");
    assertThatNothingWasAskedThatAuroraRefuses();
  }

  @Test
  void reader_thatIsTooFarBehind_isNotReadFrom_andNoneIsWhenTheLagIsUnknown() throws Exception {
    PostgresNode behind = cluster.standbys().get(0);
    PostgresNode near = cluster.standbys().get(1);
    administer(
        "update aurora.status set replica_lag_in_msec = 60000 where node = '%s'"
            .formatted(behind.name()));
    for (int i = 0; i < 4; i++) {
      Connection connection = connect("baton.consistency=eventual&baton.maxLag=2s");
      awaitReaders(connection, 2);
      connection.setReadOnly(true);
      Awaitility.await().until(() -> ask(connection, WHERE).equals("on"));
      assertThat(connection.unwrap(BatonConnection.class).currentEndpoint()).isEqualTo(at(near));
    }
    administer("alter function pg_catalog.aurora_replica_status() rename to hidden");
    try {
      Connection connection = opened.get(0);
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(Clusters.of(connection).toString())
                      .contains("aurora_replica_status() fails")
                      .contains("the list is that of"));
      assertThat(Clusters.of(connection).endpoints()).containsExactlyInAnyOrderElementsOf(nodes());
      Awaitility.await().until(() -> ask(connection, WHERE).equals("off"));
      execute(connect("baton.consistency=eventual&baton.maxLag=2s"), "update item set n = n");
    } finally {
      administer("alter function pg_catalog.hidden() rename to aurora_replica_status");
    }
  }

  @Test
  void writer_isTheOneThatIsNamed_alsoAfterAFailover() throws Exception {
    Connection connection = connect("baton.heartbeat=100ms");
    awaitReaders(connection, 2);
    connection.setAutoCommit(false);
    execute(connection, "update item set n = 7");
    PostgresNode old = cluster.primary();

    PostgresNode promoted = cluster.failover();
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(Clusters.of(connection).toString())
                    .contains("is not known to hold the lease of the writer"));
    nameTheWriter();
    connection.commit();

    BatonConnection baton = connection.unwrap(BatonConnection.class);
    assertThat(baton.currentEndpoint()).isEqualTo(at(promoted));
    connection.setAutoCommit(true);
    assertThat(ask(connection, "select n from item")).isEqualTo("7");
    old.start();
    assertThat(old.isPrimary()).isTrue();
    // It never heard of its successor, and names itself: so it is not asked.
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(Clusters.of(connection).toString()).contains("hold the lease"));
    for (int i = 0; i < 5; i++) {
      execute(connection, "update item set n = n");
      assertThat(baton.currentEndpoint()).isEqualTo(at(promoted));
    }
    assertThatNothingWasAskedThatAuroraRefuses();
  }

  /** With one round trip more for the id, or none where a prepared statement brings it along. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void commit_thatIsCutOff_isSettledByItsId_whileTheInstanceStaysUp(boolean prepared)
      throws Exception {
    Connection connection = connect("");
    connection.setAutoCommit(false);
    for (FaultPoint cut : List.of(BEFORE_IT_ARRIVES, BEFORE_THE_ANSWER)) {
      int before = Integer.parseInt(ask(connection, "select n from item"));
      String sql = "update item set n = n + 1";
      if (prepared) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
          assertThat(statement.executeUpdate()).isEqualTo(1);
        }
      } else {
        execute(connection, sql);
      }
      cluster.primary().proxy().cutOn(cut);

      connection.commit();

      assertThat(ask(connection, "select n from item")).isEqualTo(String.valueOf(before + 1));
      connection.commit();
    }
    assertThatNothingWasAskedThatAuroraRefuses();
  }

  @Test
  void commit_thatDidNotArrive_isMadeAgain_afterTheInstanceWasRestarted() throws Exception {
    Connection connection = connect("");
    connection.setAutoCommit(false);
    execute(connection, "update item set n = 31");
    PostgresNode primary = cluster.primary();
    primary
        .proxy()
        .on(
            BEFORE_IT_ARRIVES,
            () -> {
              primary.crash();
              primary.start();
            });

    connection.commit();

    assertThat(ask(connection, "select n from item")).isEqualTo("31");
    connection.commit();
  }

  @Test
  void commit_ofAnInstanceThatIsReplaced_isUnknownByItsId() throws Exception {
    Connection connection = connect("baton.heartbeat=100ms");
    awaitReaders(connection, 2);
    connection.setAutoCommit(false);
    execute(connection, "update item set n = 41");
    cluster.awaitReplication();
    PostgresNode old = cluster.primary();
    old.proxy().on(BEFORE_THE_ANSWER, this::failOver);

    OutcomeUnknownException unknown =
        catchThrowableOfType(OutcomeUnknownException.class, connection::commit);
    assertThat(unknown.getSQLState()).isEqualTo("08007");
    assertThat(unknown.outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(unknown.evidence()).contains("Aurora").contains("baton.commitOutcome=ledger");
  }

  private void failOver() {
    cluster.failover();
    try {
      nameTheWriter();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void commit_thatIsCutOff_isKnownByTheLedger() throws Exception {
    Connection byLedger = connect("baton.commitOutcome=ledger");
    byLedger.setAutoCommit(false);
    execute(byLedger, "update item set n = 22");
    cluster.primary().proxy().cutOn(BEFORE_THE_ANSWER);
    byLedger.commit();
    assertThat(ask(byLedger, "select n from item")).isEqualTo("22");
    assertThatNothingWasAskedThatAuroraRefuses();
  }

  @Test
  void server_thatIsNoInstanceOfAurora_isNotWrittenTo() throws Exception {
    administer("alter function pg_catalog.aurora_replica_status() rename to hidden");
    try {
      assertThatThrownBy(() -> connect("baton.failoverTimeout=400ms&ApplicationName=other"))
          .isInstanceOf(NoServerException.class)
          .hasMessageContaining("aurora_replica_status() fails")
          .hasMessageContaining("the endpoints are those of the URL");
    } finally {
      administer("alter function pg_catalog.hidden() rename to aurora_replica_status");
    }
  }
}
