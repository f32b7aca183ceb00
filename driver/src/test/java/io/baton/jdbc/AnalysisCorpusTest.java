package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.session.ParameterValues;
import io.baton.session.ServerState;
import io.baton.session.SessionTracker;
import io.baton.session.TransactionStatus;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalyzer;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.PostgresVersion;
import io.baton.testkit.junit.PostgresTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.core.BaseConnection;

/**
 * Holds what the analysis says of more than a thousand statements, of every command there is,
 * against what servers do with them.
 */
class AnalysisCorpusTest {

  private static final String READ_ONLY_SERVER = "25006";

  /** Lines about the code that is hidden: see {@code corpus-hidden.sql}. */
  private static final Pattern OF_HIDDEN_CODE =
      Pattern.compile(
          "amount|price|d_write|has_domain|smallint|int2|v_cast", Pattern.CASE_INSENSITIVE);

  @Nested
  @PostgresTest(version = PostgresVersion.V18, standbys = 1)
  @Tag("campaign")
  class OnTheNewest extends Corpus {
    OnTheNewest(PostgresCluster cluster) {
      super(cluster);
    }
  }

  @Nested
  @Tag("campaign")
  @PostgresTest(version = PostgresVersion.V14, standbys = 1)
  class OnTheOldest extends Corpus {
    OnTheOldest(PostgresCluster cluster) {
      super(cluster);
    }
  }

  /**
   * A line of the corpus.
   *
   * @param kind {@code R} for a read, {@code W} for what no standby may run, {@code ?} for what is
   *     harmless and may be taken for either, {@code L} for what is declared to be a read and is
   *     none
   */
  private record Entry(String kind, String sql) {}

  abstract static class Corpus {

    private final PostgresCluster cluster;

    Corpus(PostgresCluster cluster) {
      this.cluster = cluster;
    }

    /** All of it in one test: its order matters. */
    @Test
    void analysis_ofEveryCommand_agreesWithTheServers() throws Exception {
      cluster.resetDatabase();
      List<Entry> corpus = corpus();
      assertThat(corpus).hasSizeGreaterThan(400);
      try (Connection primary = plain(cluster.primary())) {
        execute(primary, text("corpus-schema.sql"));
        cluster.awaitReplication();
        whatIsCalledARead_isOne(corpus, primary);
        try (Connection follower = plain(cluster.primary())) {
          whatIsSaidOfSessions_isSo(corpus, follower);
        }
        execute(primary, text("corpus-hidden.sql"));
        withHiddenCode_noTextIsTrusted(corpus);
      }
    }

    private Connection plain(PostgresNode node) throws SQLException {
      return DriverManager.getConnection(
          "jdbc:postgresql://" + node.host() + ":" + node.port() + "/" + cluster.database(),
          cluster.superuser(),
          cluster.superuserPassword());
    }

    private Connection routing() throws SQLException {
      return DriverManager.getConnection(
          cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.reads=auto",
          cluster.superuser(),
          cluster.superuserPassword());
    }

    private void whatIsCalledARead_isOne(List<Entry> corpus, Connection primary)
        throws SQLException {
      List<Entry> missed = new ArrayList<>();
      List<String> wrong = new ArrayList<>();
      int reads = 0;
      try (Connection baton = routing();
          Connection standby = plain(cluster.standbys().get(0))) {
        awaitCatalogue(baton);
        for (Entry entry : corpus) {
          if (entry.kind().equals("L")) {
            continue;
          }
          if (!isCalledARead(baton, entry)) {
            if (entry.kind().equals("R")) {
              missed.add(entry);
            }
            continue;
          }
          reads++;
          if (entry.kind().equals("W")
              && !OF_HIDDEN_CODE.matcher(entry.sql()).find()
              && runs(primary, entry.sql())) {
            wrong.add("is no read: " + entry.sql());
          }
          if (READ_ONLY_SERVER.equals(outcome(standby, entry.sql()))) {
            wrong.add("is refused by a standby: " + entry.sql());
          }
          String trace = trace(primary, entry.sql());
          if (!trace.isEmpty()) {
            wrong.add("leaves " + trace + ": " + entry.sql());
          }
        }
      }
      assertThat(wrong).isEmpty();
      System.out.println(reads + " of " + corpus.size() + " statements are proved reads");
      long asked = corpus.stream().filter(entry -> entry.kind().equals("R")).count();
      assertThat(missed).hasSizeLessThan((int) asked / 15);
    }

    private void withHiddenCode_noTextIsTrusted(List<Entry> corpus) throws SQLException {
      try (Connection baton = routing()) {
        for (Entry entry : corpus) {
          if (entry.kind().equals("W")) {
            assertThat(isCalledARead(baton, entry)).as(entry.sql()).isFalse();
          }
        }
      }
    }

    /** It is read by a monitor, meanwhile; before that, no text is proved to be a read. */
    private static void awaitCatalogue(Connection baton) {
      Awaitility.await().until(() -> isCalledARead(baton, new Entry("R", "select 1")));
    }

    private static boolean isCalledARead(Connection baton, Entry entry) throws SQLException {
      return baton
          .unwrap(BatonConnection.class)
          .explainRoute(entry.sql())
          .contains("the statement only reads");
    }

