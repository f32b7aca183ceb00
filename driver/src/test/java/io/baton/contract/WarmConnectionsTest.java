package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections that wait at a standby: sessions go on there without a login once it is promoted. */
@PostgresTest(standbys = 1)
class WarmConnectionsTest {

  private static final String NAME = "warmed";

  private final PostgresCluster cluster;
  private final List<Connection> sessions = new ArrayList<>();

  WarmConnectionsTest(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void roles() throws SQLException {
    administer(
        """
        do $$ begin
          if not exists (select from pg_roles where rolname = 'limited') then
            create role limited login password 'secret' connection limit 20;
            create role tenant login password 'secret';
            grant pg_monitor to tenant;
          end if;
        end $$;
        alter role tenant reset all;
        alter role tenant login;
        drop table if exists kept;
        create table kept (n int);
        grant all on kept to public;
        """);
    cluster.awaitReplication();
  }

  @AfterEach
  void close() throws SQLException {
    for (Connection session : sessions) {
      session.close();
    }
    cluster.nodes().forEach(node -> node.proxy().disarm());
    cluster.nodes().forEach(node -> node.proxy().restore());
    Awaitility.await().until(() -> waiting(cluster.primary()).isEmpty());
  }

  private void administer(String sql) throws SQLException {
    try (Connection direct = cluster.primary().connectAsSuperuser();
        Statement statement = direct.createStatement()) {
      statement.execute(sql);
    }
  }

  private Connection connect(String user, String options) throws SQLException {
    Connection session =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:") + "?ApplicationName=" + NAME + options,
            user,
            user.equals(cluster.user()) ? cluster.password() : "secret");
    sessions.add(session);
    return session;
  }

  private static String ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return String.valueOf(rows.getString(1));
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The backends of this program's sessions, and of those that wait; none of its monitors. */
  private static Set<String> waiting(PostgresNode node) throws SQLException {
    Set<String> backends = new TreeSet<>();
    try (Connection direct = node.connectAsSuperuser();
        Statement statement = direct.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select pid from pg_stat_activity where application_name = '" + NAME + "'")) {
      while (rows.next()) {
        backends.add(rows.getString(1));
      }
    }
    return backends;
  }

