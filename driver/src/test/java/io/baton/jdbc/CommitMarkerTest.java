package io.baton.jdbc;

import static io.baton.jdbc.Sql.ask;
import static io.baton.jdbc.Sql.execute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.baton.BatonException.Outcome;
import io.baton.TransactionLostException;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.junit.PostgresTest;
import io.baton.testkit.proxy.ArmedFault;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.FaultProxy;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;

/**
 * A commit marker that is taken in the round trip of a write: what it saves, what is seen of it,
 * what it proves.
 */
@PostgresTest
class CommitMarkerTest {

  private static final FaultPoint BEFORE_THE_SERVER =
      FaultPoint.before(Frontend.BIND).ofStatement("commit");
  private static final FaultPoint BEFORE_THE_ANSWER =
      FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT");

  private static final String UPDATE = "update account set balance = balance - ? where id = ?";

  private final PostgresCluster cluster;
  private final Connection connection;

  CommitMarkerTest(PostgresCluster cluster) throws SQLException {
    this.cluster = cluster;
    this.connection =
        DriverManager.getConnection(
            cluster.jdbcUrl("jdbc:baton:postgresql:"), cluster.user(), cluster.password());
  }

  @BeforeEach
  void tables() throws SQLException {
    try (Connection plain = plain()) {
      execute(
          plain,
          """
          drop schema if exists early cascade;
          create schema early;
          create table early.account (id int primary key, balance int check (balance > -900));
          insert into early.account values (1, 100), (2, 100);
          create table early.item (id int generated always as identity primary key, note text);
          create function early.warn() returns trigger language plpgsql as
            $$begin raise warning 'careful with %', new.note; return new; end$$;
          create trigger warn before insert on early.item
            for each row when (new.note = 'loud') execute function early.warn();
          create table early.shown (id int);
          create rule show as on insert to early.shown do instead select new.id as given;
          """);
    }
    begin(connection);
  }

  /** In a transaction, on a connection that has committed a write: its server is known. */
  private static void begin(Connection either) throws SQLException {
    execute(either, "set search_path = early");
    either.setAutoCommit(false);
    execute(either, "update account set balance = 100");
    either.commit();
  }

  private Connection plain() throws SQLException {
    return DriverManager.getConnection(
        cluster.jdbcUrl("jdbc:postgresql:"), cluster.user(), cluster.password());
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private FaultProxy proxy() {
    return cluster.primary().proxy();
  }

  private String balance() throws SQLException {
    try (Connection direct = cluster.primary().connect()) {
      return ask(direct, "select balance from early.account where id = 1");
    }
  }

  private static void update(Connection either) throws SQLException {
    try (PreparedStatement update = either.prepareStatement(UPDATE)) {
      update.setInt(1, 10);
      update.setInt(2, 1);
      assertThat(update.executeUpdate()).isEqualTo(1);
    }
  }

  // --------------------------------------------------------------------------- what it spares

  /** Transactions, and how many round trips they take with a driver that notes nothing. */
  enum Work {
    UPDATE(2) {
      @Override
      void run(Connection connection) throws SQLException {
        update(connection);
      }
    },
    READ_AND_UPDATE_TWICE(4) {
      @Override
      void run(Connection connection) throws SQLException {
        ask(connection, "select 1");
        update(connection);
        update(connection);
      }
    },
    INSERT_WITH_KEY(2) {
      @Override
      void run(Connection connection) throws SQLException {
        try (PreparedStatement insert =
            connection.prepareStatement(
                "insert into item (note) values ('x')", new String[] {"id"})) {
          insert.executeUpdate();
          try (ResultSet keys = insert.getGeneratedKeys()) {
            assertThat(keys.next()).isTrue();
            assertThat(keys.getInt(1)).isPositive();
            assertThat(keys.next()).isFalse();
          }
        }
      }
    },
    EXECUTED(2) {
      @Override
      void run(Connection connection) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("delete from item")) {
          assertThat(delete.execute()).isFalse();
        }
      }
    };

    private final int roundTrips;

    Work(int roundTrips) {
      this.roundTrips = roundTrips;
    }

