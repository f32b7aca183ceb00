package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonConnection;
import io.baton.BatonDataSource;
import io.baton.Clusters;
import io.baton.HandOverResult;
import io.baton.jdbc.SessionScript.Leaves;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.PostgresVersion;
import io.baton.testkit.TestLength;
import io.baton.testkit.junit.PostgresTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/**
 * Runs made-up scripts on a plain connection that stays where it is, and on one of Baton's that is
 * moved over and over: every step must come to the same, and in the end the server must say the
 * same of both sessions.
 */
class SessionRebuildTest {

  /**
   * How many scripts each way to move is tried with on each version: an end of the backend, without
   * and with what a crash takes away, and a hand-over; a tenth of it on standbys.
   */
  private static final int SCRIPTS = TestLength.of("baton.test.scripts", 6, 375);

  /** Added to the number of the first script: a failure tells the seed, which is run again so. */
  private static final int FIRST_SEED = Integer.getInteger("baton.test.firstSeed", 0);

  private static final int STEPS = 24;
  private static final int A_FEW_SCRIPTS = TestLength.of("baton.test.fewScripts", 2, 8);

  @Nested
  @PostgresTest(version = PostgresVersion.V18, standbys = 2)
  class OnTheNewest extends Scripts {
    OnTheNewest(PostgresCluster cluster) {
      super(cluster, 0);
    }
  }

  @Nested
  @Tag("campaign")
  @PostgresTest(version = PostgresVersion.V14, standbys = 2)
  class OnTheOldest extends Scripts {
    OnTheOldest(PostgresCluster cluster) {
      super(cluster, 1_000_000);
    }
  }

  abstract static class Scripts {

    private final PostgresCluster cluster;
    private final int firstSeed;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();

    Scripts(PostgresCluster cluster, int firstSeed) {
      this.cluster = cluster;
      this.firstSeed = firstSeed + FIRST_SEED;
    }

    @BeforeEach
    void definitions() throws SQLException {
      define(cluster);
    }

    @AfterEach
    void close() throws SQLException {
      for (Connection connection : connections) {
        connection.close();
      }
      connections.clear();
    }

    /** Superuser's, of the cluster or one node. */
    private Connection open(PostgresCluster of, String url) throws SQLException {
      Connection connection =
          DriverManager.getConnection(url, of.superuser(), of.superuserPassword());
      connections.add(connection);
      return connection;
    }

    private Connection plain(PostgresCluster of, PostgresNode node) throws SQLException {
      return open(of, "jdbc:postgresql://" + node.host() + ":" + node.port() + "/" + of.database());
    }

    private void define(PostgresCluster of) throws SQLException {
      execute(
          plain(of, of.primary()),
          """
          do $$ begin
            if not exists (select from pg_roles where rolname = 'worker') then
              create role worker; create role "Odd Role";
            end if;
          end $$;
          create schema if not exists s1;
          create schema if not exists s2;
          do $$ begin
            if to_regtype('s1.status') is null then
              create type s1.status as enum ('a'); create type s2.status as enum ('b');
              grant usage on schema s1, s2 to public;
            end if;
          end $$;
          create or replace function fill(name text) returns void language plpgsql as
            $$ begin execute format('insert into %I values (5)', name); end $$;
          create or replace function harmless(a int) returns int language plpgsql as
            $$ begin return a + 1; end $$;
          create or replace function set_by_body(v text) returns void language plpgsql as
            $$ begin execute format('set session app.by_body = %L', v); end $$;
          create or replace function made() returns void language plpgsql as
            $$ begin create temp table if not exists made (a int); end $$;
          create or replace function remember(v text) returns text language plpgsql as
            $$ begin perform set_config('app.hidden', v, false); return v; end $$;
          """);
    }

    /** Two threads, as there are two processors. */
    @Test
    void session_terminatedOrHandedOver_equalsOneThatWasNeverMoved() throws Exception {
      CompletableFuture<Void> terminated = CompletableFuture.runAsync(this::terminatedOverAndOver);
      try {
        handedOverAgainAndAgain();
      } finally {
        terminated.get(15, TimeUnit.MINUTES);
      }
    }

