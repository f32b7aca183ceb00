package io.baton.jdbc;

import io.github.resilience4j.ratelimiter.RateLimiter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Sessions at work, each of which holds something that a session can hold: an open cursor, a
 * temporary table, a channel, prepared statements, a role. Each writes down what it did in the
 * table {@code entry}, under a name of its own.
 */
final class BusySessions {

  private static final int ROUNDS_PER_SECOND = 250;

  private final RateLimiter pace = Pace.perSecond(ROUNDS_PER_SECOND);
  private final AtomicBoolean over = new AtomicBoolean();
  private final Queue<String> done = new ConcurrentLinkedQueue<>();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private final List<AtomicInteger> rounds = new ArrayList<>();

  /** What one session does, again and again. */
  private interface Work {
    void go(int round) throws SQLException;
  }

  /** A source of sessions. */
  interface Sessions {
    Connection open() throws SQLException;
  }

  /** Begins; each session has done its first round when this returns. */
  static BusySessions begin(Sessions sessions) throws SQLException {
    BusySessions busy = new BusySessions();
    busy.readByCursor(sessions.open());
    busy.fillTemporaryTable(sessions.open());
    busy.executePrepared(sessions.open());
    busy.workAsClerk(sessions.open());
    busy.listen(sessions.open(), sessions.open());
    Awaitility.await().until(() -> busy.rounds() > 0 || !busy.errors.isEmpty());
    return busy;
  }

  /** The names of what was acknowledged. */
  Queue<String> done() {
    return done;
  }

  Queue<String> errors() {
    return errors;
  }

  /** How many rounds the slowest has done. */
  int rounds() {
    return rounds.stream().mapToInt(AtomicInteger::get).min().orElse(0);
  }

  void end() throws InterruptedException {
    over.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void start(String name, Work work) {
    AtomicInteger round = new AtomicInteger();
    rounds.add(round);
    Thread thread =
        new Thread(
            () -> {
              try {
                while (!over.get()) {
                  pace.acquirePermission();
                  work.go(round.get());
                  round.incrementAndGet();
                }
              } catch (SQLException | RuntimeException | AssertionError failure) {
                errors.add(name + " in round " + round + ": " + failure);
              }
            },
            name);
    threads.add(thread);
    thread.start();
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  /** A transaction that is in the middle of the rows of a cursor most of the time. */
  private void readByCursor(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    start(
        "cursor",
        round -> {
          try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(7);
            try (ResultSet rows =
                statement.executeQuery("select i from generate_series(1, 400) i order by i")) {
              for (int i = 1; i <= 400; i++) {
                require(rows.next() && rows.getInt(1) == i, "row " + i + " of a cursor");
              }
              require(!rows.next(), "a row too many");
            }
          }
          note(connection, "cursor-" + round);
          connection.commit();
          done.add("cursor-" + round);
        });
  }

  /** Its rows come along, one more each time. */
  private void fillTemporaryTable(Connection connection) throws SQLException {
    Sql.execute(connection, "create temp table held (n int)");
    start(
        "temporary",
        round -> {
          Sql.execute(connection, "insert into held values (" + round + ")");
          String held = Sql.ask(connection, "select count(*) from held");
          require(held.equals(String.valueOf(round + 1)), held + " rows in a temporary table");
        });
  }

  private void executePrepared(Connection connection) throws SQLException {
    Sql.execute(connection, "prepare entered(text) as insert into entry (what) values ($1)");
    PreparedStatement kept = connection.prepareStatement("select ? || 'x'");
    kept.setString(1, "bound");
    connection.setAutoCommit(false);
    start(
        "prepared",
        round -> {
          Sql.execute(connection, "execute entered('prepared-" + round + "')");
          try (ResultSet row = kept.executeQuery()) {
            require(row.next() && row.getString(1).equals("boundx"), "a bound parameter");
          }
          connection.commit();
          done.add("prepared-" + round);
        });
  }

  private void workAsClerk(Connection connection) throws SQLException {
    Sql.execute(connection, "set role clerk; set app.tenant = 'blue'");
    connection.setAutoCommit(false);
    start(
        "role",
        round -> {
          String who =
              Sql.ask(connection, "select current_user || ' ' || current_setting('app.tenant')");
          require(who.equals("clerk blue"), "it is " + who);
          note(connection, "role-" + round);
          connection.commit();
          done.add("role-" + round);
        });
  }

  /** One session hears each number that another one sends, in their order, and none twice. */
  private void listen(Connection listener, Connection sender) throws SQLException {
    Sql.execute(listener, "listen news");
    sender.setAutoCommit(false);
    AtomicInteger heard = new AtomicInteger();
    start(
        "listener",
        round -> {
          PGNotification[] news = listener.unwrap(PGConnection.class).getNotifications(20);
          for (PGNotification one : news == null ? new PGNotification[0] : news) {
            int expected = heard.getAndIncrement();
            require(
                one.getParameter().equals(String.valueOf(expected)),
                "heard " + one.getParameter() + " instead of " + expected);
          }
        });
    start(
        "sender",
        round -> {
          Sql.execute(sender, "notify news, '" + round + "'");
          note(sender, "sender-" + round);
          sender.commit();
          done.add("sender-" + round);
        });
  }

  private static void note(Connection connection, String what) throws SQLException {
    try (PreparedStatement entry =
        connection.prepareStatement("insert into entry (what) values (?)")) {
      entry.setString(1, what);
      require(entry.executeUpdate() == 1, "one row");
    }
  }
}
