package io.baton.testkit.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.Sql;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;

/** Each point is proved by what the client was told and by what the database then holds. */
@PostgresTest
class FaultPointTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @BeforeEach
  void createTable(PostgresCluster cluster) throws SQLException {
    Sql.execute(cluster.primary(), "CREATE TABLE kept (n int, t text)");
  }

  @AfterEach
  void dropTable(PostgresCluster cluster) throws SQLException {
    cluster.repair();
    Sql.execute(cluster.primary(), "DROP TABLE kept");
  }

  static Stream<Arguments> pointsOfAnAutocommitInsert() {
    return Stream.of(
        point(FaultPoint.before(Frontend.PARSE).ofStatement("insert into kept"), 0),
        point(FaultPoint.before(Frontend.BIND).ofStatement("insert into kept"), 0),
        point(FaultPoint.before(Frontend.EXECUTE).ofStatement("insert into kept"), 0),
        point(FaultPoint.after(Frontend.EXECUTE).ofStatement("insert into kept"), 0),
        point(FaultPoint.before(Frontend.SYNC), 0),
        point(FaultPoint.after(Frontend.SYNC), 1),
        point(FaultPoint.before(Backend.BIND_COMPLETE), 1),
        point(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("INSERT 0 1"), 1),
        point(FaultPoint.after(Backend.COMMAND_COMPLETE).ofStatement("INSERT INTO kept"), 1),
        point(FaultPoint.before(Backend.READY_FOR_QUERY), 1));
  }

  @ParameterizedTest
  @MethodSource("pointsOfAnAutocommitInsert")
  void autocommitInsert_cutOff_isStoredIfTheServerGotSync(
      FaultPoint point, int rows, PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node);
        PreparedStatement insert = connection.prepareStatement("INSERT INTO kept VALUES (?)")) {
      insert.setInt(1, 1);
      ArmedFault fault = node.proxy().cutOn(point);

      assertThatConnectionIsLostBy(insert::executeUpdate);

      assertThat(fault.await(PATIENCE)).isTrue();
      assertStored(node, rows);
    }
  }

  static Stream<Arguments> pointsOfACommit() {
    return Stream.of(
        point(FaultPoint.before(Frontend.EXECUTE).ofStatement("COMMIT"), 0),
        point(FaultPoint.after(Frontend.EXECUTE).ofStatement("COMMIT"), 1),
        point(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT"), 1),
        point(FaultPoint.after(Backend.COMMAND_COMPLETE).tagged("COMMIT"), 1));
  }

  @ParameterizedTest
  @MethodSource("pointsOfACommit")
  void commit_cutOff_isDoneIfTheServerGotIt(FaultPoint point, int rows, PostgresCluster cluster)
      throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      connection.setAutoCommit(false);
      Sql.execute(connection, "INSERT INTO kept VALUES (1)");
      ArmedFault fault = node.proxy().cutOn(point);

      assertThatConnectionIsLostBy(connection::commit);

      assertThat(fault.await(PATIENCE)).isTrue();
      assertStored(node, rows);
    }
  }

  @Test
  void statementPreparedEarlier_isKnownByItsText(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    Properties properties = new Properties();
    properties.setProperty("prepareThreshold", "1");
    try (Connection connection = node.connectThroughProxy(properties);
        PreparedStatement insert = connection.prepareStatement("INSERT INTO kept VALUES (?)")) {
      insert.setInt(1, 1);
      insert.executeUpdate();
      insert.executeUpdate();
      ArmedFault fault =
          node.proxy().cutOn(FaultPoint.before(Frontend.EXECUTE).ofStatement("INSERT INTO kept"));
      ArmedFault parse = node.proxy().cutOn(FaultPoint.before(Frontend.PARSE));

      assertThatConnectionIsLostBy(insert::executeUpdate);

      assertThat(fault.await(PATIENCE)).isTrue();
      assertThat(parse.hasFired()).isFalse();
      assertStored(node, 2);
    }
  }

  @Test
  void simpleQuery_isKnownByItsText(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    Properties properties = new Properties();
    properties.setProperty("preferQueryMode", "simple");
    try (Connection connection = node.connectThroughProxy(properties)) {
      ArmedFault fault =
          node.proxy().cutOn(FaultPoint.after(Frontend.QUERY).ofStatement("INSERT INTO kept"));
      Sql.query(connection, "SELECT count(*) FROM kept");

      assertThatConnectionIsLostBy(() -> Sql.execute(connection, "INSERT INTO kept VALUES (1)"));

      assertThat(fault.await(PATIENCE)).isTrue();
      assertStored(node, 1);
    }
  }

  @Test
  void batch_cutAtItsSecondAnswer_isStoredWhole(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node);
        PreparedStatement insert = connection.prepareStatement("INSERT INTO kept VALUES (?)")) {
      for (int n = 0; n < 5; n++) {
        insert.setInt(1, n);
        insert.addBatch();
      }
      ArmedFault fault =
          node.proxy()
              .cutOn(FaultPoint.after(Backend.COMMAND_COMPLETE).tagged("INSERT").occurrence(2));

      assertThatConnectionIsLostBy(insert::executeBatch);

      assertThat(fault.await(PATIENCE)).isTrue();
      assertStored(node, 5);
    }
  }

  @Test
  void dataRow_isCounted(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      String threeRows = "SELECT generate_series(1, 3)";
      ArmedFault never = node.proxy().cutOn(FaultPoint.before(Backend.DATA_ROW).occurrence(4));
      Sql.query(connection, threeRows);
      assertThat(never.hasFired()).isFalse();
      never.disarm();

      ArmedFault fault =
          node.proxy()
              .cutOn(FaultPoint.after(Backend.DATA_ROW).ofStatement("series").occurrence(3));

      assertThatConnectionIsLostBy(() -> Sql.query(connection, threeRows));
      assertThat(fault.await(PATIENCE)).isTrue();
    }
  }

  @Test
  void copyIn_cutBeforeItsEnd_storesNothing(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      ArmedFault fault = node.proxy().cutOn(FaultPoint.before(Frontend.COPY_DONE));

      assertThatConnectionIsLostBy(
          () ->
              connection
                  .unwrap(PGConnection.class)
                  .getCopyAPI()
                  .copyIn("COPY kept FROM STDIN", new StringReader("1\ta\n2\tb\n")));

      assertThat(fault.await(PATIENCE)).isTrue();
      assertStored(node, 0);
    }
  }

  @Test
  void connecting_cutAtStartup_fails(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    ArmedFault fault = node.proxy().cutOn(FaultPoint.after(Frontend.STARTUP));

    assertThatConnectionIsLostBy(() -> through(node).close());

    assertThat(fault.await(PATIENCE)).isTrue();
  }

  @Test
  void action_crashesTheServerWhileTheMessageWaits(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      connection.setAutoCommit(false);
      Sql.execute(connection, "INSERT INTO kept VALUES (1)");
      ArmedFault fault =
          node.proxy().on(FaultPoint.before(Frontend.EXECUTE).ofStatement("COMMIT"), node::crash);

      assertThatConnectionIsLostBy(connection::commit);

      assertThat(fault.await(PATIENCE)).isTrue();
      assertThat(node.isRunning()).isFalse();
      node.start();
      assertStored(node, 0);
    }
  }

  @Test
  void action_withoutCut_letsTheMessagePassAfterwards(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      StringBuilder seen = new StringBuilder();
      ArmedFault fault =
          node.proxy()
              .on(
                  FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("INSERT"),
                  () -> seen.append(storedRows(node)));

      Sql.execute(connection, "INSERT INTO kept VALUES (1)");

      assertThat(fault.await(PATIENCE)).isTrue();
      assertThat(seen.toString()).as("rows when the server had answered").isEqualTo("1");
      assertThat(node.proxy().isDisturbed()).isFalse();
    }
  }

  @Test
  void action_thatFails_isReportedToWhoWaits(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      ArmedFault fault =
          node.proxy()
              .on(
                  FaultPoint.before(Backend.DATA_ROW),
                  () -> {
                    throw new IllegalStateException("told so");
                  });
      Sql.query(connection, "SELECT 1");

      assertThatThrownBy(() -> fault.await(PATIENCE))
          .isInstanceOf(CompletionException.class)
          .hasRootCauseMessage("told so");
      assertThat(fault.hasFired()).isFalse();
    }
  }

  @Test
  void disarmedFault_doesNotHappen(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection connection = through(node)) {
      ArmedFault fault = node.proxy().cutOn(FaultPoint.before(Frontend.EXECUTE));
      fault.disarm();

      Sql.execute(connection, "INSERT INTO kept VALUES (1)");

      assertThat(fault.await(PATIENCE)).isFalse();
      assertThat(node.proxy().isDisturbed()).isFalse();
      assertThat(storedRows(node)).isEqualTo(1);
    }
  }

  @Test
  void fault_happensOnOneConnectionOnly(PostgresCluster cluster) throws Exception {
    PostgresNode node = cluster.primary();
    try (Connection first = through(node);
        Connection second = through(node)) {
      node.proxy().cutOn(FaultPoint.before(Frontend.EXECUTE));

      assertThatConnectionIsLostBy(() -> Sql.query(first, "SELECT 1"));

      assertThat(Sql.query(second, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void messagesInPieces_andLargerThanTheProxyKeeps_areUnderstood(PostgresCluster cluster)
      throws Exception {
    PostgresNode node = cluster.primary();
    Properties properties = new Properties();
    properties.setProperty("socketFactory", FragmentingSocketFactory.class.getName());
    String large = "x".repeat(300_000);
    try (Connection connection = node.connectThroughProxy(properties);
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO kept VALUES (?, ?) RETURNING t")) {
      // Armed and never reached, so that messages are held until they are whole.
      node.proxy().on(FaultPoint.after(Frontend.FUNCTION_CALL), () -> {});
      for (int n = 0; n < 3; n++) {
        insert.setInt(1, n);
        insert.setString(2, large);
        try (var rows = insert.executeQuery()) {
          rows.next();
          assertThat(rows.getString(1)).isEqualTo(large);
        }
      }
      ArmedFault fault =
          node.proxy().cutOn(FaultPoint.after(Frontend.BIND).ofStatement("RETURNING t"));

      assertThatConnectionIsLostBy(insert::executeQuery);

      assertThat(fault.await(PATIENCE)).isTrue();
      assertStored(node, 3);
    }
  }

  private static Arguments point(FaultPoint point, int rows) {
    return Arguments.of(Named.of(point.toString(), point), rows);
  }

  private static void assertThatConnectionIsLostBy(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).startsWith("08"));
  }

  /** The server may still be at work on what it got last: its session ends when it is done. */
  private static void assertStored(PostgresNode node, int rows) {
    await()
        .until(
            () ->
                Sql.query(
                        node,
                        "SELECT count(*) FROM pg_stat_activity"
                            + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
                    .equals("0"));
    assertThat(storedRows(node)).isEqualTo(rows);
  }

  private static int storedRows(PostgresNode node) {
    try {
      return Integer.parseInt(Sql.query(node, "SELECT count(*) FROM kept"));
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static Connection through(PostgresNode node) throws SQLException {
    return node.connectThroughProxy(new Properties());
  }
}
