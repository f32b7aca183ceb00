package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.testkit.ClusterException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** One connection of an application, one table, and what the tests of the contract ask of them. */
@PostgresTest(standbys = 2, synchronous = true)
abstract class ContractFixture {

  /** How long what is done at once may take on a slow machine. */
  static final Duration AT_ONCE = Duration.ofSeconds(2);

  final PostgresCluster cluster;
  Connection connection;

  ContractFixture(PostgresCluster cluster, String options) throws SQLException {
    this.cluster = cluster;
    this.connection = connect(options);
  }

  @BeforeEach
  void table() throws SQLException {
    direct("create table if not exists entry (id int primary key)");
    direct("truncate entry");
  }

  @AfterEach
  void close() throws SQLException {
    cluster.nodes().forEach(node -> node.proxy().disarm());
    restore();
    connection.close();
  }

  final Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + options, cluster.user(), cluster.password());
  }

  final void reconnect(String options) throws SQLException {
    connection.close();
    connection = connect(options);
  }

  final void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  final void insert(int id) throws SQLException {
    execute("insert into entry values (" + id + ")");
  }

  final String ask(String sql) throws SQLException {
    return ask(connection, sql);
  }

  static String ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return String.valueOf(rows.getString(1));
    }
  }

  /** Runs a text past Baton and past the proxies. */
  final void direct(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connect();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The committed rows, asked past Baton and past the proxies. */
  final String rows() throws SQLException {
    // A primary that has just crashed and started again may not answer at once.
    PostgresNode answering =
        Awaitility.await()
            .ignoreException(ClusterException.class)
            .until(cluster::primary, any -> true);
    try (Connection direct = answering.connect()) {
      return ask(direct, "select coalesce(string_agg(id::text, ' ' order by id), '') from entry");
    }
  }

  /** Has every server refuse and reset all connections, until {@link #restore}. */
  final void cutAll() {
    cluster.nodes().forEach(node -> node.proxy().cut());
  }

  /** Has every server swallow what it is sent, as one that hangs, until {@link #restore}. */
  final void hangAll() {
    cluster.nodes().forEach(node -> node.proxy().halfOpen());
  }

  final void restore() {
    cluster.nodes().forEach(node -> node.proxy().restore());
  }

  /** Waits until so many standbys are known. */
  static void awaitReaders(Connection connection, int count) {
    Awaitility.await()
        .until(
            () ->
                Clusters.of(connection).topology().stream()
                        .filter(EndpointStatus::isUsable)
                        .filter(status -> status.role() == EndpointStatus.Role.READER)
                        .count()
                    == count);
  }

  static SQLException failure(BackgroundCall.Call call) {
    SQLException failure = catchThrowableOfType(SQLException.class, call::run);
    assertThat((Throwable) failure).as("the end of the call").isNotNull();
    return failure;
  }

  static String stateOf(BackgroundCall.Call call) {
    return String.valueOf(failure(call).getSQLState());
  }
}
