package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.baton.BatonException;
import io.baton.BatonLedger;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.TestLength;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.ArmedFault;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.postgresql.PGConnection;

/**
 * Every kind of call, cut off at every instant, by every fault: the end that the contract promises,
 * and what the database holds afterwards. The promises are also a page of the reference.
 *
 * <p>With {@code -Dbaton.test.killPoints=all} each cell is run under every {@code
 * baton.commitOutcome}; otherwise those that it cannot change are run under the default. Every
 * build runs each seventh cell, the profile {@code campaign} all.
 */
@PostgresTest(standbys = 2, synchronous = true)
class KillPointTest {

  private static final Path PAGE = Path.of("../docs/reference/kill-points.md");
  private static final boolean ALL = "all".equals(System.getProperty("baton.test.killPoints"));

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String BEFORE = "1:100 2:100";

  /** How a call ends. */
  private enum End {
    RETURNS("returns"),
    UNKNOWN("08007"),
    DRIVERS_OWN("the driver's error, then 40001");

    private final String text;

    End(String text) {
      this.text = text;
    }
  }

  /** What calls the fault shall hit; the work around it is the same with every fault. */
  private enum Work {
    AUTOCOMMIT_READ("a read outside a transaction", "select balance", BEFORE) {
      @Override
      void run(Connection connection, Runnable arm) throws SQLException {
        arm.run();
        assertThat(ask(connection, "select balance from account where id = 1")).isEqualTo("100");
      }
    },
    AUTOCOMMIT_WRITE("a write outside a transaction", "update", "1:50 2:100") {
      @Override
      void run(Connection connection, Runnable arm) throws SQLException {
        arm.run();
        assertThat(update(connection, 1)).isEqualTo(1);
      }
    },
    FIRST_STATEMENT("the first statement of a transaction", "update", "1:50 2:100") {
      @Override
      void run(Connection connection, Runnable arm) throws SQLException {
        connection.setAutoCommit(false);
        arm.run();
        assertThat(update(connection, 1)).isEqualTo(1);
        connection.commit();
      }
    },
    MIDDLE_STATEMENT("a statement in the middle", "update", "1:50 2:50") {
      @Override
      void run(Connection connection, Runnable arm) throws SQLException {
        connection.setAutoCommit(false);
        assertThat(update(connection, 1)).isEqualTo(1);
        arm.run();
        assertThat(update(connection, 2)).isEqualTo(1);
        connection.commit();
      }
    },
    LAST_STATEMENT("the last statement, a read", "select sum", "1:50 2:50") {
      @Override
      void run(Connection connection, Runnable arm) throws SQLException {
        connection.setAutoCommit(false);
        update(connection, 1);
        update(connection, 2);
        arm.run();
        assertThat(ask(connection, "select sum(balance) from account")).isEqualTo("100");
        connection.commit();
      }
    },
    BATCH("a batch in a transaction", "insert", "1:50 2:100 3:3 4:4 5:5") {
      @Override
      void run(Connection connection, Runnable arm) throws SQLException {
        connection.setAutoCommit(false);
        update(connection, 1);
        try (PreparedStatement insert =
            connection.prepareStatement("insert into account values (?, ?)")) {
          for (int id = 3; id <= 5; id++) {
            insert.setInt(1, id);
            insert.setInt(2, id);
            insert.addBatch();
          }
          arm.run();
          assertThat(insert.executeBatch()).containsExactly(1, 1, 1);
        }
        connection.commit();
      }
    },
    GENERATED_KEYS("generated keys", "insert", "1:50 2:100 7:7") {
      @Override
      void run(Connection connection, Runnable arm) throws SQLException {
        connection.setAutoCommit(false);
        update(connection, 1);
        try (PreparedStatement insert =
            connection.prepareStatement(
                "insert into account values (7, 7)", Statement.RETURN_GENERATED_KEYS)) {
          arm.run();
          assertThat(insert.executeUpdate()).isEqualTo(1);
          try (ResultSet keys = insert.getGeneratedKeys()) {
            assertThat(keys.next()).isTrue();
            assertThat(keys.getInt(1)).isEqualTo(7);
          }
        }
        connection.commit();
      }
    },
    CURSOR_FETCH("a fetch of a cursor", "generate_series", "1:50 2:100") {
      @Override
      void run(Connection connection, Runnable arm) throws SQLException {
        connection.setAutoCommit(false);
        update(connection, 1);
        try (Statement statement = connection.createStatement()) {
          statement.setFetchSize(3);
          try (ResultSet rows = statement.executeQuery("select * from generate_series(1, 20)")) {
            for (int expected = 1; expected <= 20; expected++) {
              if (expected == 4) {
                arm.run();
              }
              assertThat(rows.next()).isTrue();
              assertThat(rows.getInt(1)).isEqualTo(expected);
            }
            assertThat(rows.next()).isFalse();
          }
        }
        connection.commit();
      }

      @Override
      Frontend firstRequest() {
        return Frontend.EXECUTE;
      }

      @Override
      Message answer() {
        return Backend.PORTAL_SUSPENDED;
      }
    },
    COPY("COPY in a transaction", "copy", "1:50 2:100 8:8") {
      @Override
      void run(Connection connection, Runnable arm) throws SQLException {
        connection.setAutoCommit(false);
        update(connection, 1);
        arm.run();
        try {
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyIn("copy account from stdin", new StringReader("8\t8\n"));
        } catch (IOException unexpected) {
          throw new SQLException(unexpected);
        }
        connection.commit();
      }

      @Override
      Frontend firstRequest() {
        return Frontend.QUERY;
      }
    },
    SAVEPOINT("ROLLBACK TO a savepoint", "rollback to", "1:50 2:100") {
      @Override
      void run(Connection connection, Runnable arm) throws SQLException {
        connection.setAutoCommit(false);
        update(connection, 1);
        Savepoint savepoint = connection.setSavepoint();
        update(connection, 2);
        arm.run();
        connection.rollback(savepoint);
        connection.commit();
      }
    },
    COMMIT("COMMIT", "commit", "1:50 2:100") {
      @Override
      void run(Connection connection, Runnable arm) throws SQLException {
        connection.setAutoCommit(false);
        update(connection, 1);
        arm.run();
        connection.commit();
      }
    },
    ROLLBACK("ROLLBACK", "rollback", BEFORE) {
      @Override
      void run(Connection connection, Runnable arm) throws SQLException {
        connection.setAutoCommit(false);
        update(connection, 1);
        arm.run();
        connection.rollback();
      }
    };

