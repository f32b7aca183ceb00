package io.baton.routing.monitor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.Observation;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The answer to "what about this endpoint, now?", asked by a session that failed there: one new
 * connection, opened at once on a thread of its own, however many sessions ask.
 *
 * <p>It is a new connection, and not a question on the one the monitor holds, because the session
 * needs to know whether a new connection can be had. A server that closes, that lost its
 * postmaster, or that has no connections left, still answers on old ones.
 *
 * <p>Thread-safe. At most one probe is under way; whoever asks meanwhile is answered by one more,
 * which begins after the present one, since that may have looked before the failure.
 */
final class OnDemandProbe {

  private final String threadName;
  private final Probe probe;
  private final Environment.Threads threads;
  private final LongSupplier sequence;
  private final Consumer<Observation> outcome;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private boolean underWay;

  @GuardedBy("lock")
  private boolean askedAgain;

  OnDemandProbe(
      Endpoint endpoint,
      Probe probe,
      Environment.Threads threads,
      LongSupplier sequence,
      Consumer<Observation> outcome) {
    this.threadName = "baton-probe " + endpoint;
    this.probe = probe;
    this.threads = threads;
    this.sequence = sequence;
    this.outcome = outcome;
  }

  /** Asks for an observation that begins after this call. */
  void request() {
    lock.lock();
    try {
      if (underWay) {
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

  private void run() {
    boolean ended = false;
    try {
      do {
        outcome.accept(probe.once(sequence.getAsLong()));
      } while (takeNextRequest());
      ended = true;
    } finally {
      if (!ended) {
        forgetRequests();
      }
    }
  }

  /** A thread that could not be had, or that broke, must not silence this endpoint for good. */
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
      underWay = askedAgain;
      askedAgain = false;
      return underWay;
    } finally {
      lock.unlock();
    }
  }
}
