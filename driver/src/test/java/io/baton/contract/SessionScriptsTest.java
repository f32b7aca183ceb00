package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.BatonDataSource;
import io.baton.Clusters;
import io.baton.HandOverResult;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresVersion;
import io.baton.testkit.TestLength;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/**
 * What a session may have, in each way that it can be made: a script runs on a session, which is
 * moved then, and on a plain connection that is not. What both answer to a question is the same, or
 * the session is lost, or it stays; and which of them is written in a table.
 */
class SessionScriptsTest {

  private static final String PASSWORD = "app";

  @Nested
  @PostgresTest(version = PostgresVersion.V18, standbys = 1, settings = "max_connections=300")
  class OnTheNewest extends Scripts {
    OnTheNewest(PostgresCluster cluster) {
      super(cluster, 6);
    }
  }

  @Nested
  @PostgresTest(version = PostgresVersion.V14, standbys = 1, settings = "max_connections=300")
  @Tag("campaign")
  class OnTheOldest extends Scripts {
    OnTheOldest(PostgresCluster cluster) {
      super(cluster, 5);
    }
  }

  @Test
  void tableOfTheGuide_isThatOfTheScripts() throws IOException {
    StringBuilder table =
        new StringBuilder(
            """
            | state | how it was made | server crashed | hand-over | reads | written down |
            |---|---|---|---|---|---|
            """);
    for (Script script : Scripts.scripts()) {
      table.append("| ").append(script.state()).append(" | ").append(script.way());
      for (Set<String> ends : script.ends()) {
        table.append(" | ").append(String.join(" or ", new TreeSet<>(ends)));
      }
      table.append(" |\n");
    }
    String guide = Files.readString(Path.of("../docs/guide/session.md"));
    String begin = "<!-- table -->\n";
    assertThat(guide.substring(guide.indexOf(begin) + begin.length()))
        .startsWith(table + "<!-- end of table -->");
  }

  /** One row of the table. */
  private record Script(
      String state,
      String way,
      List<String> statements,
      List<String> questions,
      Set<String> crash,
      Set<String> handOver,
      Set<String> reads,
      Set<String> writtenDown) {

    String name() {
      return state + ": " + way;
    }

    List<Set<String>> ends() {
      return List.of(crash, handOver, reads, writtenDown);
    }
  }

  abstract static class Scripts {

    private final PostgresCluster cluster;
    private final List<Script> scripts;
    private int number = 100;

    /** Runs all scripts in the long form, and every nth in the short one. */
    Scripts(PostgresCluster cluster, int nth) {
      this.cluster = cluster;
      this.scripts = TestLength.everyNth(nth, scripts().stream()).toList();
    }

    private static String resource(String name) {
      try (InputStream stream =
          Objects.requireNonNull(SessionScriptsTest.class.getResourceAsStream(name))) {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException unreadable) {
        throw new AssertionError(unreadable);
      }
    }

    private static List<Script> scripts() {
      List<Script> scripts = new ArrayList<>();
      for (String line : resource("session-scripts.txt").split("\n", -1)) {
        if (!line.isBlank() && !line.startsWith("#")) {
          String[] cells = line.split(" \\| ", -1);
          assertThat(cells).as(line).hasSize(8);
          scripts.add(
              new Script(
                  cells[0],
                  cells[1],
                  List.of(cells[2].split(";; ", -1)),
                  List.of(cells[3].split(";; ", -1)),
                  Set.of(cells[4].split(", ", -1)),
                  Set.of(cells[5].split(", ", -1)),
                  Set.of(cells[6].split(", ", -1)),
                  Set.of(cells[7].strip().split(", ", -1))));
        }
      }
      return scripts;
    }

    private void define() throws SQLException {
      try (Connection admin = cluster.primary().connect();
          Statement statement = admin.createStatement();
          ResultSet known =
              statement.executeQuery(
                  "select exists (select from pg_namespace where nspname = 'sa')")) {
        known.next();
        if (known.getBoolean(1)) {
          return;
        }
      }
      try (Connection admin =
              DriverManager.getConnection(
                  plainUrl() + "?preferQueryMode=simple",
                  cluster.superuser(),
                  cluster.superuserPassword());
          Statement statement = admin.createStatement()) {
        statement.execute(
            "drop role if exists member, limited, tenant_role, boss, vaulty, owner_role");
        statement.execute(resource("session-scripts-setup.sql"));
      }
    }

