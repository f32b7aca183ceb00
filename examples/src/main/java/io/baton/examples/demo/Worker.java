package io.baton.examples.demo;

import io.baton.examples.demo.ApplicationError.Step;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;

/**
 * One worker of the application: takes a connection from the pool, runs a transfer in an explicit
 * transaction, commits, gives the connection back, and goes on with the next one.
 *
 * <p>This is the error handling an application needs today, and nothing beyond it:
 *
 * <ul>
 *   <li>40001 (and 40P01): the transaction is certainly not committed and the connection is usable;
 *       it is rolled back and run again.
 *   <li>A commit in doubt (08007; with other drivers any lost connection in {@code commit()}): the
 *       operation is looked up under its number, and run again only if it is not there.
 *   <li>Anything else before {@code commit()}: not committed; the connection goes back to the pool,
 *       which evicts it if it is broken, and the transfer is run again.
 * </ul>
 *
 * <p>Looking up is sound here because the number is looked up on a server that the old one can no
 * longer commit to: its backends are dead by the time another server answers.
 *
 * <p>Run by one thread; its counters may be read by any.
 */
final class Worker implements Runnable {
  private static final long NUMBERS_PER_WORKER = 1_000_000_000L;

  private final int id;
  private final DataSource pool;
  private final Ledger ledger;
  private final RunClock clock;
  private final BooleanSupplier stopping;
  private final Random random;
  private final AtomicLong lastSettledNanos = new AtomicLong(-1);
  private long nextNumber;

  Worker(int id, DataSource pool, Ledger ledger, RunClock clock, BooleanSupplier stopping) {
    this.id = id;
    this.pool = pool;
    this.ledger = ledger;
    this.clock = clock;
    this.stopping = stopping;
    this.random = new Random(id);
    this.nextNumber = id * NUMBERS_PER_WORKER;
  }

  /** When the operation settled last was begun, or -1: a later time means the worker is well. */
  long lastSettledBeganNanos() {
    return lastSettledNanos.get();
  }

  @Override
  public void run() {
    while (!stopping.getAsBoolean()) {
      Transfer transfer = nextTransfer();
      long began = clock.now();
      ledger.begun(transfer, began);
      if (!settle(transfer, began)) {
        return;
      }
      lastSettledNanos.set(began);
    }
  }

  /** Runs the transfer until it is settled. False if the worker was stopped before that. */
  private boolean settle(Transfer transfer, long began) {
    Attempt attempt = Attempt.RUN_AGAIN;
    do {
      attempt = attempt == Attempt.LOOK_UP ? lookUp(transfer, began) : attempt(transfer, began);
    } while (attempt != Attempt.SETTLED && !Thread.currentThread().isInterrupted());
    return attempt == Attempt.SETTLED;
  }

  private enum Attempt {
    SETTLED,
    RUN_AGAIN,
    LOOK_UP
  }

  private Attempt attempt(Transfer transfer, long began) {
    Step step = Step.CONNECTING;
    try (Connection connection = pool.getConnection()) {
      try {
        step = Step.WORKING;
        Bank.run(transfer, connection);
        step = Step.COMMITTING;
        connection.commit();
        ledger.acknowledged(transfer, began, clock.now());
        return Attempt.SETTLED;
      } catch (SQLException e) {
        ApplicationError error = failed(e, step);
        if (e instanceof WrongReadException) {
          ledger.wrongRead(transfer, error.message());
        }
        rollBack(connection, e);
        return error.leavesCommitInDoubt() ? Attempt.LOOK_UP : Attempt.RUN_AGAIN;
      }
    } catch (SQLException e) {
      // From getConnection(): HikariCP's close() swallows what a broken connection says.
      failed(e, step);
      return Attempt.RUN_AGAIN;
    }
  }

  private Attempt lookUp(Transfer transfer, long began) {
    try (Connection connection = pool.getConnection()) {
      boolean committed = Bank.isRecorded(transfer.number(), connection);
      connection.commit();
      if (committed) {
        ledger.foundCommitted(transfer, began, clock.now());
        return Attempt.SETTLED;
      }
      ledger.foundMissing();
      return Attempt.RUN_AGAIN;
    } catch (SQLException e) {
      failed(e, Step.LOOKING_UP);
      return Attempt.LOOK_UP;
    }
  }

  private ApplicationError failed(SQLException exception, Step step) {
    ApplicationError error = ApplicationError.of(exception, id, clock.now(), step);
    ledger.failed(error);
    return error;
  }

  @Override
  public String toString() {
    return "worker " + (id + 1);
  }

  private static void rollBack(Connection connection, SQLException cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // The connection is broken, which the first exception has told already.
      cause.addSuppressed(e);
    }
  }

  private Transfer nextTransfer() {
    int source = 1 + random.nextInt(Bank.ACCOUNTS);
    int target = 1 + (source + random.nextInt(Bank.ACCOUNTS - 1)) % Bank.ACCOUNTS;
    return new Transfer(nextNumber++, id, source, target, 1 + random.nextInt(100));
  }
}
