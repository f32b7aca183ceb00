package io.baton.examples.demo;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the application was told: the operations acknowledged to it and the errors it saw. The
 * verdict holds the database against this. Thread-safe.
 */
final class Ledger {
  private final Object lock = new Object();
  private final List<Settled> settled = new ArrayList<>();
  private final List<ApplicationError> errors = new ArrayList<>();
  private final Set<Long> open = new HashSet<>();
  private final List<String> wrongReads = new ArrayList<>();
  private long inDoubt;
  private long foundCommitted;
  private long foundMissing;

  /**
   * An operation that the application knows to be committed.
   *
   * @param lookedUp whether it learnt so by looking the operation up, rather than from {@code
   *     commit()}
   */
  record Settled(long number, int worker, long beganNanos, long endedNanos, boolean lookedUp) {

    /** What a worker has waited for this operation, its further attempts included. */
    long nanos() {
      return endedNanos - beganNanos;
    }
  }

  /**
   * What the ledger held at one moment.
   *
   * @param settled in the order in which they were settled
   * @param open numbers of operations begun and not settled
   * @param commitsInDoubt commits that ended without saying what became of them
   * @param foundCommitted how many of these a look-up found
   * @param foundMissing how many of these it did not find, so that the transfer was run again
   */
  record Snapshot(
      List<Settled> settled,
      List<ApplicationError> errors,
      Set<Long> open,
      List<String> wrongReads,
      long commitsInDoubt,
      long foundCommitted,
      long foundMissing) {

    long acknowledged() {
      return settled.size() - foundCommitted;
    }

    /** The longest time a worker waited for one operation. */
    long longestPauseNanos() {
      return settled.stream().mapToLong(Settled::nanos).max().orElse(0);
    }
  }

  /**
   * The counters that a live view needs often.
   *
   * @param settled operations known to be committed
   * @param errors exceptions that reached the application
   */
  record Counts(long settled, long errors) {}

  void begun(Transfer transfer) {
    synchronized (lock) {
      open.add(transfer.number());
    }
  }

  /** {@code commit()} returned. */
  void acknowledged(Transfer transfer, long beganNanos, long endedNanos) {
    settle(new Settled(transfer.number(), transfer.worker(), beganNanos, endedNanos, false));
  }

  /** A look-up has found the operation, whose commit had been in doubt. */
  void foundCommitted(Transfer transfer, long beganNanos, long endedNanos) {
    synchronized (lock) {
      foundCommitted++;
      settle(new Settled(transfer.number(), transfer.worker(), beganNanos, endedNanos, true));
    }
  }

  /** A look-up has not found the operation, whose commit had been in doubt. */
  void foundMissing() {
    synchronized (lock) {
      foundMissing++;
    }
  }

  void failed(ApplicationError error) {
    synchronized (lock) {
      errors.add(error);
      if (error.leavesCommitInDoubt()) {
        inDoubt++;
      }
    }
  }

  void wrongRead(Transfer transfer, String what) {
    synchronized (lock) {
      wrongReads.add("operation " + transfer.number() + " " + what);
    }
  }

  Counts counts() {
    synchronized (lock) {
      return new Counts(settled.size(), errors.size());
    }
  }

  Snapshot snapshot() {
    synchronized (lock) {
      return new Snapshot(
          List.copyOf(settled),
          List.copyOf(errors),
          Set.copyOf(open),
          List.copyOf(wrongReads),
          inDoubt,
          foundCommitted,
          foundMissing);
    }
  }

  private void settle(Settled operation) {
    synchronized (lock) {
      open.remove(operation.number());
      settled.add(operation);
    }
  }
}
