package io.baton.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.baton.BatonException;
import io.baton.BatonException.Outcome;
import io.baton.NoServerException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;

/** What an application sees when it cannot be connected. */
@PostgresTest(standbys = 2)
class ConnectErrorsTest {

  private static SQLException refusal(String url, String user, String password) {
    return catchThrowableOfType(
        SQLException.class,
        () -> {
          try (Connection connection = DriverManager.getConnection(url, user, password)) {
            throw new AssertionError("connected by " + connection);
          }
        });
  }

  private static String url(PostgresCluster cluster, String options) {
    return cluster.jdbcUrl("jdbc:baton:postgresql:") + options;
  }

  @Test
  void wrongPassword_isTheServersOwnError(PostgresCluster cluster) {
    SQLException failure = refusal(url(cluster, ""), cluster.user(), "wrong");

    assertThat((Throwable) failure).isExactlyInstanceOf(PSQLException.class);
    assertThat(failure.getSQLState()).isEqualTo("28P01");
    assertThat((Throwable) failure).hasMessageContaining(cluster.user());
  }

  @Test
  void unknownDatabase_isTheServersOwnError(PostgresCluster cluster) {
    String url = url(cluster, "").replace("/" + cluster.database(), "/nowhere");

    SQLException failure = refusal(url, cluster.user(), cluster.password());

    assertThat((Throwable) failure).isExactlyInstanceOf(PSQLException.class);
    assertThat(failure.getSQLState()).isEqualTo("3D000");
  }

  /** What the application tells pgjdbc, and pgjdbc or the server refuses, is refused at once. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "options=-c%20work_mem=x",
        "options=-c%20no_such_setting=1",
        "prepareThreshold=x",
        "defaultRowFetchSize=x",
        "stringtype=nonsense",
        "autosave=nonsense",
        "requireAuth=nonsense",
        "preferQueryMode=nonsense",
        "maxResultBuffer=x",
        "unknownLength=x",
        "socketFactory=no.such.Factory",
        "authenticationPluginClassName=no.such.Plugin",
        "sslmode=nonsense",
        "sslmode=require",
        "sslmode=require&sslfactory=no.such.Factory",
        "xmlFactoryFactory=no.such.Factory",
        "replication=nonsense"
      })
  void mistakeInAnOptionOfPgjdbc_endsAsWithPgjdbc(String option, PostgresCluster cluster) {
    long began = System.nanoTime();
    String expected =
        outcome(cluster.jdbcUrl("jdbc:postgresql:") + "?" + option, cluster.password(), cluster);
    String found = outcome(url(cluster, "?" + option), cluster.password(), cluster);

    assertThat(found).isEqualTo(expected);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void missingPassword_endsAsWithPgjdbc(PostgresCluster cluster) {
    assertThat(outcome(url(cluster, ""), null, cluster))
        .isEqualTo(outcome(cluster.jdbcUrl("jdbc:postgresql:"), null, cluster))
        .contains("password");
  }

  @Test
  void propertiesOfTheJvm_mayBeHandedOn(PostgresCluster cluster) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", cluster.user());
    properties.setProperty("password", cluster.password());
    properties.setProperty("baton.acceptPostgresUrls", "true");
    properties.setProperty("java.version", "17");
    try (Connection connection = DriverManager.getConnection(url(cluster, ""), properties)) {
      assertThat(connection.isValid(5)).isTrue();
    }
  }

  /** Class, SQLState and message of what ends the attempt; nothing if it connects. */
  private static String outcome(String url, @Nullable String password, PostgresCluster cluster) {
    Properties properties = new Properties();
    properties.setProperty("user", cluster.user());
    if (password != null) {
      properties.setProperty("password", password);
    }
    try (Connection connection = DriverManager.getConnection(url, properties)) {
      return "connected: " + connection.isReadOnly();
    } catch (SQLException failure) {
      return failure.getClass().getName()
          + " "
          + failure.getSQLState()
          + " "
          + String.valueOf(failure.getMessage()).replaceAll("127\\.0\\.0\\.1:[0-9]+(, )?", "");
    }
  }

  @Test
  void noReachableHost_isToldAtOnce() throws IOException {
    int closedPort;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closedPort = socket.getLocalPort();
    }
    long began = System.nanoTime();

    SQLException failure =
        refusal("jdbc:baton:postgresql://127.0.0.1:" + closedPort + "/app", "app", "secret!");

    assertThat((Throwable) failure).isInstanceOf(NoServerException.class);
    assertThat(failure.getSQLState()).isEqualTo("08001");
    assertThat((Throwable) failure)
        .hasMessageContaining("No server answers")
        .hasMessageContaining("127.0.0.1:" + closedPort)
        .hasMessageNotContaining("secret!");
    assertThat(((BatonException) failure).outcome()).isEqualTo(Outcome.NOT_COMMITTED);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void standbysOnly_areWaitedForNoLongerThanTheTimeoutAndNamed(PostgresCluster cluster) {
    String hosts =
        cluster.standbys().stream()
            .map(node -> node.host() + ":" + node.port())
            .collect(Collectors.joining(","));
    String url =
        "jdbc:baton:postgresql://"
            + hosts
            + "/"
            + cluster.database()
            + "?baton.failoverTimeout=700ms";
    long began = System.nanoTime();

    SQLException failure = refusal(url, cluster.user(), cluster.password());

    assertThat((Throwable) failure).isInstanceOf(NoServerException.class);
    assertThat(failure.getSQLState()).isEqualTo("08001");
    assertThat((Throwable) failure)
        .hasMessageContaining("no server that takes writes")
        .hasMessageContaining("baton.failoverTimeout");
    for (PostgresNode standby : cluster.standbys()) {
      assertThat((Throwable) failure).hasMessageContaining(standby.host() + ":" + standby.port());
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(700), Duration.ofSeconds(20));
  }

  @Test
  void loginTimeout_shorterThanTheFailoverTimeout_isKept(PostgresCluster cluster) {
    PostgresNode standby = cluster.standbys().get(0);
    String url =
        "jdbc:baton:postgresql://"
            + standby.host()
            + ":"
            + standby.port()
            + "/"
            + cluster.database()
            + "?loginTimeout=1";
    long began = System.nanoTime();

    SQLException failure = refusal(url, cluster.user(), cluster.password());

    assertThat(failure.getSQLState()).isEqualTo("08001");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void frozenHost_besideThePrimary_doesNotKeepFromConnecting(PostgresCluster cluster)
      throws SQLException {
    cluster.standbys().get(0).freeze();

    try (Connection connection =
        DriverManager.getConnection(url(cluster, ""), cluster.user(), cluster.password())) {
      assertThat(connection.isValid(5)).isTrue();
    }
  }
}
