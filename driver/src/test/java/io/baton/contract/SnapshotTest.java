package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.BatonDataSource;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.ArmedFault;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.geometric.PGpoint;

/** A session that is written down, and restored elsewhere; see the table of the guide for more. */
@PostgresTest(standbys = 1)
class SnapshotTest extends ContractFixture {

  private static final String ODD = "it's \"odd\" \\ \n\t\r \u6771\u4eac \ud83d\ude00 $$;--";

  private final BatonDataSource elsewhere = new BatonDataSource();

  SnapshotTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  @BeforeEach
  void dataSource() throws SQLException {
    elsewhere.setUrl(cluster.jdbcUrl("jdbc:baton:postgresql:"));
    elsewhere.setUser(cluster.user());
    elsewhere.setPassword(cluster.password());
    superuser(
        """
        do $$ begin
          if not exists (select from pg_roles where rolname = 'guest') then
            create role "The 'Clerk'"; create role guest login password 'g';
          end if;
        end $$;
        alter role guest reset all;
        """);
    superuser("grant \"The 'Clerk'\" to \"" + cluster.user() + "\"");
  }

  @AfterEach
  void closeDataSource() {
    elsewhere.close();
  }

  private String snapshot() throws SQLException {
    return connection.unwrap(BatonConnection.class).snapshot();
  }

  /** All but the check sum, in an order that does not depend on who asked for what first. */
  private static List<String> linesOf(String text) {
    return text.lines().filter(line -> !line.startsWith("sha256")).sorted().toList();
  }

  private static Properties changes(String... pairs) {
    Properties changes = new Properties();
    for (int i = 0; i < pairs.length; i += 2) {
      changes.setProperty(pairs[i], pairs[i + 1]);
    }
    return changes;
  }

  private static Properties noText() {
    Properties changes = new Properties();
    changes.put("readOnly", true);
    return changes;
  }

  private void set(String name, String value) throws SQLException {
    try (PreparedStatement set = connection.prepareStatement("select set_config(?, ?, false)")) {
      set.setString(1, name);
      set.setString(2, value);
      set.execute();
    }
  }

  @Test
  void names_andValues_ofAnyCharacters_areThoseOfTheFirstSession() throws SQLException {
    set("app.odd", ODD);
    set("app.empty", "");
    set("app.huge", "\u00fc'\\".repeat(400_000));
    execute("set search_path = public, \"An \"\"odd\"\" schema\"");
    execute("prepare \"p \"\"'1\" (text) as select $1 || e'\\\\' || 'it''s'");
    execute("listen \"Channel \"\"'\u6771\"");
    execute("create temp table \"T \"\"'\u6771\" (\"c \"\"1\" text default e'\\\\''')");
    execute("create temp view \"V '\" as select 'it''s'::text as \"a \"\"b\"");
    execute("set role \"The 'Clerk'\"");
    String question =
        """
        select concat_ws('|', current_setting('app.odd'), md5(current_setting('app.huge')),
          current_setting('app.empty'), current_setting('search_path'), current_user,
          (select string_agg(name || statement, ',') from pg_prepared_statements where from_sql),
          (select string_agg(c, ',') from pg_listening_channels() c),
          (select string_agg(relname || relkind::text, ',' order by relname) from pg_class
            where relnamespace = pg_my_temp_schema()),
          (select string_agg(pg_get_viewdef(oid), ',') from pg_class
            where relnamespace = pg_my_temp_schema() and relkind = 'v'))
        """;
    String here = ask(question);
    assertThat(here).contains(ODD);

    String text = snapshot();

    try (Connection restored = elsewhere.restore(text)) {
      assertThat(ask(restored, question)).isEqualTo(here);
      try (Statement statement = restored.createStatement();
          ResultSet row = statement.executeQuery("execute \"p \"\"'1\"('x')")) {
        row.next();
        assertThat(row.getString(1)).isEqualTo("x\\it's");
      }
      String again = restored.unwrap(BatonConnection.class).snapshot();
      assertThat(linesOf(again)).isEqualTo(linesOf(text));
    }
  }

  @Test
  void text_hasNoPassword() throws SQLException {
    execute("set work_mem = '9MB'");
    assertThat(snapshot()).contains("work_mem").doesNotContain(cluster.password());
  }