    abstract void run(Connection connection) throws SQLException;
  }

  @ParameterizedTest
  @EnumSource
  void commit_afterAPreparedWrite_hasNoRoundTripMore(Work work) throws SQLException {
    long fewest = Long.MAX_VALUE;
    for (int again = 0; again < 20; again++) {
      long before = proxy().roundTrips();
      work.run(connection);
      connection.commit();
      // The monitor has some of its own now and then; and with keys, one COMMIT in many also notes
      // how far their sequence is.
      fewest = Math.min(fewest, proxy().roundTrips() - before);
    }
    assertThat(fewest).isEqualTo(work.roundTrips);
  }

  // ------------------------------------------------------------------------- what is seen of it

  /** What an application may do with a statement that carries a commit marker, and around it. */
  enum Use {
    COUNTS {
      @Override
      void of(Connection connection, List<Object> seen) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
          update.setInt(1, 1);
          update.setInt(2, 1);
          seen.add(update.executeUpdate());
          results(update, seen);
          update.setInt(2, 99);
          seen.add(update.executeLargeUpdate());
          results(update, seen);
          connection.commit();
          update.setInt(2, 1);
          seen.add(update.executeUpdate());
          update.setInt(2, 99);
          results(update, seen); // Of the last call, whatever is bound for the next.
        }
      }
    },
    STREAMS {
      @Override
      void of(Connection connection, List<Object> seen) throws SQLException {
        try (PreparedStatement insert =
            connection.prepareStatement("insert into item (note) values (?)")) {
          for (int again = 0; again < 3; again++) {
            insert.setString(1, "plain");
            seen.add(insert.executeUpdate());
            insert.setCharacterStream(1, new StringReader("of no known length"));
            seen.add(insert.executeUpdate());
            insert.setCharacterStream(1, new StringReader("of a length"), 11);
            seen.add(insert.executeUpdate());
            connection.commit();
          }
        }
        seen.add(ask(connection, "select string_agg(note, ',' order by id) from item"));
      }
    },
    EXECUTE {
      @Override
      void of(Connection connection, List<Object> seen) throws SQLException {
        try (PreparedStatement update =
            connection.prepareStatement("update account set balance = 7 -- all of them")) {
          seen.add(update.execute());
          results(update, seen);
        }
        connection.commit();
        try (PreparedStatement update =
            connection.prepareStatement("update account set balance = 7; -- all of them")) {
          seen.add(update.execute());
          results(update, seen);
        }
      }
    },
    KEYS {
      @Override
      void of(Connection connection, List<Object> seen) throws SQLException {
        try (PreparedStatement insert =
            connection.prepareStatement(
                "insert into item (note) values (?), (?)", Statement.RETURN_GENERATED_KEYS)) {
          for (int again = 0; again < 3; again++) {
            insert.setString(1, "one");
            insert.setString(2, "two");
            seen.add(insert.executeUpdate());
            seen.add(insert.getUpdateCount());
            ResultSet keys = insert.getGeneratedKeys();
            while (keys.next()) {
              seen.add(keys.getString("note"));
            }
            seen.add(keys.getMetaData().getColumnCount());
            seen.add(insert.getGeneratedKeys() == keys);
            seen.add(insert.getMoreResults());
            seen.add(insert.getUpdateCount());
            connection.commit();
          }
        }
      }
    },
    KEYS_UNREAD {
      @Override
      void of(Connection connection, List<Object> seen) throws SQLException {
        try (PreparedStatement insert =
            connection.prepareStatement("insert into item (note) values ('x')")) {
          seen.add(insert.executeUpdate());
          seen.add(insert.getGeneratedKeys().next());
        }
      }
    },
    WARNINGS {
      @Override
      void of(Connection connection, List<Object> seen) throws SQLException {
        try (PreparedStatement insert =
            connection.prepareStatement("insert into item (note) values (?)")) {
          insert.setString(1, "loud");
          seen.add(insert.executeUpdate());
          for (SQLWarning one = insert.getWarnings(); one != null; one = one.getNextWarning()) {
            seen.add(one.getMessage());
          }
          insert.clearWarnings();
          seen.add(insert.getWarnings() == null);
          insert.setString(1, "quiet");
          seen.add(insert.executeUpdate());
          seen.add(insert.getWarnings() == null);
        }
      }
    },
    TEXT_AND_METADATA {
      @Override
      void of(Connection connection, List<Object> seen) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
          update.setInt(1, 1);
          update.setInt(2, 1);
          seen.add(update.executeUpdate());
          seen.add(update.toString());
          update.setInt(2, 2);
          seen.add(update.toString());
          seen.add(update.getMetaData() == null);
          seen.add(update.getParameterMetaData().getParameterCount());
          seen.add(update.executeUpdate());
          seen.add(update.toString());
        }
      }
    },
    ERRORS {
      @Override
      void of(Connection connection, List<Object> seen) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
          update.setInt(1, 5000);
          update.setInt(2, 1);
          failure(update::executeUpdate, seen);
          seen.add(update.getUpdateCount());
          failure(update::executeUpdate, seen);
          connection.rollback();
          update.setInt(1, 1);
          seen.add(update.executeUpdate());
          seen.add(update.getUpdateCount());
          update.clearParameters();
          update.setInt(1, 1);
          connection.commit();
          failure(update::executeUpdate, seen);
          failure(() -> update.setInt(3, 1), seen);
        }
        connection.rollback();
        PreparedStatement closed = connection.prepareStatement("delete from item");
        seen.add(closed.executeUpdate());
        closed.close();
        failure(closed::executeUpdate, seen);
        failure(closed::getUpdateCount, seen);
        seen.add(closed.isClosed());
        connection.rollback();
        try (PreparedStatement wrong =
            connection.prepareStatement("update account set balance = nothing where id = 1")) {
          failure(wrong::executeUpdate, seen);
        }
      }
    },
    ANSWERS_OF_THE_WRONG_KIND {
      @Override
      void of(Connection connection, List<Object> seen) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
          update.setInt(1, 1);
          update.setInt(2, 1);
          failure(update::executeQuery, seen);
        }
        try (PreparedStatement shown =
            connection.prepareStatement("insert into shown values (3)")) {
          failure(shown::executeUpdate, seen);
        }
        connection.rollback();
        try (PreparedStatement returning =
            connection.prepareStatement("insert into item (note) values ('x') returning note")) {
          failure(returning::executeUpdate, seen);
        }
      }
    },
    BATCHES_AROUND {
      @Override
      void of(Connection connection, List<Object> seen) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
          for (int again = 0; again < 3; again++) {
            add(update, 1, 1);
            add(update, 2, 2);
            update.setInt(1, 4);
            update.setInt(2, 1);
            seen.add(update.executeUpdate());
            add(update, 8, 1);
            seen.add(update.executeBatch());
            seen.add(update.executeBatch());
            update.setInt(1, 16);
            seen.add(update.executeUpdate());
            connection.commit();
          }
        }
        seen.add(ask(connection, "select string_agg(balance::text, ',' order by id) from account"));
      }

      private void add(PreparedStatement update, int amount, int account) throws SQLException {
        update.setInt(1, amount);
        update.setInt(2, account);
        update.addBatch();
      }
    },
    SETTINGS {
      @Override
      void of(Connection connection, List<Object> seen) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
          update.setQueryTimeout(7);
          update.setMaxRows(1);
          update.setInt(1, 1);
          update.setInt(2, 1);
          seen.add(update.executeUpdate());
          seen.add(update.getQueryTimeout());
          update.setFetchSize(5);
          connection.commit();
          seen.add(update.executeUpdate());
          seen.add(update.getFetchSize());
          seen.add(update.getMaxRows());
          update.closeOnCompletion();
          connection.commit();
          seen.add(update.executeUpdate());
          seen.add(update.isCloseOnCompletion());
          seen.add(update.isClosed());
        }
      }
    },
    CANCELLATION {
      @Override
      void of(Connection connection, List<Object> seen) throws SQLException {
        try (PreparedStatement slow =
            connection.prepareStatement(
                "update account set balance = 1 where pg_sleep(20) is not null")) {
          slow.setQueryTimeout(1);
          failure(slow::executeUpdate, seen);
          connection.rollback();
          slow.setQueryTimeout(0);
          Thread other = new Thread(() -> cancelUntilInterrupted(slow));
          other.start();
          failure(slow::executeUpdate, seen);
          other.interrupt();
        }
      }

      private void cancelUntilInterrupted(Statement slow) {
        try {
          while (!Thread.interrupted()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            slow.cancel(); // Does nothing before it runs.
          }
        } catch (SQLException unexpected) {
          throw new IllegalStateException(unexpected);
        }
      }
    };

    abstract void of(Connection connection, List<Object> seen) throws SQLException;

    static void results(PreparedStatement statement, List<Object> seen) throws SQLException {
      seen.add(statement.getUpdateCount());
      seen.add(statement.getLargeUpdateCount());
      seen.add(statement.getResultSet() == null);
      seen.add(statement.getMoreResults());
      seen.add(statement.getUpdateCount());
      seen.add(statement.getLargeUpdateCount());
      seen.add(statement.getMoreResults(Statement.KEEP_CURRENT_RESULT));
      seen.add(statement.getUpdateCount());
    }

    /** A call that may fail. */
    interface Call {
      Object make() throws SQLException;
    }

    /** A call that may fail and returns nothing. */
    interface VoidCall {
      void make() throws SQLException;
    }

    static void failure(VoidCall call, List<Object> seen) {
      try {
        call.make();
        seen.add("no failure");
      } catch (SQLException failure) {
        seen.add(failure.getClass());
        seen.add(failure.getMessage());
        seen.add(failure.getSQLState());
        if (failure instanceof PSQLException raised && raised.getServerErrorMessage() != null) {
          seen.add(raised.getServerErrorMessage().getPosition());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void statementThatCarriesAMark_looksAsWithoutOne(Use use) throws SQLException {
    List<Object> seen = new ArrayList<>();
    use.of(connection, seen);
    connection.rollback();
    tables();
    List<Object> wanted = new ArrayList<>();
    try (Connection plain = plain()) {
      begin(plain);
      use.of(plain, wanted);
    }
    assertThat(seen).usingRecursiveComparison().isEqualTo(wanted);
    assertThat(seen).isNotEmpty();
  }

  // ----------------------------------------------------------------------------- what it proves

  /** Ways from a transaction with a commit marker to a COMMIT. */
  enum Way {
    STRAIGHT {
      @Override
      void go(Connection connection) throws SQLException {
        update(connection);
      }
    },
    AFTER_A_SAVEPOINT_WAS_ROLLED_BACK {
      @Override
      void go(Connection connection) throws SQLException {
        execute(connection, "savepoint before_it");
        update(connection);
        execute(connection, "rollback to before_it");
        execute(connection, "update account set balance = 90 where id = 1");
      }
    },
    AFTER_AN_ERROR_BEHIND_A_SAVEPOINT {
      @Override
      void go(Connection connection) throws SQLException {
        update(connection);
        execute(connection, "savepoint behind_it");
        assertThatThrownBy(() -> execute(connection, "select 1 / 0"))
            .isInstanceOf(SQLException.class);
        execute(connection, "rollback to behind_it");
      }
    },
    IN_A_CHAINED_TRANSACTION {
      @Override
      void go(Connection connection) throws SQLException {
        otherTransaction(connection);
        execute(connection, "commit and chain");
        execute(connection, "update account set balance = 90 where id = 1");
      }
    },
    IN_ONE_AFTER_A_CHAINED_ROLLBACK {
      @Override
      void go(Connection connection) throws SQLException {
        otherTransaction(connection);
        execute(connection, "rollback and chain");
        execute(connection, "update account set balance = 90 where id = 1");
      }
    },
    IN_ONE_THAT_BEGAN_WITHIN_A_TEXT {
      @Override
      void go(Connection connection) throws SQLException {
        otherTransaction(connection);
        execute(connection, "commit; begin; update account set balance = 90 where id = 1");
      }
    },
    IN_THE_NEXT_ONE {
      @Override
      void go(Connection connection) throws SQLException {
        otherTransaction(connection);
        connection.commit();
        execute(connection, "update account set balance = 90 where id = 1");
      }
    },
    IN_ONE_BEGUN_BEHIND_THE_BACK {
      @Override
      void go(Connection connection) throws SQLException {
        otherTransaction(connection);
        Connection raw = (Connection) connection.unwrap(PGConnection.class);
        execute(raw, "commit and chain");
        execute(raw, "update account set balance = 90 where id = 1");
      }
    };

    abstract void go(Connection connection) throws SQLException;

    static void otherTransaction(Connection connection) throws SQLException {
      try (PreparedStatement other =
          connection.prepareStatement("update account set balance = 77 where id = 2")) {
        assertThat(other.executeUpdate()).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void commitThatTookPlace_isSettled(Way way) throws SQLException {
    way.go(connection);
    ArmedFault fault = proxy().cutOn(BEFORE_THE_ANSWER);

    connection.commit();

    assertThat(fault.hasFired()).isTrue();
    assertThat(balance()).isEqualTo("90");
  }

  @ParameterizedTest
  @EnumSource
  void commitThatDidNotTakePlace_isSettled(Way way) throws SQLException {
    way.go(connection);
    ArmedFault fault = proxy().cutOn(BEFORE_THE_SERVER);

    try {
      connection.commit();
      assertThat(balance()).isEqualTo("90"); // It was replayed.
    } catch (TransactionLostException lost) {
      assertThat(lost.outcome()).isEqualTo(Outcome.NOT_COMMITTED);
      assertThat(balance()).isEqualTo("100");
    }
    assertThat(fault.hasFired()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void writeThatIsCutOffOnItsWayWithAMark_isReplayed(int nth) throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
      update.setInt(1, 5);
      update.setInt(2, 1);
      for (int again = 1; again <= 2; again++) {
        ArmedFault fault =
            again == nth
                ? proxy().cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("UPDATE 1"))
                : null;
        assertThat(update.executeUpdate()).isEqualTo(1);
        assertThat(fault == null || fault.hasFired()).isTrue();
        assertThat(update.getUpdateCount()).isEqualTo(1);
      }
      connection.commit();
    }
    assertThat(balance()).isEqualTo("90");
  }
}