    private void terminatedOverAndOver() {
      try {
        Connection admin = plain(cluster, cluster.primary());
        String url = cluster.jdbcUrl("jdbc:baton:postgresql:");
        Course course = course(plain(cluster, cluster.primary()), url, Leaves.LOCKS);
        Course rows =
            new Course(
                new SessionScript(plain(cluster, cluster.primary()), 200, Leaves.LOCKS_AND_ROWS),
                open(cluster, url),
                210,
                Leaves.LOCKS_AND_ROWS);
        for (int seed = firstSeed; seed < firstSeed + SCRIPTS; seed++) {
          course.run(
              seed,
              (session, script) -> {
                terminate(admin, session);
                // A write would rightly end as 08007: it is not known whether it took place.
                assertThat(script.execute("select 1")).isEqualTo("select 1");
              });
          rows.runOrLose(
              seed + 1_000,
              session -> terminate(admin, session),
              () -> open(cluster, url),
              () -> plain(cluster, cluster.primary()));
        }
      } catch (SQLException failure) {
        throw new CompletionException(failure);
      }
    }

    private void handedOverAgainAndAgain() throws SQLException {
      int port = cluster.primary().directPort();
      String one = "127.0.0.1:" + port;
      String other = "localhost:" + port;
      Course course =
          course(
              plain(cluster, cluster.primary()),
              "jdbc:baton:postgresql://" + one + "," + other + "/" + cluster.database(),
              Leaves.ROWS);
      for (int seed = firstSeed + SCRIPTS; seed < firstSeed + 2 * SCRIPTS; seed++) {
        course.run(
            seed,
            (session, script) -> {
              boolean there = at(session).equals(one);
              moved(session, there ? one : other, there ? other : one);
            });
      }
    }

    /** Locks are left out: who writes a session down has to give them back. */
    @Test
    void session_writtenDownAndRestored_equalsOneThatWasNeverMoved() throws SQLException {
      String url = cluster.jdbcUrl("jdbc:baton:postgresql:");
      try (BatonDataSource elsewhere = new BatonDataSource()) {
        elsewhere.setUrl(url);
        elsewhere.setUser(cluster.superuser());
        elsewhere.setPassword(cluster.superuserPassword());
        Course course =
            new Course(
                new SessionScript(plain(cluster, cluster.primary()), 0, Leaves.ROWS),
                open(cluster, url),
                10,
                Leaves.ROWS);
        for (int seed = firstSeed; seed < firstSeed + SCRIPTS; seed++) {
          course.runOrGoOn(
              seed + 5_000,
              session -> {
                String text = session.unwrap(BatonConnection.class).snapshot();
                Connection restored = elsewhere.restore(text);
                connections.add(restored);
                return restored;
              });
        }
      }
    }

    @Test
    void readingSession_thatIsHandedOverBetweenStandbys_equalsOneThatWasNeverMoved()
        throws SQLException {
      cluster.awaitReplication();
      List<String> standbys =
          cluster.standbys().stream().map(node -> node.host() + ":" + node.port()).toList();
      Connection plain = plain(cluster, cluster.standbys().get(0));
      plain.setReadOnly(true);
      // Otherwise, what works on the writer only goes there.
      String url = cluster.jdbcUrl("jdbc:baton:postgresql:") + "?baton.target=reader";
      Course course = course(plain, url, Leaves.LOCKS);
      course.session.setReadOnly(true);
      Awaitility.await().until(() -> standbys.contains(placeOfNextRead(course.session)));
      for (int seed = firstSeed; seed < firstSeed + Math.max(4, SCRIPTS / 10); seed++) {
        course.run(
            seed,
            (session, script) -> {
              int from = standbys.indexOf(at(session));
              moved(session, standbys.get(from), standbys.get(1 - from));
            });
      }
    }

    private static String placeOfNextRead(Connection session) throws SQLException {
      execute(session, "select 1");
      return at(session);
    }