    private final String text;
    private final String statement;
    private final String after;

    Work(String text, String statement, String after) {
      this.text = text;
      this.statement = statement;
      this.after = after;
    }

    abstract void run(Connection connection, Runnable arm) throws SQLException;

    boolean concerns(String sql) {
      String text = sql.toLowerCase(Locale.ROOT);
      return this == COMMIT ? text.equals(statement) : text.contains(statement);
    }

    Frontend firstRequest() {
      return Frontend.PARSE;
    }

    Message answer() {
      return Backend.COMMAND_COMPLETE;
    }

    /** What the contract promises. */
    End promised(String commitOutcome) {
      return switch (this) {
        case AUTOCOMMIT_WRITE -> End.UNKNOWN;
        case COPY -> End.DRIVERS_OWN;
        case COMMIT -> commitOutcome.equals("none") ? End.UNKNOWN : End.RETURNS;
        default -> End.RETURNS;
      };
    }
  }

  /** When the fault strikes. */
  private enum Instant {
    BEFORE_IT_ARRIVES("before the request reaches the server") {
      @Override
      FaultPoint of(Work work) {
        return FaultPoint.before(work.firstRequest());
      }
    },
    BEFORE_THE_SERVER_ACTS("after a part of it did, and before the server acts") {
      @Override
      FaultPoint of(Work work) {
        return work.firstRequest() == Frontend.PARSE
            ? FaultPoint.before(Frontend.EXECUTE)
            : FaultPoint.before(work.firstRequest());
      }
    },
    BEFORE_THE_ANSWER("after the server acted, and before its answer") {
      @Override
      FaultPoint of(Work work) {
        return FaultPoint.before(work.answer());
      }
    },
    INSIDE_THE_ANSWER("in the middle of its answer") {
      @Override
      FaultPoint of(Work work) {
        return FaultPoint.after(work.answer());
      }
    };

    private final String text;

    Instant(String text) {
      this.text = text;
    }

    abstract FaultPoint of(Work work);
  }

  /** What strikes. */
  private enum Fault {
    CRASH_AND_PROMOTION("crash and promotion") {
      @Override
      ArmedFault arm(PostgresCluster cluster, FaultPoint point) {
        return cluster.primary().proxy().cutOn(point, cluster::failover);
      }
    },
    TERMINATION("backend terminated") {
      @Override
      ArmedFault arm(PostgresCluster cluster, FaultPoint point) {
        PostgresNode primary = cluster.primary();
        return primary.proxy().cutOn(point, primary::terminateBackends);
      }
    },
    RESTART("crash and restart") {
      @Override
      ArmedFault arm(PostgresCluster cluster, FaultPoint point) {
        PostgresNode primary = cluster.primary();
        return primary
            .proxy()
            .cutOn(
                point,
                () -> {
                  primary.crash();
                  primary.start();
                });
      }
    },
    CUT("network cut, server alive") {
      @Override
      ArmedFault arm(PostgresCluster cluster, FaultPoint point) {
        return cluster.primary().proxy().cutOn(point);
      }
    },
    FREEZE_AND_PROMOTION("freeze and promotion") {
      @Override
      ArmedFault arm(PostgresCluster cluster, FaultPoint point) {
        PostgresNode primary = cluster.primary();
        return primary
            .proxy()
            .cutOn(
                point,
                () -> {
                  primary.freeze();
                  cluster.promoteStandby();
                });
      }
    };

    private final String text;

    Fault(String text) {
      this.text = text;
    }

