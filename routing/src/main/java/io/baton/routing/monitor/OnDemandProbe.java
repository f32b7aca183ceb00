package io.baton.routing.monitor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.Observation;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The answer to "what about this endpoint, now?", asked by a session that failed there, or by the
 * monitor: one new connection, opened at once on a thread of its own, however many ask.
 *
 * <p>It is a new connection, and not a question on the one the monitor holds, because a session
 * needs to know whether a new connection can be had. A server that closes, that lost its
 * postmaster, or that has no connections left, still answers on old ones.
 *
 * <p>Thread-safe. At most one probe is under way; sessions that ask meanwhile are answered by one
 * more, which begins after the present one, since that may have looked before the failure.
 */
final class OnDemandProbe {

  private final String threadName;
  private final Probe probe;
  private final AbortableConnection connection;
  private final Environment.Threads threads;
  private final LongSupplier sequence;
  private final Consumer<Observation> outcome;
  private final UnexpectedFailures unexpected;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private boolean underWay;

  @GuardedBy("lock")
  private boolean askedAgain;

  private volatile boolean stopped;

  OnDemandProbe(
      String threadName,
      Probe probe,
      AbortableConnection connection,
      Environment.Threads threads,
      LongSupplier sequence,
      Consumer<Observation> outcome) {
    this.threadName = threadName;
    this.probe = probe;
    this.connection = connection;
    this.threads = threads;
    this.sequence = sequence;
    this.outcome = outcome;
    this.unexpected = new UnexpectedFailures("The thread " + threadName);
  }

  /** Asks for an observation that begins after this call; does nothing once it is stopped. */
  void request() {
    lock.lock();
    try {
      if (underWay || stopped) {
        askedAgain = true;
        return;
      }
      underWay = true;
    } finally {
      lock.unlock();
    }
    boolean started = false;
    try {
      threads.create(threadName, this::run).start();
      started = true;
    } finally {
      if (!started) {
        forgetRequests();
      }
    }
  }

  /** Ends the probe that is under way, and begins none any more. */
  void stop() {
    stopped = true;
    connection.abort();
  }

  private void run() {
    do {
      try {
        look();
      } catch (RuntimeException | Error failure) {
        unexpected.tell(failure);
      }
    } while (takeNextRequest());
  }

  private void look() {
    Observation observation = probe.once(sequence.getAsLong(), connection);
    if (!stopped) {
      outcome.accept(observation);
    }
  }

  /** A thread that could not be had must not silence this endpoint for good. */
  private void forgetRequests() {
    lock.lock();
    try {
      underWay = false;
      askedAgain = false;
    } finally {
      lock.unlock();
    }
  }

  private boolean takeNextRequest() {
    lock.lock();
    try {
      underWay = askedAgain && !stopped;
      askedAgain = false;
      return underWay;
    } finally {
      lock.unlock();
    }
  }
}