    private Course course(Connection plain, String url, Leaves leaves) throws SQLException {
      return new Course(new SessionScript(plain, 0, leaves), open(cluster, url), 10, leaves);
    }

    /** Both servers take writes, one after the other: a planned switchover of the cluster. */
    @Test
    void sessions_whoseClusterSwitchesOver_equalThoseThatWereNeverMoved() throws SQLException {
      try (PostgresCluster calm = PostgresCluster.builder().version(cluster.version()).start()) {
        define(calm);
        cluster.awaitReplication();
        List<Course> courses = new ArrayList<>();
        for (int i = 0; i < A_FEW_SCRIPTS; i++) {
          courses.add(
              new Course(
                  new SessionScript(plain(calm, calm.primary()), 100 * i, Leaves.LOCKS),
                  open(cluster, cluster.jdbcUrl("jdbc:baton:postgresql:")),
                  100 * i,
                  Leaves.LOCKS));
          courses.get(i).begin(firstSeed + i);
        }
        for (int step = 0; step < STEPS; step++) {
          if (step == STEPS / 3 || step == 2 * STEPS / 3) {
            for (Course course : courses) {
              course.finishTransaction();
            }
            cluster.switchover();
          }
          for (Course course : courses) {
            course.step();
          }
        }
        for (Course course : courses) {
          course.finish();
        }
        close();
      }
    }

    private static void moved(Connection session, String from, String to) throws SQLException {
      HandOverResult report;
      try {
        report = Clusters.of(session).handOver(from, to).get(20, TimeUnit.SECONDS);
      } catch (InterruptedException | ExecutionException | TimeoutException failure) {
        throw new AssertionError(failure);
      }
      assertThat(report.staying()).isEmpty();
      assertThat(report.moved()).hasSize(1);
    }
  }

  /** How a session is made to move while no transaction is open. */
  private interface Move {
    void move(Connection session, SessionScript script) throws SQLException;
  }

  /** Ends the backend of a session. */
  private interface Loss {
    void lose(Connection session) throws SQLException;
  }

  /** Writes a session down, and restores it. */
  private interface Restoration {
    Connection restored(Connection session) throws SQLException;
  }

  /** Opens another session. */
  private interface Opening {
    Connection open() throws SQLException;
  }

  /** One script, taken on two connections side by side. */
  private static final class Course {

    private SessionScript expected;
    private SessionScript moved;
    private Connection session;
    private final int offset;
    private final Leaves leaves;
    private final List<String> told = new ArrayList<>();
    private Random random = new Random();
    private int seed;

    /**
     * Whether the session once had a role to which the server does not tell whether a sequence was
     * drawn from. Who asks at that time has to take it for one that was, and to lose the session
     * with its server, also where a later role would be told that it was not: a refusal more than
     * is necessary, never a session that differs.
     */
    private boolean hidPositions;

    Course(SessionScript expected, Connection session, int offset, Leaves leaves) {
      this.expected = expected;
      this.session = session;
      this.offset = offset;
      this.leaves = leaves;
      this.moved = new SessionScript(session, offset, leaves);
    }

    void run(int newSeed, Move move) throws SQLException {
      begin(newSeed);
      int moveAt = random.nextInt(STEPS);
      for (int step = 0; step < STEPS; step++) {
        if (step >= moveAt && expected.isIdle()) {
          move(move);
          moveAt = random.nextInt(2 * STEPS); // There may be more to come.
        }
        step();
      }
      finishTransaction();
      if (moveAt < STEPS) {
        move(move);
      }
      finish();
    }

    /** As {@link #run}, but the session may be lost where it has what a crash takes away. */
    void runOrLose(int newSeed, Loss loss, Opening opening, Opening plain) throws SQLException {
      begin(newSeed);
      hidPositions = false;
      int moveAt = random.nextInt(2 * STEPS);
      for (int step = 0; step < STEPS; step++) {
        hidPositions |= expected.hidesPositions();
        if (step >= moveAt && expected.isIdle() && isLost(loss)) {
          session.close();
          expected.close();
          session = opening.open();
          moved = new SessionScript(session, offset, leaves);
          expected = new SessionScript(plain.open(), offset - 10, leaves); // It knows no names.
          return;
        }
        step();
      }
      finish();
    }