  private Set<String> awaitWaiting(int count) {
    PostgresNode standby = cluster.standbys().get(0);
    return Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> waiting(standby), backends -> backends.size() == count);
  }

  @Test
  void sessionsThatMoveFirst_goOnOnThem_withAllThatTheyHave() throws SQLException {
    Connection first = connect("tenant", "&baton.warm=2");
    Connection second = connect("tenant", "&baton.warm=2");
    Connection third = connect("tenant", "&baton.warm=2");
    execute(first, "set work_mem = '7MB'");
    execute(second, "set app.tenant = '7'");
    second.setAutoCommit(false);
    execute(second, "insert into kept values (2)");
    Set<String> waiting = awaitWaiting(2);

    cluster.failover();

    assertThat(ask(first, "show work_mem")).isEqualTo("7MB");
    execute(second, "insert into kept values (3)");
    assertThat(ask(second, "select current_setting('app.tenant')")).isEqualTo("7");
    second.commit();
    assertThat(ask(second, "select string_agg(n::text, ',' order by n) from kept"))
        .isEqualTo("2,3");
    second.commit();
    Set<String> used = new TreeSet<>();
    used.add(ask(first, "select pg_backend_pid()"));
    used.add(ask(second, "select pg_backend_pid()"));
    assertThat(used).isEqualTo(waiting);
    assertThat(waiting).doesNotContain(ask(third, "select pg_backend_pid()"));
  }

  /** It logged in before; what was altered since is none of its own, nor of the session's. */
  @Test
  void session_beganWithOtherSettings_thanItsNewConnection() throws SQLException {
    administer("alter role tenant set search_path = 'one'; alter role tenant set app.tenant = '1'");
    Connection old = connect("tenant", "&baton.warm=1");
    assertThat(ask(old, "show search_path")).isEqualTo("one");
    execute(old, "insert into public.kept values (1)");
    execute(old, "set role pg_monitor");
    execute(old, "reset role");
    administer("alter role tenant set search_path = 'two'; alter role tenant set app.tenant = '2'");
    cluster.awaitReplication();
    Connection young = connect("tenant", "&baton.warm=1");
    execute(young, "insert into public.kept values (2)");
    assertThat(awaitWaiting(1)).hasSize(1);
    administer(
        "alter role tenant set search_path = 'three'; alter role tenant set app.tenant = '3'");

    cluster.awaitReplication();
    cluster.failover();

    for (Connection session : List.of(old, young)) {
      String own = session == old ? "one" : "two";
      assertThat(ask(session, "show search_path")).isEqualTo(own);
      assertThat(ask(session, "select current_setting('app.tenant')"))
          .isEqualTo(session == old ? "1" : "2");
    }
  }

  @Test
  void roleWithALimit_andThoseWhoWantNone_haveNone() throws SQLException {
    Connection limited = connect("limited", "&baton.warm=3");
    Connection none = connect("tenant", "&baton.warm=0");
    Connection notRestored = connect("tenant", "&baton.replay=none");
    assertThat(ask(limited, "select 1") + ask(none, "select 1") + ask(notRestored, "select 1"))
        .isEqualTo("111");
    Connection some = connect(cluster.user(), "&baton.warm=1");
    assertThat(ask(some, "select 1")).isEqualTo("1");
    awaitWaiting(1);
    Awaitility.await()
        .during(Duration.ofSeconds(3))
        .until(() -> waiting(cluster.standbys().get(0)).size() == 1);
  }

  @ParameterizedTest
  @CsvSource({"ended", "cut", "hanging"})
  void deadOne_costsLessThanALogin_andALoginFollows(String how) throws SQLException {
    Connection session = connect("tenant", "&baton.warm=1");
    execute(session, "set work_mem = '7MB'");
    awaitWaiting(1);
    PostgresNode standby = cluster.standbys().get(0);
    String backend = waiting(standby).iterator().next();
    switch (how) {
      case "ended" -> standby.terminateBackend(Integer.parseInt(backend));
      case "cut" -> standby.proxy().resetConnections();
      default -> signal("-STOP", backend);
    }
    try {
      cluster.failover();

      assertThat(ask(session, "show work_mem")).isEqualTo("7MB");
      assertThat(ask(session, "select pg_backend_pid()")).isNotEqualTo(backend);
    } finally {
      if (how.equals("hanging")) {
        signal("-CONT", backend);
      }
    }
  }

  private static void signal(String signal, String process) {
    try {
      assertThat(new ProcessBuilder("kill", signal, process).start().waitFor()).isZero();
    } catch (IOException | InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  /**
   * A server does not end the connections of a role that is renamed, and another takes its name.
   */
  @Test
  void connectionOfARoleThatWasRenamed_isNotTaken() throws SQLException {
    Connection session = connect("tenant", "&baton.warm=1");
    execute(session, "insert into kept values (1)");
    String waiting = awaitWaiting(1).iterator().next();
    administer(
        "alter role tenant rename to tenant_old; create role tenant login password 'secret'");
    try {
      cluster.awaitReplication();
      cluster.failover();

      assertThat(ask(session, "select session_user")).isEqualTo("tenant");
      assertThat(ask(session, "select pg_backend_pid()")).isNotEqualTo(waiting);
    } finally {
      session.close();
      administer("drop role tenant; alter role tenant_old rename to tenant");
    }
  }

  /** A backend knows from its login whether its user may become anybody. */
  @Test
  void connectionOfARoleThatWasASuperuser_isNotTaken() throws SQLException {
    administer("alter role tenant superuser");
    cluster.awaitReplication();
    Connection first = connect("tenant", "&baton.warm=1");
    execute(first, "insert into kept values (1)");
    String waiting = awaitWaiting(1).iterator().next();
    administer("alter role tenant nosuperuser");
    cluster.awaitReplication();
    Connection second = connect("tenant", "&baton.warm=1");
    execute(second, "insert into kept values (2)");

    cluster.failover();

    assertThatThrownBy(() -> execute(second, "set session authorization postgres"))
        .hasMessageContaining("permission denied");
    assertThat(ask(second, "select pg_backend_pid()")).isNotEqualTo(waiting);
  }

  /** Which only a login can take back. */
  @Test
  void connectionWithASettingOfTheRole_thatItMayNotSet_isNotTaken() throws SQLException {
    administer("alter role tenant set log_min_duration_statement = 60000");
    cluster.awaitReplication();
    Connection first = connect("tenant", "&baton.warm=1");
    execute(first, "insert into kept values (1)");
    awaitWaiting(1);
    administer("alter role tenant reset log_min_duration_statement");
    cluster.awaitReplication();
    Connection second = connect("tenant", "&baton.warm=1");
    execute(second, "insert into kept values (2)");

    cluster.failover();

    assertThat(ask(second, "show log_min_duration_statement")).isEqualTo("-1");
  }

  @Test
  void configurationThatWasLoadedSince_isNotTheSessions() throws SQLException {
    Connection session = connect("tenant", "&baton.warm=1");
    execute(session, "insert into kept values (1)");
    assertThat(ask(session, "show work_mem")).isEqualTo("4MB");
    String waiting = awaitWaiting(1).iterator().next();
    PostgresNode standby = cluster.standbys().get(0);
    try (Connection direct = standby.connectAsSuperuser()) {
      execute(direct, "alter system set work_mem = '9MB'");
      execute(direct, "select pg_reload_conf()");
      try {
        cluster.failover();

        assertThat(ask(session, "show work_mem")).isEqualTo("4MB");
        assertThat(ask(session, "select pg_backend_pid()")).isEqualTo(waiting);
      } finally {
        execute(direct, "alter system reset work_mem");
        execute(direct, "select pg_reload_conf()");
      }
    }
  }

  /** It would be as it was when the connection was opened, and not as at a login of now. */
  @Test
  void sessionThatHasOnlyRead_logsIn() throws SQLException {
    Connection session = connect("tenant", "&baton.warm=1");
    assertThat(ask(session, "select count(*) from kept")).isEqualTo("0");
    String waiting = awaitWaiting(1).iterator().next();

    cluster.failover();

    assertThat(ask(session, "select pg_backend_pid()")).isNotEqualTo(waiting);
  }

  @Test
  void whereATriggerRunsAtLogins_thereAreNone() throws SQLException {
    administer(
        """
        create or replace function at_login() returns event_trigger language plpgsql
          as 'begin return; end';
        create event trigger at_login on login execute function at_login();
        alter event trigger at_login enable always""");
    try {
      cluster.awaitReplication();
      Connection session = connect("tenant", "");
      execute(session, "insert into kept values (1)");
      Awaitility.await()
          .during(Duration.ofSeconds(4))
          .until(() -> waiting(cluster.standbys().get(0)).isEmpty());
    } finally {
      administer("drop event trigger at_login");
    }
  }

  @Test
  void thereAreNoMore_thanSessionsMakeCalls() throws SQLException {
    Connection busy = connect("tenant", "");
    List<Connection> idle = List.of(connect("tenant", ""), connect("tenant", ""));
    assertThat(idle).hasSize(2);
    assertThat(ask(busy, "select 1")).isEqualTo("1");
    awaitWaiting(1);
    Awaitility.await()
        .during(Duration.ofSeconds(3))
        .until(() -> waiting(cluster.standbys().get(0)).size() == 1);
  }

  @Test
  void thoseThatNobodyTakes_areClosed_onTheNewWriter() throws SQLException {
    Connection session = connect("tenant", "");
    execute(session, "insert into kept values (1)");
    for (int i = 2; i <= 3; i++) {
      execute(connect("tenant", ""), "insert into kept values (" + i + ")");
    }
    awaitWaiting(3);

    PostgresNode promoted = cluster.failover();

    String own = ask(session, "select pg_backend_pid()");
    assertThat(waiting(promoted)).contains(own).hasSize(3);
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> waiting(promoted).equals(Set.of(own)));
  }

  @Test
  void lastSession_closesThem() throws SQLException {
    Connection first = connect("tenant", "&baton.warm=2");
    Connection second = connect("tenant", "&baton.warm=2");
    assertThat(ask(first, "select 1") + ask(second, "select 1")).isEqualTo("11");
    awaitWaiting(2);
    first.close();
    assertThat(waiting(cluster.standbys().get(0))).hasSize(2);
    second.close();
    awaitWaiting(0);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("baton-warm");
  }
}
