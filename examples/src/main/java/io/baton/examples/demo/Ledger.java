package io.baton.examples.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the application was told: the operations acknowledged to it and the errors it saw. The
 * verdict holds the database against this. Thread-safe.
 */
final class Ledger {
  private final Object lock = new Object();
  private final List<Wait> settled = new ArrayList<>();
  private final List<ApplicationError> errors = new ArrayList<>();
  private final Map<Long, Wait> open = new HashMap<>();
  private final List<String> wrongReads = new ArrayList<>();
  private long inDoubt;
  private long foundCommitted;
  private long foundMissing;

  /** The time a worker has waited for one operation, from its first attempt on. */
  record Wait(long number, int worker, long beganNanos, long endedNanos) {

    long nanos() {
      return endedNanos - beganNanos;
    }
  }

  /**
   * What the ledger held at one moment.
   *
   * @param settled operations that the application knows to be committed, in the order in which it
   *     learnt so
   * @param open operations begun and not settled, up to the moment of the snapshot
   * @param commitsInDoubt commits that ended without saying what became of them
   * @param foundCommitted how many of these a look-up found
   * @param foundMissing how many of these it did not find, so that the transfer was run again
   */
  record Snapshot(
      List<Wait> settled,
      List<ApplicationError> errors,
      List<Wait> open,
      List<String> wrongReads,
      long commitsInDoubt,
      long foundCommitted,
      long foundMissing) {

    long acknowledged() {
      return settled.size() - foundCommitted;
    }

    /** Of all operations, those that were never settled included. */
    List<Wait> waits() {
      return Stream.concat(settled.stream(), open.stream()).toList();
    }

    Set<Long> settledNumbers() {
      return numbers(settled);
    }

    Set<Long> openNumbers() {
      return numbers(open);
    }

    /** Commits in doubt that no look-up has answered yet. */
    long stillInDoubt() {
      return commitsInDoubt - foundCommitted - foundMissing;
    }

    /** The longest time a worker waited for one operation. */
    long longestPauseNanos() {
      return waits().stream().mapToLong(Wait::nanos).max().orElse(0);
    }

    private static Set<Long> numbers(List<Wait> waits) {
      return waits.stream().map(Wait::number).collect(Collectors.toSet());
    }
  }

  /**
   * The counters that a live view needs often.
   *
   * @param settled operations known to be committed
   * @param errors exceptions that reached the application
   */
  record Counts(long settled, long errors) {}

  void begun(Transfer transfer, long atNanos) {
    synchronized (lock) {
      open.put(transfer.number(), new Wait(transfer.number(), transfer.worker(), atNanos, atNanos));
    }
  }

  /** {@code commit()} returned. */
  void acknowledged(Transfer transfer, long beganNanos, long endedNanos) {
    settle(new Wait(transfer.number(), transfer.worker(), beganNanos, endedNanos));
  }

  /** A look-up has found the operation, whose commit had been in doubt. */
  void foundCommitted(Transfer transfer, long beganNanos, long endedNanos) {
    synchronized (lock) {
      foundCommitted++;
      settle(new Wait(transfer.number(), transfer.worker(), beganNanos, endedNanos));
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

  Snapshot snapshot(long nowNanos) {
    synchronized (lock) {
      return new Snapshot(
          List.copyOf(settled),
          List.copyOf(errors),
          open.values().stream()
              .map(wait -> new Wait(wait.number(), wait.worker(), wait.beganNanos(), nowNanos))
              .toList(),
          List.copyOf(wrongReads),
          inDoubt,
          foundCommitted,
          foundMissing);
    }
  }

  private void settle(Wait operation) {
    synchronized (lock) {
      open.remove(operation.number());
      settled.add(operation);
    }
  }
}