  @Test
  void whatJdbcHasSet_isAsItWas() throws SQLException {
    connection.setReadOnly(true);
    connection.setHoldability(ResultSet.CLOSE_CURSORS_AT_COMMIT);
    connection.setNetworkTimeout(Runnable::run, 54_321);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setSchema("pg_catalog");
    connection.setClientInfo("ApplicationName", "first");
    PGConnection own = connection.unwrap(PGConnection.class);
    own.setPrepareThreshold(7);
    own.setDefaultFetchSize(77);
    connection.setAutoCommit(false);

    try (Connection restored = elsewhere.restore(snapshot())) {
      assertThat(restored.getAutoCommit()).isFalse();
      assertThat(restored.isReadOnly()).isTrue();
      assertThat(restored.getHoldability()).isEqualTo(ResultSet.CLOSE_CURSORS_AT_COMMIT);
      assertThat(restored.getNetworkTimeout()).isEqualTo(54_321);
      assertThat(restored.getTransactionIsolation())
          .isEqualTo(Connection.TRANSACTION_REPEATABLE_READ);
      assertThat(restored.getSchema()).isEqualTo("pg_catalog");
      assertThat(ask(restored, "show application_name")).isEqualTo("first");
      PGConnection its = restored.unwrap(PGConnection.class);
      assertThat(its.getPrepareThreshold()).isEqualTo(7);
      assertThat(its.getDefaultFetchSize()).isEqualTo(77);
      restored.rollback();
    }
  }

  @Test
  void session_onAStandby_isWrittenDown_andRestored() throws SQLException {
    awaitReaders(connection, 1);
    set("app.x", "1");
    cluster.awaitReplication();
    connection.setReadOnly(true);
    assertThat(ask("select pg_is_in_recovery()")).isEqualTo("t");
    set("app.x", "2");

    try (Connection restored = elsewhere.restore(snapshot())) {
      assertThat(restored.isReadOnly()).isTrue();
      assertThat(ask(restored, "show app.x")).isEqualTo("2");
    }
  }

  @Test
  void session_inATransaction_orClosed_isRefused() throws SQLException {
    execute("begin");
    assertThat(stateOf(this::snapshot)).isEqualTo("25001");
    assertThat(stateOf(() -> execute("select 1/0"))).isEqualTo("22012");
    assertThat(stateOf(this::snapshot)).isEqualTo("25001");
    execute("rollback");
    assertThat(snapshot()).startsWith("baton-session 1\n");
    connection.close();
    assertThat(stateOf(this::snapshot)).isEqualTo("08003");
  }

  @Test
  void session_thatHasWhatCannotBeWrittenDown_isRefused_withAllOfIt_andGoesOn()
      throws SQLException {
    execute("create temp table cart (id int)");
    execute("insert into cart values (1)");
    execute("select pg_advisory_lock(42)");
    execute("begin");
    execute("declare list cursor with hold for select 1");
    execute("commit");

    SQLException refusal = failure(this::snapshot);

    assertThat(refusal.getSQLState()).isEqualTo("55000");
    assertThat((Throwable) refusal)
        .hasMessageContaining("temporary table cart: ")
        .hasMessageContaining("advisory lock 42: ")
        .hasMessageContaining("held cursor list: ");
    assertThat(ask("select id from cart")).isEqualTo("1");
    execute("drop table cart");
    execute("select pg_advisory_unlock(42)");
    execute("close list");
    assertThat(snapshot()).isNotEmpty();
  }

  @Test
  void session_withClassesOfTheApplication_orAnObjectOfTheDriver_isRefused() throws SQLException {
    connection.unwrap(PGConnection.class).addDataType("point", PGpoint.class);
    assertThat((Throwable) failure(this::snapshot)).hasMessageContaining("for types (point)");
    reconnect("");
    connection.unwrap(PGConnection.class).getCopyAPI();
    assertThat((Throwable) failure(this::snapshot))
        .hasMessageContaining("an object of the PostgreSQL driver");
    reconnect("?baton.replay=none");
    assertThat((Throwable) failure(this::snapshot)).hasMessageContaining("baton.replay=none");
  }

