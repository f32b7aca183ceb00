package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonDataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The password was changed at the server, and what supplies it knows the new one some seconds
 * later. A session that has begun waits for that as for a server.
 */
@PostgresTest(standbys = 1)
@Tag("campaign")
class LateSecretTest {

  private static final String OLD = "the-old-one";
  private static final String NEW = "the-new-one";
  private static final Duration LATE = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private final PostgresCluster cluster;
  private volatile String supplied = OLD;

  LateSecretTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void role() throws SQLException {
    administrate(
        """
        do $$ begin create role shop login; exception when duplicate_object then null; end $$;
        alter role shop password 'the-old-one';
        drop table if exists entry;
        create table entry (id int primary key);
        grant all on entry to shop;
        create or replace function slow() returns trigger language plpgsql as
          $$ begin perform pg_sleep(0.5); return null; end $$;
        create constraint trigger slow after insert on entry deferrable initially deferred
          for each row when (new.id = 13) execute function slow();
        """);
    cluster.awaitReplication();
  }

  private void administrate(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connectAsSuperuser();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Changes the password; what supplies it hears of that later. */
  private void change() throws SQLException {
    administrate("alter role shop password '" + NEW + "'");
    cluster.awaitReplication();
    CompletableFuture.delayedExecutor(LATE.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> supplied = NEW);
  }

  private BatonDataSource source(String options) {
    BatonDataSource source = new BatonDataSource();
    source.setUrl(
        cluster.jdbcUrl("jdbc:baton:postgresql:")
            + "?ApplicationName=shop&baton.failoverTimeout=30s"
            + options);
    source.setUser("shop");
    source.setPasswordSupplierInstance((user, host, port) -> supplied);
    return source;
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Ends the sessions, and with them the monitors if they are to be. */
  private void end(boolean monitorsToo) {
    if (monitorsToo) {
      cluster.primary().terminateBackends();
    } else {
      cluster.primary().terminateBackends("shop");
    }
  }

  private long refusedLogins() {
    return cluster.nodes().stream()
        .flatMap(node -> node.log().lines())
        .filter(line -> line.contains("password authentication failed for user \"shop\""))
        .count();
  }

  @ParameterizedTest(name = "{0}, monitors end too: {1}")
  @CsvSource({
    "&baton.warm=0, false",
    "&baton.warm=0, true",
    "'', false",
    "'', true",
    "&baton.warm=0&baton.heartbeat=0, false"
  })
  void idleSession_whoseBackendIsEnded_waitsForTheNewSecret(String options, boolean monitorsToo)
      throws Exception {
    try (BatonDataSource source = source(options);
        Connection connection = source.getConnection()) {
      execute(connection, "create temp table own (id int)");
      long before = refusedLogins();
      change();
      end(monitorsToo);

      BackgroundCall call =
          BackgroundCall.start(
              () ->
                  assertThat(ContractFixture.ask(connection, "table own union all select 1"))
                      .isEqualTo("1"));

      assertThat(call.endsWithin(PATIENCE)).isEmpty();
      assertThat(supplied).as("waited for").isEqualTo(NEW);
      assertThat(refusedLogins() - before)
          .as("logins that may lock the account")
          .isLessThanOrEqualTo(4 * LATE.toSeconds());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"&baton.warm=0", ""})
  void transaction_isReplayedWithTheNewSecret(String options) throws Exception {
    try (BatonDataSource source = source(options);
        Connection connection = source.getConnection()) {
      connection.setAutoCommit(false);
      execute(connection, "insert into entry values (1)");
      change();
      end(true);

      BackgroundCall call =
          BackgroundCall.start(
              () -> {
                execute(connection, "insert into entry values (2)");
                connection.commit();
              });

      assertThat(call.endsWithin(PATIENCE)).isEmpty();
      assertThat(ContractFixture.ask(connection, "select count(*) from entry")).isEqualTo("2");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"&baton.warm=0", ""})
  void commitUnderWay_isProvedWithTheNewSecret(String options) throws Exception {
    try (BatonDataSource source = source(options);
        Connection connection = source.getConnection()) {
      connection.setAutoCommit(false);
      execute(connection, "insert into entry values (13)");
      change();
      BackgroundCall call = BackgroundCall.start(connection::commit);
      awaitCommit();
      end(false);

      assertThat(call.endsWithin(PATIENCE)).isEmpty();
      assertThat(ContractFixture.ask(connection, "select count(*) from entry")).isEqualTo("1");
    }
  }

  private void awaitCommit() {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              try (Connection direct = cluster.primary().connectAsSuperuser()) {
                return ContractFixture.ask(
                        direct,
                        "select count(*) from pg_stat_activity where wait_event = 'PgSleep'")
                    .equals("1");
              }
            });
  }

  @Test
  void session_whosePrimaryCrashes_waitsForTheNewSecret() throws Exception {
    try (BatonDataSource source = source("&baton.warm=0");
        Connection connection = source.getConnection()) {
      execute(connection, "create temp table own (id int)");
      change();
      cluster.failover();

      BackgroundCall call = BackgroundCall.start(() -> execute(connection, "table own"));

      assertThat(call.endsWithin(PATIENCE)).isEmpty();
    }
  }

  /** It is the supplier's trouble: the outage ends as one without a server does. */
  @Test
  void secretThatNeverComes_endsWithTheTimeout_andFewLogins() throws Exception {
    try (BatonDataSource source = source("&baton.warm=0&baton.failoverTimeout=5s")) {
      List<Connection> sessions = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        Connection session = source.getConnection();
        execute(session, "create temp table own (id int)");
        sessions.add(session);
      }
      long before = refusedLogins();
      administrate("alter role shop password 'the-new-one'");
      end(false);

      List<BackgroundCall> calls =
          sessions.stream()
              .map(session -> BackgroundCall.start(() -> execute(session, "table own")))
              .toList();

      for (BackgroundCall call : calls) {
        SQLException none = call.failsWithin(PATIENCE);
        assertThat(none.getSQLState()).isEqualTo("08001");
        assertThat((Throwable) none)
            .hasMessageContaining("password authentication failed for user \"shop\"")
            .hasMessageNotContaining(OLD);
      }
      assertThat(refusedLogins() - before).isLessThanOrEqualTo(20);
      supplied = NEW;
      for (Connection session : sessions) {
        execute(session, "table own"); // It is still there, and goes on.
        session.close();
      }
    }
  }
}
