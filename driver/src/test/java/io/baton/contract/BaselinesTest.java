package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.jdbc.pgjdbc.PgUrl;
import io.baton.session.Baseline;
import io.baton.session.Baselines;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.junit.PostgresTest;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is remembered of new connections is what they would say if each was asked for all of it. */
@PostgresTest
class BaselinesTest {

  private final Baselines remembering = new Baselines();
  private final PostgresCluster cluster;

  BaselinesTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  private Connection connect(String... options) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", cluster.user());
    properties.setProperty("password", cluster.password());
    for (int i = 0; i < options.length; i += 2) {
      properties.setProperty(options[i], options[i + 1]);
    }
    return DriverManager.getConnection(cluster.jdbcUrl("jdbc:postgresql:"), properties);
  }

  private Baseline asked(String... options) throws SQLException {
    Properties given = new Properties();
    for (int i = 0; i < options.length; i += 2) {
      given.setProperty(options[i], options[i + 1]);
    }
    try (Connection connection = connect(options)) {
      Baseline remembered = remembering.ask(connection, PgUrl.startup(given));
      assertThat(remembered).isEqualTo(new Baselines().ask(connection, "login"));
      return remembered;
    }
  }

  private void administrator(String sql) throws SQLException {
    try (Connection connection = cluster.primary().connectAsSuperuser();
        Statement statement = connection.createStatement()) {
      statement.execute(sql.replace("@user", cluster.user()).replace("@db", cluster.database()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "role @user set work_mem = '7MB'; reset work_mem",
        "role @user set work_mem = '4MB'; reset work_mem",
        "role @user set app.tenant = '7'; reset app.tenant",
        "role @user set app.tenant = ''; reset app.tenant",
        "database @db set search_path = 'one,two'; reset search_path",
        "role @user in database @db set datestyle = 'German'; reset datestyle",
        "role all set log_min_messages = 'error'; reset log_min_messages",
        "role @user set role = 'pg_monitor'; reset role",
        "role @user set temp_file_limit = '1GB'; reset temp_file_limit",
      })
  void whatIsAltered_isNoticed_andThatItIsAlteredBack(String alteration) throws SQLException {
    Baseline before = asked();
    assertThat(asked()).isEqualTo(before);
    String set = "alter " + alteration.substring(0, alteration.indexOf(';'));
    String reset =
        set.substring(0, set.indexOf(" set ")) + alteration.substring(alteration.indexOf(';') + 1);
    administrator("grant pg_monitor to @user");
    administrator(set);
    try {
      asked();
      asked();
    } finally {
      administrator(reset);
    }
    assertThat(asked()).isEqualTo(before);
  }

  @Test
  void connection_thatBeganBeforeAnAlteration_saysWhatItBeganWith() throws SQLException {
    asked();
    try (Connection early = connect()) {
      administrator("alter role @user set work_mem = '9MB'");
      try {
        Baseline later = asked();
        assertThat(asked()).isEqualTo(later);
        assertThat(remembering.ask(early, PgUrl.startup(new Properties())))
            .isEqualTo(new Baselines().ask(early, "login"))
            .isNotEqualTo(later);
      } finally {
        administrator("alter role @user reset work_mem");
      }
    }
  }

  /** As the sessions of a program do when they arrive at a server that none of them was on. */
  @Test
  void manyThatAskAtOnce_areToldWhatEachWouldBeToldAlone() throws Exception {
    Baseline alone = asked();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (int round = 0; round < 10; round++) {
        Baselines fresh = new Baselines();
        List<Callable<Baseline>> questions = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          questions.add(
              () -> {
                try (Connection connection = connect()) {
                  return fresh.ask(connection, "login");
                }
              });
        }
        for (Future<Baseline> answer : threads.invokeAll(questions)) {
          assertThat(answer.get()).isEqualTo(alone);
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void oneThatHangs_orIsRefused_holdsNobodyUp() throws Exception {
    Baseline alone = asked();
    Baselines fresh = new Baselines();
    CountDownLatch asking = new CountDownLatch(1);
    CountDownLatch hanging = new CountDownLatch(1);
    Connection hangs =
        (Connection)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                  asking.countDown();
                  hanging.await();
                  throw new SQLException("cut", "08006");
                });
    FutureTask<Baseline> first = new FutureTask<>(() -> fresh.ask(hangs, "login"));
    new Thread(first).start();
    asking.await();
    try (Connection connection = connect()) {
      assertThat(fresh.ask(connection, "login")).isEqualTo(alone);
      hanging.countDown();
      assertThatThrownBy(first::get).rootCause().isInstanceOf(SQLException.class);
    }
    try (Connection connection = connect()) {
      assertThat(fresh.ask(connection, "login")).isEqualTo(alone);
    }
  }

  /** No view lists them: what a connection has of them is looked at by their names. */
  @Test
  void settingsOfOnesOwn_areThoseThatTheConnectionBeganWith() throws SQLException {
    administrator("alter role @user set app.tenant = '1'");
    try (Connection early = connect();
        Connection another = connect()) {
      administrator("alter role @user set app.tenant = '2'");
      assertThat(tenant(asked())).isEqualTo("2");
      assertThat(tenant(asked())).isEqualTo("2");
      assertThat(tenant(remembering.ask(early, PgUrl.startup(new Properties())))).isEqualTo("1");
      assertThat(tenant(asked())).isEqualTo("2");
      administrator("alter role @user reset app.tenant");
      assertThat(tenant(asked())).isNull();
      assertThat(tenant(remembering.ask(another, PgUrl.startup(new Properties())))).isEqualTo("1");
      try (Connection unset = connect()) {
        administrator("alter role @user set app.tenant = '3'");
        assertThat(tenant(asked())).isEqualTo("3");
        assertThat(tenant(remembering.ask(unset, PgUrl.startup(new Properties())))).isNull();
      }
    } finally {
      administrator("alter role @user reset app.tenant");
    }
  }

  private static @Nullable String tenant(Baseline baseline) {
    Baseline.Value value = baseline.settings().get("app.tenant");
    return value == null ? null : value.text();
  }

  @Test
  void nameOfTheApplication_isTheDrivers() throws SQLException {
    Baseline first = asked("ApplicationName", "one");
    assertThat(first.settings()).doesNotContainKey("application_name");
    assertThat(asked("ApplicationName", "two")).isEqualTo(first);
    Baseline sent = asked("ApplicationName", "three", "assumeMinServerVersion", "9.0");
    assertThat(sent.settings()).doesNotContainKey("application_name");
  }

  @Test
  void configuration_thatIsLoadedAgain_isNoticed() throws SQLException {
    Baseline before = asked();
    PostgresNode node = cluster.primary();
    administrator("alter system set work_mem = '11MB'");
    node.reload();
    try {
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(asked().settings())
                      .containsEntry("work_mem", new Baseline.Value("11264", "4096")));
    } finally {
      administrator("alter system reset work_mem");
      node.reload();
    }
    Awaitility.await().untilAsserted(() -> assertThat(asked()).isEqualTo(before));
  }

  @Test
  void options_ofTheClient_areNoticed() throws SQLException {
    Baseline plain = asked();
    assertThat(asked("options", "-c work_mem=5MB -c app.x=1")).isNotEqualTo(plain);
    assertThat(asked("currentSchema", "other")).isNotEqualTo(plain);
    assertThat(asked()).isEqualTo(plain);
  }
}