    private String plainUrl() {
      return "jdbc:postgresql://127.0.0.1:"
          + cluster.primary().directPort()
          + "/"
          + cluster.database();
    }

    private Connection plain() throws SQLException {
      return DriverManager.getConnection(plainUrl(), "member", PASSWORD);
    }

    private Connection session(String url) throws SQLException {
      return DriverManager.getConnection(url, "member", PASSWORD);
    }

    private String expected(Script script) throws SQLException {
      try (Connection plain = plain()) {
        run(plain, script, number++);
        return answers(plain, script, number - 1);
      }
    }

    @Test
    void session_whoseBackendIsEnded_isTheSameOrLost() throws SQLException {
      define();
      Map<String, String> wrong = new LinkedHashMap<>();
      String url = cluster.jdbcUrl("jdbc:baton:postgresql:");
      Connection keeping = session(url); // The cluster is not begun anew for each of them.
      for (Script script : scripts) {
        String expected = expected(script);
        try (Connection session = session(url)) {
          int own = number++;
          run(session, script, own);
          terminate(session);
          check(script, script.crash(), expected, session, own, wrong);
        }
      }
      keeping.close();
      assertThat(wrong).isEmpty();
    }

    @Test
    void session_thatIsHandedOver_isTheSameOrStays() throws Exception {
      define();
      int port = cluster.primary().directPort();
      String one = "127.0.0.1:" + port;
      String other = "localhost:" + port;
      String url =
          "jdbc:baton:postgresql://"
              + one
              + ","
              + other
              + "/"
              + cluster.database()
              + "?baton.drainTimeout=2s";
      Map<String, String> wrong = new LinkedHashMap<>();
      Connection keeping = session(url);
      for (Script script : scripts) {
        String expected = expected(script);
        try (Connection session = session(url)) {
          int own = number++;
          run(session, script, own);
          String from = session.unwrap(BatonConnection.class).currentEndpoint();
          HandOverResult report =
              Clusters.of(session)
                  .handOver(from, from.equals(one) ? other : one)
                  .get(30, TimeUnit.SECONDS);
          String end = report.moved().isEmpty() ? "stays" : "kept";
          String answers = answers(session, script, own);
          if (!answers.equals(expected) || !script.handOver().contains(end)) {
            wrong.put(
                script.name(),
                end + " " + report.staying() + ": " + answers + " instead of " + expected);
          }
        }
      }
      keeping.close();
      assertThat(wrong).isEmpty();
    }

    @Test
    void session_thatReadsOnly_isTheSameOnAStandbyOrReadsOnTheWriter() throws SQLException {
      define();
      cluster.awaitReplication();
      // All is replicated; how far a standby is known to be does not matter here.
      String url = cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.consistency=eventual";
      Connection keeping = session(url);
      Map<String, String> wrong = new LinkedHashMap<>();
      for (Script script : scripts) {
        String expected;
        try (Connection plain = plain()) {
          run(plain, script, number);
          plain.setReadOnly(true);
          expected = answers(plain, script, number++);
        }
        try (Connection session = session(url)) {
          int own = number++;
          run(session, script, own);
          cluster.awaitReplication();
          session.setReadOnly(true);
          String where = place(session, script.reads());
          String answers = answers(session, script, own);
          if (!script.reads().contains(where) || !answers.equals(expected)) {
            wrong.put(script.name(), where + ": " + answers + " instead of " + expected);
          }
        }
      }
      keeping.close();
      assertThat(wrong).isEmpty();
    }

    @Test
    void session_thatIsWrittenDown_isTheSameWhereItIsRestored_orGoesOn() throws SQLException {
      define();
      Map<String, String> wrong = new LinkedHashMap<>();
      try (BatonDataSource elsewhere = new BatonDataSource()) {
        elsewhere.setUrl(cluster.jdbcUrl("jdbc:baton:postgresql:"));
        elsewhere.setUser("member");
        elsewhere.setPassword(PASSWORD);
        for (Script script : scripts) {
          String expected = expected(script);
          int own = number++;
          try (Connection session = elsewhere.getConnection()) {
            run(session, script, own);
            String end = "kept";
            String told = "";
            String answers;
            try (Connection restored = restored(session, elsewhere)) {
              answers = answers(restored, script, own);
            } catch (SQLException refusal) {
              told = refusal.getMessage();
              end = refusal.getSQLState().equals("55000") ? "refused" : refusal.getSQLState();
              answers = answers(session, script, own);
            }
            if (!script.writtenDown().contains(end) || !answers.equals(expected)) {
              wrong.put(
                  script.name(), end + " " + told + ": " + answers + " instead of " + expected);
            }
          }
        }
      }
      assertThat(wrong).isEmpty();
    }

