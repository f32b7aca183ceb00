package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.BatonException;
import io.baton.BatonException.Outcome;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.TestLength;
import io.baton.testkit.proxy.ArmedFault;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import io.baton.testkit.proxy.Message.Frontend;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Random transactions, each cut off at a random message by a random fault, against a model of what
 * an application may see: every answer is the model's, a transaction that is said to be committed
 * is there once, one that is said not to be is not there at all, and only what is said to be
 * unknown may be either.
 *
 * <p>{@code -Dbaton.test.transactions=20000 -Dbaton.test.seed=...} is the long form.
 */
class RandomTransactionsTest extends ContractFixture {

  private static final int TRANSACTIONS = TestLength.of("baton.test.transactions", 150, 500);
  private static final long SEED = Long.getLong("baton.test.seed", System.nanoTime());

  /** Of that many faults one stops a server, which takes seconds; the others are fast. */
  private static final int FAULTS_FOR_A_STOP = 50;

  private static final Executor AFTER_A_WHILE =
      CompletableFuture.delayedExecutor(700, TimeUnit.MILLISECONDS);

  private static final Frontend[] REQUESTS = {
    Frontend.PARSE, Frontend.BIND, Frontend.DESCRIBE, Frontend.EXECUTE, Frontend.SYNC
  };

  private static final Backend[] ANSWERS = {
    Backend.PARSE_COMPLETE,
    Backend.BIND_COMPLETE,
    Backend.ROW_DESCRIPTION,
    Backend.DATA_ROW,
    Backend.COMMAND_COMPLETE,
    Backend.READY_FOR_QUERY
  };

  private final Random random = new Random(SEED);

  /** Found out anew only when roles have changed: asking takes longer than a transaction. */
  private PostgresNode primary;

  private Connection plain;
  private volatile boolean crashed;
  private RandomTransaction.Model model = RandomTransaction.Model.EMPTY;
  private final Map<String, Integer> ends = new TreeMap<>();

  RandomTransactionsTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "?baton.heartbeat=200ms");
    primary = cluster.primary();
    plain = superuser();
  }

  @BeforeEach
  void tables() throws SQLException {
    direct("drop table if exists number");
    direct("create table number (id int primary key, value int not null)");
    cluster.awaitReplication();
  }

  @AfterEach
  void repair() throws SQLException {
    plain.close();
    cluster.nodes().forEach(node -> node.proxy().disarm());
    cluster.repair();
  }

  @Test
  void transactions_cutOffAnywhere_agreeWithTheModel() throws Exception {
    System.out.println("Random transactions: seed " + SEED);
    for (int number = 1; number <= TRANSACTIONS; number++) {
      RandomTransaction transaction = new RandomTransaction(random, model);
      try {
        run(transaction);
      } catch (AssertionError | SQLException | RuntimeException failed) {
        throw new AssertionError(
            "Transaction " + number + " with -Dbaton.test.seed=" + SEED + ": " + transaction,
            failed);
      }
    }
    System.out.println("Random transactions ended: " + ends);
    assertThat(ends.getOrDefault("returned", 0)).isGreaterThan(TRANSACTIONS / 2);
  }

  private void run(RandomTransaction transaction) throws Exception {
    ArmedFault fault = primary.proxy().cutOn(point(), action());
    Outcome outcome = Outcome.NOT_COMMITTED;
    try {
      outcome = transaction.run(connection) ? Outcome.COMMITTED : Outcome.NOT_COMMITTED;
      count(fault.hasFired() ? "returned after a fault" : "returned");
    } catch (RandomTransaction.OverstayedException overstayed) {
      if (!fault.hasFired()) {
        throw overstayed;
      }
      count("overstayed"); // A fault came ahead of the timeout, or hid what the server said of it.
    } catch (SQLException failure) {
      outcome = outcomeOf(failure, transaction);
    }
    fault.disarm();
    fault.await(Duration.ofMinutes(1));
    if (connection.isClosed()) {
      count("closed");
      reconnect("?baton.heartbeat=200ms");
      model = model.withoutSetting();
      transaction.loseSetting();
    } else {
      transaction.endAfterFailure(connection);
    }
    if (crashed) {
      plain.close();
      primary = cluster.primary();
      plain = superuser();
    }
    compare(outcome, transaction);
    if (crashed) {
      crashed = false;
      cluster.repair();
    }
  }

  private void count(String end) {
    ends.merge(end, 1, Integer::sum);
    if (end.equals("returned after a fault")) {
      count("returned");
    }
  }

  private FaultPoint point() {
    boolean before = random.nextBoolean();
    FaultPoint point;
    if (random.nextBoolean()) {
      Frontend message = REQUESTS[random.nextInt(REQUESTS.length)];
      point = before ? FaultPoint.before(message) : FaultPoint.after(message);
    } else {
      Backend message = ANSWERS[random.nextInt(ANSWERS.length)];
      point = before ? FaultPoint.before(message) : FaultPoint.after(message);
    }
    return point.occurrence(1 + random.nextInt(12));
  }

  /** What happens besides the cut of the connection. */
  private Runnable action() {
    if (random.nextInt(FAULTS_FOR_A_STOP) == 0) {
      return switch (random.nextInt(3)) {
        case 0 -> this::crash;
        case 1 -> this::failOver;
        default -> this::freeze;
      };
    }
    return switch (random.nextInt(3)) {
      case 0 -> this::terminate;
      default -> () -> {};
    };
  }

  private void crash() {
    crashed = true;
    primary.crash();
    primary.start();
  }

  private void failOver() {
    crashed = true;
    cluster.failover();
  }

  private void freeze() {
    PostgresNode frozen = primary;
    frozen.freeze();
    AFTER_A_WHILE.execute(frozen::thaw);
  }

  private void terminate() {
    try {
      ask(
          plain,
          "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = '"
              + cluster.user()
              + "'");
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private Connection superuser() throws SQLException {
    return primary.connect(cluster.database(), cluster.superuser(), cluster.superuserPassword());
  }

  /** What the application is told of the work; anything but the contract fails. */
  private Outcome outcomeOf(SQLException failure, RandomTransaction transaction) {
    String state = String.valueOf(failure.getSQLState());
    assertThat(state).as("%s", failure).isIn("40001", "08006", "08007");
    assertThat((Throwable) failure).isInstanceOf(BatonException.class);
    Outcome outcome = ((BatonException) failure).outcome();
    if (state.equals("40001")) {
      assertThat(outcome).isEqualTo(Outcome.NOT_COMMITTED);
    }
    if (state.equals("08007")) {
      assertThat(outcome).isEqualTo(Outcome.UNKNOWN);
      assertThat(transaction.mayHaveCommitted()).as("a commit was under way").isTrue();
    }
    count(state);
    return outcome;
  }

  private void compare(Outcome outcome, RandomTransaction transaction) throws SQLException {
    Map<Integer, Integer> there = RandomTransaction.Model.read(plain);
    RandomTransaction.Model after = transaction.model();
    boolean committed =
        switch (outcome) {
          case COMMITTED -> true;
          case NOT_COMMITTED -> false;
          case UNKNOWN -> there.equals(after.rows());
        };
    assertThat(there).as("after " + outcome).isEqualTo(committed ? after.rows() : model.rows());
    RandomTransaction.Model expected = committed ? after : model;
    if (outcome == Outcome.UNKNOWN && after.rows().equals(model.rows())) {
      // Either took place; the session says which of its settings it has.
      expected = expected.withSetting(RandomTransaction.setting(connection));
    }
    assertThat(RandomTransaction.setting(connection)).isEqualTo(expected.setting());
    model = expected;
  }
}