    private static boolean runs(Connection connection, String sql) throws SQLException {
      connection.setAutoCommit(false);
      try {
        return outcome(connection, sql).isEmpty();
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    }

    /** What a statement does that only writers can do, or that others would notice. */
    private static String trace(Connection primary, String sql) throws SQLException {
      primary.setAutoCommit(false);
      try {
        return outcome(primary, sql).isEmpty()
            ? ask(
                primary,
                """
                select concat_ws(', ',
                  'transaction ' || pg_current_xact_id_if_assigned(),
                  (select string_agg(locktype || ' ' || mode, ', ') from pg_locks
                    where pid = pg_backend_pid() and locktype <> 'virtualxid'
                      and mode not in ('AccessShareLock', 'RowExclusiveLock')))
                """)
            : "";
      } finally {
        primary.rollback();
        primary.setAutoCommit(true);
      }
    }

    private static void whatIsSaidOfSessions_isSo(List<Entry> corpus, Connection connection)
        throws SQLException {
      StatementAnalyzer analyzer = new StatementAnalyzer();
      FunctionCatalogue catalogue = new FunctionCatalogue();
      SessionTracker tracker = new SessionTracker(catalogue);
      Set<String> wrong = new HashSet<>();
      Set<String> fromTheStart = tracker.readBack().ask(connection).settings().keySet();
      int asked = 0;
      for (Entry entry : corpus) {
        if (catalogue.isStale()) {
          catalogue.refresh(connection);
        }
        boolean conforming = connection.unwrap(BaseConnection.class).getStandardConformingStrings();
        StatementAnalysis analysis = analyzer.analyze(entry.sql(), conforming);
        String failure = outcome(connection, entry.sql());
        if (failure.isEmpty()) {
          tracker.succeeded(analysis, ParameterValues.UNKNOWN, status(connection));
        } else {
          tracker.failed(analysis, status(connection), false);
        }
        if (status(connection) != TransactionStatus.IDLE) {
          continue;
        }
        if (tracker.needsReadBack()) {
          asked++;
          tracker.digest(tracker.readBack().ask(connection));
        }
        String difference = difference(tracker, connection, fromTheStart);
        if (!difference.isEmpty()) {
          wrong.add(entry.sql() + " -- " + difference);
          tracker.digest(tracker.readBack().ask(connection));
        }
      }
      assertThat(wrong).isEmpty();
      assertThat(asked).as("times the server had to be asked").isLessThan(corpus.size() / 3);
    }

    /** What the server says of its session that the tracker does not know, or the other way. */
    private static String difference(
        SessionTracker tracker, Connection connection, Set<String> fromTheStart)
        throws SQLException {
      ServerState answer = tracker.readBack().ask(connection);
      Map<String, String> known = tracker.state().settings();
      StringBuilder difference = new StringBuilder(tracker.state().differencesTo(answer, "none"));
      answer
          .settings()
          .forEach(
              (name, value) -> {
                // A name of one's own that was reset is there still, and has no value.
                boolean isReset = name.contains(".") && value.isEmpty();
                if (!known.containsKey(name) && !isReset && !fromTheStart.contains(name)) {
                  difference.append(" unknown setting ").append(name);
                }
              });
      connection.setAutoCommit(false);
      try {
        execute(connection, "set local session authorization default; set local role none");
        for (Map.Entry<String, String> setting : known.entrySet()) {
          String actual = current(connection, setting.getKey());
          String said = meaning(connection, setting.getKey(), setting.getValue());
          if (!Objects.equals(said, actual)) {
            difference.append(" setting ").append(setting).append(" is ").append(actual);
          }
        }
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
      return difference.toString();
    }

    private static String current(Connection connection, String name) throws SQLException {
      try (PreparedStatement statement =
          connection.prepareStatement("select current_setting(?, true)")) {
        statement.setString(1, name);
        return value(statement);
      }
    }

    /** The value as the server writes it. */
    private static String meaning(Connection connection, String name, String value)
        throws SQLException {
      if (value == null) {
        try (PreparedStatement statement =
            connection.prepareStatement(
                "select coalesce((select case when unit is null"
                    + " then reset_val else current_setting(name) end from pg_settings"
                    + " where lower(name) = lower(?)), current_setting(?, true))")) {
          statement.setString(1, name);
          statement.setString(2, name);
          return value(statement);
        }
      }
      try (PreparedStatement statement =
          connection.prepareStatement("select set_config(?, ?, true)")) {
        statement.setString(1, name);
        statement.setString(2, value);
        return value(statement);
      }
    }

    private static String value(PreparedStatement statement) throws SQLException {
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }

    private static TransactionStatus status(Connection connection) throws SQLException {
      return switch (connection.unwrap(BaseConnection.class).getTransactionState()) {
        case IDLE -> TransactionStatus.IDLE;
        case OPEN -> TransactionStatus.OPEN;
        case FAILED -> TransactionStatus.FAILED;
      };
    }
  }

  private static List<Entry> corpus() throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (String line : text("corpus.txt").split("\n", -1)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        int space = line.indexOf(' ');
        entries.add(
            new Entry(line.substring(0, space), line.substring(space + 1).replace('\u23ce', '\n')));
      }
    }
    return entries;
  }

  private static String text(String resource) throws IOException {
    try (InputStream in = AnalysisCorpusTest.class.getResourceAsStream(resource)) {
      return new String(
          Objects.requireNonNull(in, resource).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Runs a text to its end; the SQLState if it fails. */
  private static String outcome(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean rows = statement.execute(sql);
      while (rows || statement.getUpdateCount() >= 0) {
        rows = statement.getMoreResults();
      }
      return "";
    } catch (SQLException failure) {
      return String.valueOf(failure.getSQLState());
    }
  }
}
