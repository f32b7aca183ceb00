package io.baton.jdbc.pgjdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.routing.topology.Endpoint;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.core.BaseConnection;

/**
 * What ends a call, a cancel request or an opening that waits for a server that hangs. The timeouts
 * of the driver are longer than these tests wait.
 */
@PostgresTest
class PhysicalConnectionAbortTest {

  private PostgresNode node;
  private PgConnector connector;

  @BeforeEach
  void connect(PostgresCluster cluster) {
    node = cluster.primary();
    Properties properties = new Properties();
    properties.setProperty("user", cluster.user());
    properties.setProperty("password", cluster.password());
    properties.setProperty("cancelSignalTimeout", "60");
    connector =
        new PgConnector(
            endpoint -> "jdbc:postgresql://" + endpoint + "/" + cluster.database(),
            properties,
            null);
  }

  private Opening opening() {
    return connector.opening(new Endpoint(node.host(), node.port()));
  }

  private PhysicalConnection opened() throws SQLException {
    return opening().open(Duration.ofSeconds(60));
  }

  private interface Work {
    void run() throws SQLException;
  }

  /** Does it on another thread; ends with its failure, if any. */
  private static CompletableFuture<Optional<SQLException>> started(Work work) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            work.run();
            return Optional.empty();
          } catch (SQLException failure) {
            return Optional.of(failure);
          }
        },
        task -> new Thread(task, "blocked by the test").start());
  }

  private static Optional<SQLException> endOf(CompletableFuture<Optional<SQLException>> started)
      throws Exception {
    return started.get(10, TimeUnit.SECONDS);
  }

  // ---- calls and their cancel requests

  @Test
  void call_cancelledOnAServerThatHangs_endsWithTheAbort() throws Exception {
    PhysicalConnection connection = opened();
    node.freeze();
    Statement statement = connection.connection().createStatement();
    CompletableFuture<Optional<SQLException>> call = startedCall(statement);
    long accepted = node.proxy().acceptedConnections();
    CompletableFuture<Optional<SQLException>> cancel = started(statement::cancel);
    Awaitility.await().until(() -> node.proxy().acceptedConnections() > accepted);

    connection.abort("its server does not answer");

    SQLException failure = endOf(call).orElseThrow();
    assertThat(connection.isSeveredBy(failure)).isTrue();
    assertThat(endOf(cancel)).isEmpty();
    assertThat(connection.abortReason()).isEqualTo("its server does not answer");
  }

  @Test
  void call_whoseTimeoutPassesOnAServerThatHangs_endsWithTheAbort() throws Exception {
    PhysicalConnection connection = opened();
    node.freeze();
    Statement statement = connection.connection().createStatement();
    statement.setQueryTimeout(1);
    long accepted = node.proxy().acceptedConnections();
    CompletableFuture<Optional<SQLException>> call = startedCall(statement);
    Awaitility.await().until(() -> node.proxy().acceptedConnections() > accepted);

    connection.abort();

    SQLException failure = endOf(call).orElseThrow();
    assertThat(connection.isSeveredBy(failure)).isTrue();
    assertThat(connection.abortReason()).isNull();
  }

  private CompletableFuture<Optional<SQLException>> startedCall(Statement statement) {
    long sent = node.proxy().requests();
    CompletableFuture<Optional<SQLException>> call = started(() -> statement.execute("select 1"));
    Awaitility.await().until(() -> node.proxy().requests() > sent);
    return call;
  }

  @Test
  void connection_ofAServerThatIsGivenUp_isReadToTheEndFirst() throws Exception {
    Opening opening = opening();
    PhysicalConnection connection = opening.open(Duration.ofSeconds(60));
    endBackendOf(connection);
    Awaitility.await().until(connection::hasInput);

    opening.giveUp("its server is lost");

    SQLException failure =
        catchThrowableOfType(
            SQLException.class, () -> connection.connection().createStatement().execute("select"));
    assertThat(failure.getSQLState()).isEqualTo("57P01");
  }

  @Test
  void connection_ofAServerThatIsGivenUp_isAbortedSoon_ifNobodyReadsIt() throws Exception {
    Opening opening = opening();
    PhysicalConnection connection = opening.open(Duration.ofSeconds(60));
    endBackendOf(connection);
    Awaitility.await().until(connection::hasInput);

    opening.giveUp("its server is lost");

    Awaitility.await().until(() -> "its server is lost".equals(connection.abortReason()));
  }

  @Test
  void connection_ofAServerThatIsGivenUp_isAbortedAtOnce_ifItSaysNothing() throws Exception {
    Opening opening = opening();
    PhysicalConnection connection = opening.open(Duration.ofSeconds(60));

    opening.giveUp("its server is lost");

    assertThat(connection.abortReason()).isEqualTo("its server is lost");
  }

  private void endBackendOf(PhysicalConnection connection) throws SQLException {
    try (Connection direct = node.connectAsSuperuser();
        Statement statement = direct.createStatement()) {
      statement.execute("select pg_terminate_backend(" + connection.backendProcess() + ")");
    }
  }

  @Test
  void cancelRequests_oneAfterTheOther_leaveNoSocketBehind() throws Exception {
    PhysicalConnection connection = opened();
    for (int times = 0; times < 20; times++) {
      ((BaseConnection) connection.connection()).cancelQuery();
    }

    assertThat(connection.sockets()).isLessThanOrEqualTo(2);
    connection.abort();
    Awaitility.await().until(() -> node.proxy().openConnections() == 0);
  }

  // ---- openings

  @Test
  void opening_onAServerThatHangs_endsWhenItsTimeIsOver() {
    node.freeze();
    Duration timeout = Duration.ofMillis(1500);
    long began = System.nanoTime();

    SQLException failure = catchThrowableOfType(SQLException.class, () -> opening().open(timeout));

    Duration took = Duration.ofNanos(System.nanoTime() - began);
    assertThat(took).isBetween(timeout, timeout.multipliedBy(2));
    assertThat(failure.getSQLState()).isEqualTo("08001");
    assertThat((Throwable) failure)
        .hasCauseInstanceOf(SocketTimeoutException.class)
        .hasMessageContaining("did not answer within 1500 ms");
  }

  @Test
  void opening_withNoTimeLeft_isNotTried() {
    long accepted = node.proxy().acceptedConnections();

    SQLException failure =
        catchThrowableOfType(SQLException.class, () -> opening().open(Duration.ZERO));

    assertThat((Throwable) failure).hasCauseInstanceOf(SocketTimeoutException.class);
    assertThat(node.proxy().acceptedConnections()).isEqualTo(accepted);
  }

  @Test
  void opening_abortedByAnotherThread_saysWhy() throws Exception {
    Opening opening = opening();
    node.freeze();
    long accepted = node.proxy().acceptedConnections();
    CompletableFuture<Optional<SQLException>> started =
        started(() -> opening.open(Duration.ofSeconds(60)));
    Awaitility.await().until(() -> node.proxy().acceptedConnections() > accepted);

    opening.abort("another server takes writes");

    SQLException failure = endOf(started).orElseThrow();
    assertThat(failure.getSQLState()).isEqualTo("08001");
    assertThat((Throwable) failure)
        .hasMessageContaining("was aborted: another server takes writes");
  }
}