    abstract ArmedFault arm(PostgresCluster cluster, FaultPoint point);
  }

  private final PostgresCluster cluster;

  KillPointTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  private static int update(Connection connection, int id) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate("update account set balance = balance - 50 where id = " + id);
    }
  }

  @TestFactory
  Stream<DynamicTest> call_cutOff_endsAsPromised() {
    return TestLength.everyOther(
        "baton.test.killPoints",
        13,
        Arrays.stream(Fault.values())
            .flatMap(fault -> Arrays.stream(Work.values()).flatMap(work -> cells(fault, work))));
  }

  private Stream<DynamicTest> cells(Fault fault, Work work) {
    return Arrays.stream(Instant.values())
        .flatMap(
            instant ->
                outcomes(work)
                    .map(
                        outcome ->
                            DynamicTest.dynamicTest(
                                "%s: %s, %s, %s"
                                    .formatted(fault.text, work.text, instant.text, outcome),
                                () -> cell(fault, work, instant, outcome))));
  }

  private static Stream<String> outcomes(Work work) {
    return ALL || work == Work.COMMIT ? Stream.of("xid", "ledger", "none") : Stream.of("xid");
  }

  private void cell(Fault fault, Work work, Instant instant, String outcome)
      throws SQLException, InterruptedException {
    cluster.repair();
    try (Connection direct = cluster.primary().connect();
        Statement statement = direct.createStatement()) {
      statement.execute("create table if not exists account (id int primary key, balance int)");
      BatonLedger.create(direct);
      statement.execute("truncate account");
      statement.execute("insert into account values (1, 100), (2, 100)");
    }
    cluster.awaitReplication();
    FaultPoint point = instant.of(work).ofStatement(work::concerns);
    End end;
    try (Connection connection =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:")
                + "?baton.heartbeat=200ms&baton.commitOutcome="
                + outcome,
            cluster.user(),
            cluster.password())) {
      Catalogues.awaitRead(cluster, "baton.heartbeat=200ms");
      AtomicReference<ArmedFault> armed = new AtomicReference<>();
      end = end(work, connection, () -> armed.set(fault.arm(cluster, point)));
      assertThat(Objects.requireNonNull(armed.get()).await(PATIENCE)).as("struck").isTrue();
    }
    assertThat(end).isEqualTo(work.promised(outcome));
    String held = held();
    switch (end) {
      case RETURNS -> assertThat(held).isEqualTo(work.after);
      case UNKNOWN -> assertThat(held).isIn(BEFORE, work.after);
      case DRIVERS_OWN -> assertThat(held).isEqualTo(BEFORE);
    }
  }

  private static End end(Work work, Connection connection, Runnable arm) throws SQLException {
    try {
      work.run(connection, arm);
      return End.RETURNS;
    } catch (SQLException failure) {
      if (failure instanceof BatonException ended) {
        if (failure.getSQLState().equals("08007")) {
          assertThat(ended.outcome()).isEqualTo(BatonException.Outcome.UNKNOWN);
          return End.UNKNOWN;
        }
        return fail("not promised", failure);
      }
      try {
        ask(connection, "select 1");
        return fail("the transaction goes on after", failure);
      } catch (SQLException lost) {
        assertThat(lost.getSQLState()).isEqualTo("40001");
      }
      connection.rollback();
      assertThat(ask(connection, "select 1")).isEqualTo("1");
      return End.DRIVERS_OWN;
    }
  }

  private String held() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      return ask(direct, "select string_agg(id || ':' || balance, ' ' order by id) from account");
    }
  }

  @Test
  void page_saysWhatIsPromised() throws IOException {
    String page =
        """
        # Kill points

        What a call ends with when it is cut off at some instant by some fault, with the default options unless said. Every cell is run by `KillPointTest` on real servers, with synchronous replication, and the database is looked at afterwards: what returned is there exactly once, what ended otherwise is not there, and with 08007 it is there once or not at all. Made from that test; do not edit.

        Instants: %s.

        Faults: %s.

        | cut off | at every instant, by every fault |
        |---|---|
        %s
        """
            .formatted(
                Arrays.stream(Instant.values()).map(i -> i.text).collect(Collectors.joining("; ")),
                Arrays.stream(Fault.values()).map(f -> f.text).collect(Collectors.joining("; ")),
                Arrays.stream(Work.values())
                    .flatMap(KillPointTest::lines)
                    .collect(Collectors.joining("\n")));

    if (Boolean.getBoolean("baton.docs.rewrite")) {
      Files.writeString(PAGE, page);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(page);
  }

  private static Stream<String> lines(Work work) {
    return work == Work.COMMIT
        ? Stream.of("xid", "ledger", "none")
            .map(
                outcome ->
                    "| %s, `baton.commitOutcome=%s` | %s |"
                        .formatted(
                            work.text,
                            outcome.toLowerCase(Locale.ROOT),
                            work.promised(outcome).text))
        : Stream.of("| %s | %s |".formatted(work.text, work.promised("xid").text));
  }
}