    /** As {@link #run}, but the session stays where it has what cannot be written down. */
    void runOrGoOn(int newSeed, Restoration restoration) throws SQLException {
      begin(newSeed);
      hidPositions = false;
      int moveAt = random.nextInt(STEPS);
      for (int step = 0; step < STEPS; step++) {
        hidPositions |= expected.hidesPositions();
        if (step >= moveAt && expected.isIdle()) {
          restore(restoration);
          moveAt = step + random.nextInt(STEPS);
        }
        step();
      }
      finishTransaction();
      restore(restoration);
      finish();
    }

    private void restore(Restoration restoration) throws SQLException {
      try {
        Connection restored = restoration.restored(session);
        session.close();
        session = restored;
        moved = new SessionScript(session, offset, leaves);
        told.add("-- restored");
      } catch (SQLException refusal) {
        told.add("-- refused: " + refusal.getMessage());
        assertThat(refusal.getSQLState()).as(this::story).isEqualTo("55000");
        if (!hidPositions) {
          assertThat(expected.lostInCrash()).as(this::story).isNotEmpty();
        }
      }
    }

    private boolean isLost(Loss loss) throws SQLException {
      loss.lose(session);
      String answer = moved.execute("select 1");
      told.add("-- moved: " + answer);
      if (answer.equals("select 1")) {
        return false;
      }
      assertThat(answer).as(this::story).contains("SessionLostException");
      if (!hidPositions || !answer.contains("only that server knew its position")) {
        assertThat(expected.lostInCrash()).as(this::story).isNotEmpty();
      }
      return true;
    }

    /** What cannot be moved, as the guide says, is given up before. */
    private void move(Move move) throws SQLException {
      if (!(wasRenamed() ? expected.orphans("t2", "Odd t") : expected.orphans("t2")).isEmpty()) {
        told.add(expected.execute("deallocate filling"));
        moved.execute("deallocate filling");
      }
      told.add("-- moved");
      try {
        move.move(session, moved);
      } catch (SQLException | AssertionError failure) {
        throw new AssertionError(story(), failure);
      }
    }

    /** Whether it was the table of the prepared statement that had its name changed last. */
    private boolean wasRenamed() {
      List<String> renames =
          told.stream().filter(step -> step.endsWith(" rename to \"Odd t\"")).toList();
      return !renames.isEmpty() && renames.get(renames.size() - 1).contains(" t2 ");
    }

    void begin(int newSeed) throws SQLException {
      seed = newSeed;
      random = new Random(seed);
      told.clear();
      finishTransaction();
      expected.execute("discard all");
      moved.execute("discard all");
    }

    void step() throws SQLException {
      int kind = random.nextInt(SessionScript.KINDS);
      int detail = random.nextInt(1000);
      String comesTo = expected.run(kind, detail);
      told.add(comesTo);
      assertThat(moved.run(kind, detail)).as(this::story).isEqualTo(comesTo);
    }

    void finishTransaction() throws SQLException {
      if (!expected.isIdle()) {
        expected.execute("rollback");
        moved.execute("rollback");
      }
    }

    void finish() throws SQLException {
      finishTransaction();
      assertThat(moved.state()).as(this::story).isEqualTo(expected.state());
    }

    private String story() {
      return "seed " + seed + ": " + told;
    }
  }

  private static String at(Connection connection) throws SQLException {
    return connection.unwrap(BatonConnection.class).currentEndpoint();
  }

  private static void terminate(Connection admin, Connection victim) throws SQLException {
    int process = ((PGConnection) victim).getBackendPID();
    ask(admin, "select pg_terminate_backend(" + process + ")");
    // Its own way to wait, pg_terminate_backend(pid, timeout), looks every 100 ms only.
    while (!"0"
        .equals(ask(admin, "select count(*) from pg_stat_activity where pid = " + process))) {
      Thread.onSpinWait();
    }
  }
}