  @Test
  void session_whoseServerWasLost_isRestoredFirst() throws SQLException {
    execute("set app.x = '5'");
    terminate(connection);

    try (Connection restored = elsewhere.restore(snapshot())) {
      assertThat(ask(restored, "show app.x")).isEqualTo("5");
    }
  }

  @Test
  void restoredSession_isRestoredLikeAnyOther_whenItsServerIsLost() throws SQLException {
    execute("set app.x = '5'");
    execute("prepare p as select 1");
    execute("listen news");
    try (Connection restored = elsewhere.restore(snapshot())) {
      assertThat(restored.getWarnings().getMessage()).contains("restored from a snapshot");
      terminate(restored);
      assertThat(ask(restored, "show app.x")).isEqualTo("5");
      assertThat(ask(restored, "execute p")).isEqualTo("1");
      assertThat(ask(restored, "select pg_listening_channels()")).isEqualTo("news");
    }
  }

  @Test
  void restoration_thatLosesItsServer_goesOnLikeAnyRecovery() throws SQLException {
    execute("set app.x = '5'");
    execute("prepare p as select 1");
    execute("listen news");
    String text = snapshot();
    for (String during : List.of("prepare p as", "listen news", "pg_catalog.pg_cursors")) {
      ArmedFault cut =
          cluster
              .primary()
              .proxy()
              .cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).ofStatement(during));

