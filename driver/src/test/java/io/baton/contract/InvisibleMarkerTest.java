package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonException.Outcome;
import io.baton.SessionLostException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where the log is decoded for others, a commit marker leaves nothing there that they see. */
@PostgresTest(settings = "wal_level=logical")
class InvisibleMarkerTest {

  private static final String MESSAGES =
      "select count(*) from pg_logical_slot_peek_binary_changes('watcher', null, null,"
          + " 'proto_version', '1', 'publication_names', 'everything', 'messages', 'true')"
          + " where get_byte(data, 0) = ascii('M')";

  private final PostgresCluster cluster;
  private final Connection connection;

  InvisibleMarkerTest(PostgresCluster cluster) throws SQLException {
    this.cluster = cluster;
    this.connection =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:"), cluster.user(), cluster.password());
  }

  @BeforeEach
  void watch() throws SQLException {
    superuser(
        """
        drop schema if exists seen cascade;
        create schema seen;
        grant all on schema seen to public;
        create table seen.plain (id int);
        create unlogged table seen.unlogged (id int);
        create table seen.parts (id int) partition by range (id);
        create table seen.part1 partition of seen.parts for values from (0) to (10);
        create unlogged table seen.part2 (id int);
        alter table seen.parts attach partition seen.part2 for values from (10) to (20);
        create table seen.ruled (id int);
        create rule away as on insert to seen.ruled do instead
          insert into seen.unlogged values (new.id);
        create function seen.enter(int) returns void language sql as
          $$insert into seen.plain values ($1)$$;
        grant all on all tables in schema seen to public;
        drop publication if exists everything;
        create publication everything for all tables with (publish = 'insert')\
        """);
    superuser("select pg_create_logical_replication_slot('watcher', 'pgoutput')");
    begin();
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
    superuser("select pg_drop_replication_slot('watcher')");
  }

  /** On a connection that has committed a write: its server is known. */
  private void begin() throws SQLException {
    connection.setAutoCommit(false);
    run("insert into seen.plain values (?)");
    connection.commit();
  }

  private void run(String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, 7);
      statement.execute();
    }
  }

  private Connection superuser() throws SQLException {
    return cluster
        .primary()
        .connect(cluster.database(), cluster.superuser(), cluster.superuserPassword());
  }

  private void superuser(String sql) throws SQLException {
    try (Connection direct = superuser();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Work whose id may be in the log by itself, or not. */
  enum Work {
    INSERT("insert into seen.plain values (?)", "seen.plain", 2),
    UPDATE_OF_NOTHING("update seen.plain set id = 1 where id < -?", "seen.plain", 1),
    UNLOGGED("insert into seen.unlogged values (?)", "seen.unlogged", 1),
    PARTITIONS("insert into seen.parts values (?)", "seen.parts", 1),
    RULE("insert into seen.ruled values (?)", "seen.unlogged", 1),
    FUNCTION("select seen.enter(?)", "seen.plain", 2);

    final String sql;
    final String table;
    final int rows;

    Work(String sql, String table, int rows) {
      this.sql = sql;
      this.table = table;
      this.rows = rows;
    }
  }

  /** What a function of the application did to the session is not known: the session is lost. */
  private void commit(Work work) throws SQLException {
    try {
      connection.commit();
    } catch (SessionLostException lost) {
      assertThat(work).isEqualTo(Work.FUNCTION);
      assertThat(lost.outcome()).isEqualTo(Outcome.COMMITTED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void commit_thatIsCutOff_isSettled_andDecodersSeeNoMessage(Work work) throws SQLException {
    run(work.sql);
    cluster.primary().proxy().cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT"));

    commit(work);

    try (Connection direct = superuser()) {
      assertThat(ContractFixture.ask(direct, "select count(*) from " + work.table))
          .isEqualTo(String.valueOf(work.rows));
      assertThat(ContractFixture.ask(direct, MESSAGES)).isEqualTo("0");
      ContractFixture.ask(direct, "select pg_logical_emit_message(true, 'of the test', '')");
      assertThat(ContractFixture.ask(direct, MESSAGES)).as("they are seen").isEqualTo("1");
    }
  }
}