    private static Connection restored(Connection session, BatonDataSource elsewhere)
        throws SQLException {
      return elsewhere.restore(session.unwrap(BatonConnection.class).snapshot());
    }

    /** While what other scripts have defined is read, a session reads on the writer. */
    private static String place(Connection session, Set<String> allowed) {
      try {
        return Awaitility.await()
            .pollDelay(Duration.ZERO)
            .until(() -> where(session), allowed::contains);
      } catch (ConditionTimeoutException elsewhere) {
        return where(session);
      }
    }

    private static String where(Connection session) {
      try (Statement statement = session.createStatement();
          ResultSet row = statement.executeQuery("select pg_is_in_recovery()")) {
        row.next();
        return row.getBoolean(1) ? "reader" : "writer";
      } catch (SQLException failure) {
        return "fails";
      }
    }

    @Test
    void sessions_whoseServerCrashes_areTheSameOrLost() throws SQLException {
      define();
      List<Begun> all = new ArrayList<>();
      for (Script script : scripts) {
        String expected = expected(script);
        Connection session = session(cluster.jdbcUrl("jdbc:baton:postgresql:"));
        all.add(new Begun(script, session, number, expected));
        run(session, script, number++);
      }
      cluster.awaitReplication();
      cluster.failover();
      Map<String, String> wrong = new LinkedHashMap<>();
      for (Begun begun : all) {
        try (Connection session = begun.session()) {
          Script script = begun.script();
          check(script, script.crash(), begun.expected(), session, begun.number(), wrong);
        }
      }
      assertThat(wrong).isEmpty();
    }

    private record Begun(Script script, Connection session, int number, String expected) {}

    private static void check(
        Script script,
        Set<String> ends,
        String expected,
        Connection session,
        int own,
        Map<String, String> wrong)
        throws SQLException {
      String end = "kept";
      String told = "";
      try (Statement statement = session.createStatement()) {
        statement.execute("select 1");
      } catch (SQLException failure) {
        told = failure.getSQLState() + " " + failure.getMessage();
        end = failure.getSQLState().equals("08006") && session.isClosed() ? "lost" : told;
      }
      String answers = end.equals("kept") ? answers(session, script, own) : expected;
      if (!ends.contains(end) || !answers.equals(expected)) {
        wrong.put(script.name(), end + " " + told + ": " + answers + " instead of " + expected);
      }
    }

    private void terminate(Connection session) throws SQLException {
      int backend = session.unwrap(PGConnection.class).getBackendPID();
      try (Connection admin =
              DriverManager.getConnection(
                  plainUrl(), cluster.superuser(), cluster.superuserPassword());
          Statement statement = admin.createStatement()) {
        statement.execute("select pg_terminate_backend(" + backend + ", 10000)");
      }
    }

    private static void run(Connection connection, Script script, int own) throws SQLException {
      for (String sql : script.statements()) {
        boolean mayFail = sql.startsWith("!");
        try (Statement statement = connection.createStatement()) {
          statement.execute(numbered(mayFail ? sql.substring(1) : sql, own));
        } catch (SQLException failure) {
          if (!mayFail) {
            throw failure;
          }
        }
      }
    }

    private static String numbered(String sql, int own) {
      return sql.replace("@N@", Integer.toString(own));
    }

    private static String answers(Connection connection, Script script, int own) {
      StringBuilder answers = new StringBuilder();
      for (String question : script.questions()) {
        try (Statement statement = connection.createStatement();
            ResultSet rows = statement.executeQuery(numbered(question, own))) {
          while (rows.next()) {
            answers.append('[');
            for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
              answers.append(i == 1 ? "" : ",").append(rows.getString(i));
            }
            answers.append(']');
          }
        } catch (SQLException failure) {
          answers.append("error ").append(failure.getSQLState());
        }
        answers.append(' ');
      }
      return answers.toString();
    }
  }
}