      try (Connection restored = elsewhere.restore(text)) {
        assertThat(cut.hasFired()).as(during).isTrue();
        assertThat(ask(restored, "show app.x")).isEqualTo("5");
        assertThat(ask(restored, "execute p")).isEqualTo("1");
        assertThat(ask(restored, "select pg_listening_channels()")).isEqualTo("news");
      }
    }
  }

  @Test
  void restoration_thatFindsNoServer_endsAsOpeningDoes() throws SQLException {
    String text = snapshot();
    cutAll();
    assertThat(stateOf(() -> elsewhere.restore(text, changes("baton.failoverTimeout", "200ms"))))
        .isEqualTo("08001");
  }

  @Test
  void restoredSession_readsOnStandbys_whatWasWrittenBeforeItWasWrittenDown() throws SQLException {
    reconnect("?baton.consistency=session");
    awaitReaders(connection, 1);
    cluster.awaitReplication();
    cluster.standbys().get(0).pauseReplay();
    try {
      insert(77);
      String text = snapshot();
      Properties changes = changes("baton.consistency", "session", "readOnly", "true");
      try (Connection restored = elsewhere.restore(text, changes)) {
        awaitReaders(restored, 1);
        assertThat(ask(restored, "select count(*) from entry where id = 77")).isEqualTo("1");
      }
    } finally {
      cluster.standbys().get(0).resumeReplay();
    }
  }

  @Test
  void session_ofStateThatOnlyWritersHave_isRestoredOnTheWriter_whereverSessionsAreMeant()
      throws SQLException {
    awaitReaders(connection, 1);
    execute("listen news");
    String text = snapshot();
    try (Connection keeping = connect("");
        Connection restored = elsewhere.restore(text, changes("baton.target", "reader"))) {
      assertThat(ask(restored, "select pg_is_in_recovery()::text || pg_listening_channels()"))
          .isEqualTo("falsenews");
      assertThat(keeping.isClosed()).isFalse();
    }
  }

  @Test
  void session_withAnotherAuthorization_isRestoredByWhoMayHaveIt() throws SQLException {
    String url = cluster.jdbcUrl("jdbc:baton:postgresql:");
    connection.close();
    connection = DriverManager.getConnection(url, cluster.superuser(), cluster.superuserPassword());
    execute("set session authorization guest");
    execute("create temp table mine (id int)");
    execute("set app.x = '1'");
    String text = snapshot();
    elsewhere.setUser(cluster.superuser());
    elsewhere.setPassword(cluster.superuserPassword());
    String question =
        "select session_user || current_user || (select pg_get_userbyid(relowner) from pg_class"
            + " where oid = 'pg_temp.mine'::regclass)";

    try (Connection restored = elsewhere.restore(text)) {
      assertThat(ask(restored, question)).isEqualTo("guestguestguest");
    }
    SQLException refusal =
        failure(
            () ->
                elsewhere.restore(
                    text, changes("user", cluster.user(), "password", cluster.password())));
    assertThat(refusal.getSQLState()).isEqualTo("55000");
    assertThat(refusal.getMessage()).contains("session authorization");
  }

  @Test
  void limitsOfTime_areRestored_andDoNotCutTheRestorationOff() throws SQLException {
    execute("set statement_timeout = '2min'");
    execute("set lock_timeout = '1ms'");
    execute("set idle_in_transaction_session_timeout = '1ms'");
    String text = snapshot();
    assertThat(text).contains("setting \"statement_timeout\" \"2min\"");

    try (Connection restored = elsewhere.restore(sealed(text.replace("\"2min\"", "\"1ms\"")))) {
      String limits = limitsOf(restored);
      assertThat(limits).isEqualTo("1ms 1ms 1ms");
    }
  }

  /** A timeout of a millisecond leaves no question enough time on a busy machine. */
  private static String limitsOf(Connection session) {
    return Awaitility.await()
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(
            () ->
                ask(session, "show statement_timeout")
                    + " "
                    + ask(session, "show lock_timeout")
                    + " "
                    + ask(session, "show idle_in_transaction_session_timeout"),
            any -> true);
  }

  /** The text with a check sum of its own. */
  private static String sealed(String changed) {
    String body = changed.substring(0, changed.lastIndexOf("sha256 "));
    try {
      byte[] sum =
          MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
      return body + "sha256 " + HexFormat.of().formatHex(sum);
    } catch (NoSuchAlgorithmException none) {
      throw new AssertionError(none);
    }
  }

  @Test
  void session_isRestoredWithoutReplay_too() throws SQLException {
    execute("set app.x = '5'");
    String text = snapshot();
    try (Connection restored = elsewhere.restore(text, changes("baton.replay", "none"))) {
      assertThat(ask(restored, "show app.x")).isEqualTo("5");
    }
  }

  @Test
  void sessionThatOwesAFailedTransaction_isRefused_untilItIsRolledBack() throws SQLException {
    connection.unwrap(BatonConnection.class).disableReplay();
    connection.setAutoCommit(false);
    insert(1);
    terminate(connection);
    assertThat(stateOf(() -> insert(2))).isEqualTo("40001");

    assertThat(stateOf(this::snapshot)).isEqualTo("25001");
    connection.rollback();
    assertThat(snapshot()).contains("client \"replay\" \"false\"");
  }

  @Test
  void snapshotsOfManyThreads_areWhole() throws Exception {
    execute("set app.x = '5'");
    String text = snapshot();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<String>> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int number = i;
        all.add(
            threads.submit(
                () -> {
                  if (number % 4 == 0) {
                    ask("select pg_sleep(0.01)");
                  }
                  return snapshot();
                }));
      }
      for (Future<String> one : all) {
        assertThat(linesOf(one.get())).isEqualTo(linesOf(text));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void session_goesOnWithWhatItBeganWith() throws SQLException {
    superuser("alter role guest set work_mem = '7MB'");
    connection.close();
    connection = elsewhere.getConnection("guest", "g");
    assertThat(ask("show work_mem")).isEqualTo("7MB");
    String text = snapshot();
    superuser("alter role guest set work_mem = '8MB'");

    elsewhere.setUser("guest");
    elsewhere.setPassword("g");
    try (Connection restored = elsewhere.restore(text)) {
      assertThat(ask(restored, "show work_mem")).isEqualTo("7MB");
      try (Statement statement = restored.createStatement()) {
        statement.execute("set work_mem = '1MB'");
        statement.execute("reset work_mem");
      }
      assertThat(ask(restored, "show work_mem")).isEqualTo("7MB");
    }
  }

  @Test
  void session_ofAnotherUserOrDatabase_isRefused_unlessThatIsNamed() throws SQLException {
    execute("set app.x = '5'");
    String text = snapshot();
    elsewhere.setUser("guest");
    elsewhere.setPassword("g");

    SQLException refusal = failure(() -> elsewhere.restore(text));
    assertThat(refusal.getSQLState()).isEqualTo("55000");
    assertThat((Throwable) refusal)
        .hasMessageContaining("\"" + cluster.user() + "\"")
        .hasMessageContaining("\"guest\"");
    try (Connection restored = elsewhere.restore(text, changes("user", "guest"))) {
      assertThat(ask(restored, "select current_setting('app.x') || session_user"))
          .isEqualTo("5guest");
    }

    elsewhere.setUser(cluster.user());
    elsewhere.setPassword(cluster.password());
    elsewhere.setDatabaseName("postgres");
    assertThat((Throwable) failure(() -> elsewhere.restore(text)))
        .hasMessageContaining("\"" + cluster.database() + "\"")
        .hasMessageContaining("\"postgres\"");
    String url = cluster.jdbcUrl("jdbc:baton:postgresql:");
    String server = url.substring(0, url.lastIndexOf('/') + 1);
    assertThat((Throwable) failure(() -> elsewhere.restore(text, changes("url", server))))
        .hasMessageContaining("\"postgres\""); // The data source names it, and the URL does not.
    try (Connection restored =
        elsewhere.restore(text, changes("url", server + cluster.database()))) {
      assertThat(ask(restored, "select current_database()")).isEqualTo(cluster.database());
    }
    try (Connection restored = elsewhere.restore(text, changes("PGDBNAME", "postgres"))) {
      assertThat(ask(restored, "select current_setting('app.x') || current_database()"))
          .isEqualTo("5postgres");
    }
  }

  @Test
  void restoration_givesNobodyARoleThatHeMayNotHave() throws SQLException {
    execute("set role \"The 'Clerk'\"");
    String text = snapshot();

    SQLException refusal =
        failure(() -> elsewhere.restore(text, changes("user", "guest", "password", "g")));

    assertThat(refusal.getSQLState()).isEqualTo("55000");
    assertThat((Throwable) refusal).hasMessageContaining("permission denied to set role");
  }

  @Test
  void session_thatTheServerDoesNotTakeAsItWas_isRefused_andLeavesNoConnection()
      throws SQLException {
    direct("create table gone (id int)");
    direct("create table other (id int)");
    execute("prepare p as select * from gone");
    execute("prepare q (text) as select $1::text from other");
    String text = snapshot();
    direct("drop table gone");

    SQLException refusal = failure(() -> elsewhere.restore(text, changes("ApplicationName", "no")));

    assertThat(refusal.getSQLState()).isEqualTo("55000");
    assertThat((Throwable) refusal).hasMessageContaining("relation \"gone\" does not exist");
    assertThat(refusal.getCause()).isInstanceOf(SQLException.class);
    Awaitility.await()
        .until(
            () ->
                ask("select count(*) from pg_stat_activity where application_name = 'no'")
                    .equals("0"));
    execute("deallocate all");
    direct("drop table other");
  }

  @Test
  void preparedStatement_thatMeansAnotherTypeThere_isRefused() throws SQLException {
    direct("create table thing (id int)");
    execute("prepare p as select * from thing where id = $1");
    String text = snapshot();
    direct("alter table thing alter id type text");

    SQLException refusal = failure(() -> elsewhere.restore(text));

    assertThat(refusal.getSQLState()).isEqualTo("55000");
    assertThat((Throwable) refusal).hasMessageContaining("prepared statements");
    direct("drop table thing");
  }

  @Test
  void changes_countBeforeTheSession_andTheDataSourceDoesNot() throws SQLException {
    connection.setClientInfo("ApplicationName", "first");
    execute("set search_path = pg_catalog");
    connection.setReadOnly(true);
    String text = snapshot();
    elsewhere.setApplicationName("second");

    try (Connection restored = elsewhere.restore(text)) {
      assertThat(ask(restored, "show application_name")).isEqualTo("first");
    }
    Properties changes =
        changes(
            "ApplicationName", "third",
            "currentSchema", "public",
            "readOnly", "false",
            "defaultRowFetchSize", "11",
            "baton.reads", "writer");
    try (Connection restored = elsewhere.restore(text, changes)) {
      assertThat(ask(restored, "show application_name")).isEqualTo("third");
      assertThat(ask(restored, "show search_path")).isEqualTo("public");
      assertThat(restored.isReadOnly()).isFalse();
      assertThat(restored.unwrap(PGConnection.class).getDefaultFetchSize()).isEqualTo(11);
      terminate(restored);
      assertThat(ask(restored, "show application_name")).isEqualTo("third");
    }
    String url = cluster.jdbcUrl("jdbc:baton:postgresql:");
    try (Connection restored =
        elsewhere.restore(text, changes("url", url + "?ApplicationName=fourth&readOnly=false"))) {
      assertThat(ask(restored, "show application_name")).isEqualTo("fourth");
      assertThat(ask(restored, "show search_path")).isEqualTo("pg_catalog");
      assertThat(restored.isReadOnly()).isFalse();
    }
    for (Properties refused :
        List.of(
            changes("url", url + "?options=-c%20work_mem=1MB"),
            changes("options", "-c work_mem=1MB"),
            changes("baton.reeds", "auto"),
            changes("PGPORT", "many"),
            noText(),
            changes("url", "jdbc:postgresql://h/"))) {
      assertThat(stateOf(() -> elsewhere.restore(text, refused)))
          .as("%s", refused)
          .isEqualTo("22023");
    }
  }

  @Test
  void replayThatWasDisabled_staysSo() throws SQLException {
    connection.unwrap(BatonConnection.class).disableReplay();
    try (Connection restored = elsewhere.restore(snapshot())) {
      restored.setAutoCommit(false);
      try (Statement statement = restored.createStatement()) {
        statement.execute("insert into entry values (1)");
        terminate(restored);
        assertThat(stateOf(() -> statement.execute("insert into entry values (2)")))
            .isEqualTo("40001");
      }
      restored.rollback();
    }
  }

  @Test
  void text_thatWasChanged_orADataSourceThatIsClosed_isRefused() throws SQLException {
    String text = snapshot();
    assertThat(stateOf(() -> elsewhere.restore(text.replace("client", "cliemt"))))
        .isEqualTo("22023");
    assertThat(stateOf(() -> restoreNothing(elsewhere))).isEqualTo("22023");
    elsewhere.close();
    assertThat(stateOf(() -> elsewhere.restore(text))).isEqualTo("08003");
  }

  @Test
  void session_isRestoredOnAnotherClusterOfANewerVersion() throws SQLException {
    try (PostgresCluster older = PostgresCluster.builder().version(PostgresVersion.V14).start()) {
      connection.close();
      connection =
          DriverManager.getConnection(
              older.jdbcUrl("jdbc:baton:postgresql:"), older.user(), older.password());
      execute("set work_mem = '9MB'");
      execute("create temp table t (id int primary key, a text default 'x')");
      execute("prepare p (int) as select $1");
      set("app.x", ODD);

      try (Connection restored = elsewhere.restore(snapshot())) {
        assertThat(ask(restored, "show server_version")).startsWith("1");
        assertThat(ask(restored, "select current_setting('app.x')")).isEqualTo(ODD);
        assertThat(ask(restored, "execute p(5)")).isEqualTo("5");
        assertThat(ask(restored, "select count(*) from t")).isEqualTo("0");
      }
    }
  }

  @Test
  void session_isRestoredInAnotherProgram(@TempDir Path folder) throws Exception {
    set("app.odd", ODD);
    execute("prepare p as select 5");
    Path file = folder.resolve("session");
    Files.writeString(file, snapshot());
    Path answers = folder.resolve("answers");

    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dfile.encoding=ISO-8859-1",
                "-cp",
                System.getProperty("java.class.path"),
                RestoringProgram.class.getName(),
                file.toString(),
                answers.toString(),
                cluster.jdbcUrl("jdbc:baton:postgresql:"),
                cluster.user(),
                cluster.password())
            .inheritIO()
            .start();

    assertThat(program.waitFor()).isZero();
    assertThat(Files.readString(answers)).isEqualTo(ODD + "|5");
  }

  private void terminate(Connection session) throws SQLException {
    int backend = session.unwrap(PGConnection.class).getBackendPID();
    superuser("select pg_terminate_backend(" + backend + ", 10000)");
  }

  private void superuser(String sql) throws SQLException {
    String url =
        "jdbc:postgresql://127.0.0.1:" + cluster.primary().directPort() + "/" + cluster.database();
    try (Connection admin =
            DriverManager.getConnection(url, cluster.superuser(), cluster.superuserPassword());
        Statement statement = admin.createStatement()) {
      statement.execute(sql);
    }
  }

  @SuppressWarnings("NullAway") // what it is about
  private static void restoreNothing(BatonDataSource elsewhere) throws SQLException {
    elsewhere.restore(null);
  }
}
