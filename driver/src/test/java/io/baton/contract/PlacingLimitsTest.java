package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The limits of a call hold while a server is waited for that it can be made on. */
@PostgresTest(standbys = 1)
class PlacingLimitsTest {

  private static final Duration SOON = Duration.ofSeconds(5);

  private final PostgresCluster cluster;
  private String frozen = "";

  PlacingLimitsTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  /** What ends the wait. */
  enum End {
    QUERY_TIMEOUT,
    NETWORK_TIMEOUT,
    CANCEL,
    CLOSE
  }

  @BeforeEach
  void table() throws SQLException {
    direct("create table if not exists kept (n int)");
    cluster.awaitReplication();
  }

  @AfterEach
  void thaw() {
    if (!frozen.isEmpty()) {
      signal("-CONT", frozen);
    }
  }

  private void direct(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connect();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  private Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:baton:postgresql:") + options, cluster.user(), cluster.password());
  }

  private static void signal(String signal, String process) {
    try {
      assertThat(new ProcessBuilder("kill", signal, process).start().waitFor()).isZero();
    } catch (IOException | InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  private void stopReplay() throws SQLException {
    PostgresNode standby = cluster.standbys().get(0);
    try (Connection direct = standby.connectAsSuperuser();
        Statement statement = direct.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select pid from pg_stat_activity where backend_type = 'startup'")) {
      rows.next();
      frozen = rows.getString(1);
    }
    signal("-STOP", frozen);
  }

  /** Makes a call that waits for a server, and has it end. */
  private static SQLException ended(Connection session, String sql, End how) throws SQLException {
    Statement statement = session.createStatement();
    CompletableFuture<Void> other = CompletableFuture.completedFuture(null);
    switch (how) {
      case QUERY_TIMEOUT -> statement.setQueryTimeout(1);
      case NETWORK_TIMEOUT -> session.setNetworkTimeout(Runnable::run, 1000);
      default ->
          other =
              CompletableFuture.runAsync(
                  () -> {
                    try {
                      if (how == End.CANCEL) {
                        statement.cancel();
                      } else {
                        session.close();
                      }
                    } catch (SQLException failure) {
                      throw new AssertionError(failure);
                    }
                  },
                  CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS));
    }
    long began = System.nanoTime();
    SQLException failure = catchThrowableOfType(SQLException.class, () -> statement.execute(sql));
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
    other.join();
    assertThat((Throwable) failure).isNotNull();
    return failure;
  }

  private static String stateFor(End how) {
    return switch (how) {
      case QUERY_TIMEOUT, CANCEL -> "57014";
      case NETWORK_TIMEOUT -> "08006";
      case CLOSE -> "08003";
    };
  }

  @ParameterizedTest
  @EnumSource(End.class)
  void readThatWaitsForAReaderThatIsBehind(End how) throws SQLException {
    try (Connection reading = connect("?baton.consistencyWait=60s");
        Connection writing = connect("")) {
      reading.setReadOnly(true);
      try (Statement statement = reading.createStatement()) {
        statement.execute("select count(*) from kept");
      }
      stopReplay();
      try (Statement statement = writing.createStatement()) {
        statement.execute("insert into kept values (1)");
      }

      SQLException failure = ended(reading, "select count(*) from kept", how);

      assertThat(failure.getSQLState()).isEqualTo(stateFor(how));
    }
  }

  @ParameterizedTest
  @EnumSource(End.class)
  void callThatWaitsForAWriter(End how) throws SQLException {
    try (Connection session = connect("?baton.target=reader&baton.failoverTimeout=60s")) {
      try (Statement statement = session.createStatement()) {
        statement.execute("select count(*) from kept");
      }
      cluster.primary().crash();

      SQLException failure = ended(session, "/*+ baton:writer */ insert into kept values (1)", how);

      assertThat(failure.getSQLState()).isEqualTo(stateFor(how));
    }
  }
}
