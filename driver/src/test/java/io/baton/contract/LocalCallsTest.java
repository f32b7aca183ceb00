package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.baton.BatonConnection;
import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Calls that need no server: they return at once when there is none, throw nothing that belongs to
 * the next statement, and leave the search for a server to it.
 */
class LocalCallsTest extends ContractFixture {

  private static final Duration LOCAL = Duration.ofSeconds(1);

  LocalCallsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "?baton.failoverTimeout=2s");
  }

  private Map<String, BackgroundCall.Call> localCalls() {
    Map<String, BackgroundCall.Call> calls = new LinkedHashMap<>();
    calls.put("getMetaData", () -> connection.getMetaData());
    calls.put("getURL", () -> connection.getMetaData().getURL());
    calls.put("getDriverName", () -> connection.getMetaData().getDriverName());
    calls.put("getProductVersion", () -> connection.getMetaData().getDatabaseProductVersion());
    calls.put("getNetworkTimeout", () -> connection.getNetworkTimeout());
    calls.put("setNetworkTimeout", () -> connection.setNetworkTimeout(Runnable::run, 30_000));
    calls.put("getClientInfo", () -> connection.getClientInfo());
    calls.put("getClientInfo(name)", () -> connection.getClientInfo("ApplicationName"));
    calls.put("getWarnings", () -> connection.getWarnings());
    calls.put("clearWarnings", () -> connection.clearWarnings());
    calls.put("nativeSQL", () -> connection.nativeSQL("select {fn now()}"));
    calls.put("getAutoCommit", () -> connection.getAutoCommit());
    calls.put("isReadOnly", () -> connection.isReadOnly());
    calls.put("getHoldability", () -> connection.getHoldability());
    calls.put("getCatalog", () -> connection.getCatalog());
    calls.put("getTypeMap", () -> connection.getTypeMap());
    calls.put("isClosed", () -> connection.isClosed());
    calls.put("createStatement", () -> connection.createStatement().close());
    calls.put("prepareStatement", () -> connection.prepareStatement("select ?::int").close());
    calls.put("prepareCall", () -> connection.prepareCall("{? = call abs(?)}").close());
    calls.put("currentEndpoint", () -> connection.unwrap(BatonConnection.class).currentEndpoint());
    calls.put(
        "explainRoute", () -> connection.unwrap(BatonConnection.class).explainRoute("select 1"));
    return calls;
  }

  private void assertAllAreLocal() {
    List<String> notLocal = new ArrayList<>();
    localCalls()
        .forEach(
            (name, call) -> {
              long began = System.nanoTime();
              String end = "";
              try {
                call.run();
              } catch (SQLException thrown) {
                end = " threw " + thrown.getSQLState();
              }
              Duration took = Duration.ofNanos(System.nanoTime() - began);
              if (!end.isEmpty() || took.compareTo(LOCAL) > 0) {
                notLocal.add(name + " took " + took.toMillis() + " ms" + end);
              }
            });
    assertThat(notLocal).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void localCalls_whileNoServerAnswers_return(boolean noticed) {
    cutAll();
    if (noticed) {
      assertThat(stateOf(() -> ask("select 1"))).isEqualTo("08001");
    }

    assertAllAreLocal();
  }

  /** What the driver knows, or refuses, by itself, and what it has asked for before. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void answersOfTheDriverItself_whileNoServerAnswers_return(boolean isFetchedBefore)
      throws SQLException {
    DatabaseMetaData before = connection.getMetaData();
    String keywords = before.getSQLKeywords();
    int length = before.getMaxUserNameLength();
    cutAll();
    assertThat(stateOf(() -> ask("select 1"))).isEqualTo("08001");
    DatabaseMetaData metaData = isFetchedBefore ? before : connection.getMetaData();
    long began = System.nanoTime();

    assertThat(metaData.getSQLKeywords()).isEqualTo(keywords);
    assertThat(metaData.getMaxUserNameLength()).isEqualTo(length);
    assertThat(metaData.getTableTypes().next()).isTrue();
    assertThat(stateOf(() -> metaData.getSuperTables(null, null, null))).isEqualTo("0A000");
    assertThat(stateOf(() -> metaData.getPseudoColumns(null, null, null, null))).isEqualTo("0A000");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LOCAL);
    assertThat(stateOf(() -> metaData.getTables(null, null, "entry", null))).isEqualTo("08001");
    restore();
    assertThat(metaData.getTables(null, null, "entry", null).next()).isTrue();
  }

  @Test
  void localCalls_onAServerThatHangs_return() throws SQLException {
    connection.getCatalog(); // The driver asks the server for it, and Baton does once.
    hangAll();

    assertAllAreLocal();
  }

  @Test
  void autoCommit_whileNoServerAnswers_isSwitched() throws Exception {
    cutAll();
    assertThat(stateOf(() -> ask("select 1"))).isEqualTo("08001");

    BackgroundCall switching =
        BackgroundCall.start(
            () -> {
              connection.setAutoCommit(false);
              connection.setAutoCommit(true);
              connection.setAutoCommit(false);
            });

    assertThat(switching.endsWithin(LOCAL)).isEmpty();
    restore();
    insert(1);
    assertThat(rows()).isEmpty();
    connection.commit();
    assertThat(rows()).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void statements_madeWhileNoServerAnswers_workLater(boolean noticed) throws SQLException {
    cutAll();
    if (noticed) {
      assertThat(stateOf(() -> ask("select 1"))).isEqualTo("08001");
    }
    try (Statement plain = connection.createStatement();
        PreparedStatement prepared =
            connection.prepareStatement("insert into entry values (?), (?)")) {
      prepared.setInt(1, 1);
      prepared.setInt(2, 2);
      prepared.setQueryTimeout(30);
      plain.setFetchSize(10);
      DatabaseMetaData metaData = connection.getMetaData();
      restore();

      Awaitility.await()
          .ignoreExceptionsInstanceOf(SQLTransientConnectionException.class)
          .until(
              () -> {
                ask("select 1"); // A write that finds out the loss by itself is in doubt.
                return prepared.executeUpdate() == 2;
              });
      try (ResultSet rows = plain.executeQuery("select sum(id) from entry")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt(1)).isEqualTo(3);
      }
      assertThat(metaData.getDatabaseProductName()).isEqualTo("PostgreSQL");
    }
  }

  @Test
  void localCalls_afterAConnectionWasLost_openNoOther() throws Exception {
    execute("set application_name = 'local calls'");
    connection.getCatalog(); // The driver asks the server for it, and Baton does once.
    cluster.primary().proxy().resetConnections();
    Awaitility.await().until(() -> backends().equals("0"));

    assertAllAreLocal();

    assertThat(backends()).isEqualTo("0");
    assertThat(ask("show application_name")).isEqualTo("local calls");
    assertThat(backends()).isEqualTo("1");
  }

  private String backends() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      return ask(
          direct,
          "select count(*) from pg_catalog.pg_stat_activity"
              + " where application_name = 'local calls'");
    }
  }

  /** An application that swallows what these throw would never hear that its work is gone. */
  @Test
  void localCalls_inATransactionThatIsLost_leaveItToTheNextStatementToSayIt() {
    // Until the catalogue was read, the insert may have set something that was not read back.
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              reconnect("?baton.replay=session");
              connection.setAutoCommit(false);
              insert(1);
              connection.getCatalog(); // The driver asks the server for it, and Baton does once.
              cluster.primary().proxy().resetConnections();

              assertAllAreLocal();

              assertThat(stateOf(() -> insert(2))).isEqualTo("40001");
              assertThat(stateOf(() -> insert(3))).isEqualTo("25P02");
            });
  }

  @Test
  @Tag("campaign")
  void pool_whileNoServerAnswers_saysSoAfterItsConnectionTimeout() throws Exception {
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.failoverTimeout=20s");
      pool.setUsername(cluster.user());
      pool.setPassword(cluster.password());
      pool.setMaximumPoolSize(2);
      pool.setConnectionTimeout(2000);
      pool.setValidationTimeout(1000);
      try (Connection first = pool.getConnection();
          Connection second = pool.getConnection()) {
        assertThat(ask(first, "select 1") + ask(second, "select 1")).isEqualTo("11");
      }
      awaitThatThePoolValidates(pool);
      cutAll();

      BackgroundCall borrowing = BackgroundCall.start(() -> pool.getConnection().close());

      assertThat((Throwable) borrowing.failsWithin(Duration.ofSeconds(6)))
          .hasMessageContaining("request timed out");
      restore();
      Awaitility.await()
          .ignoreExceptions()
          .until(
              () -> {
                try (Connection borrowed = pool.getConnection()) {
                  return ask(borrowed, "select 1").equals("1");
                }
              });
    }
  }

  /** It does not ask a connection that was used within the last half second. */
  private static void awaitThatThePoolValidates(HikariDataSource pool) {
    Awaitility.await()
        .during(Duration.ofMillis(700))
        .until(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
  }
}
