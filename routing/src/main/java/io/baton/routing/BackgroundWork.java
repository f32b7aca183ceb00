package io.baton.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.monitor.EndpointLister;
import io.baton.routing.monitor.EndpointMonitors;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Environment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The monitors and the lister of one cluster: each begins once, at once or after a rest or when it
 * is needed, and they are stopped for good.
 *
 * <p>Thread-safe.
 */
final class BackgroundWork {

  private enum Phase {
    RESTING,
    BEGUN,
    STOPPED
  }

  /**
   * When a part begins.
   *
   * @param endpoint whose monitor it is; null for the lister
   * @param rest how long it rests before that
   */
  record Rest(@Nullable Endpoint endpoint, Duration rest) {}

  private final EndpointMonitors monitors;
  private final @Nullable EndpointLister lister;
  private final Environment.Threads threads;
  private final CountDownLatch restIsOver = new CountDownLatch(1);
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private Phase phase = Phase.RESTING;

  BackgroundWork(
      EndpointMonitors monitors, @Nullable EndpointLister lister, Environment.Threads threads) {
    this.monitors = monitors;
    this.lister = lister;
    this.threads = threads;
  }

  /** Begins with all that has not begun, unless it was stopped. */
  void begin() {
    lock.lock();
    try {
      if (phase != Phase.RESTING) {
        return;
      }
      phase = Phase.BEGUN;
      monitors.start();
      if (lister != null) {
        lister.start(); // Last, since it starts monitors, too.
      }
    } finally {
      lock.unlock();
    }
    restIsOver.countDown();
  }

  /** Begins with each part after its rest, if {@link #begin} does not come before. */
  void beginAfter(List<Rest> rests) {
    List<Rest> inOrder = new ArrayList<>(rests);
    inOrder.sort(Comparator.comparing(Rest::rest));
    threads.create("baton-rest", () -> rest(inOrder)).start();
  }

  private void rest(List<Rest> inOrder) {
    long start = System.nanoTime();
    try {
      for (Rest next : inOrder) {
        long left = TimeUnit.NANOSECONDS.convert(next.rest()) - (System.nanoTime() - start);
        if (restIsOver.await(left, TimeUnit.NANOSECONDS)) {
          return;
        }
        begin(next.endpoint());
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt(); // It is stopped: there is nothing to begin.
    }
  }

  private void begin(@Nullable Endpoint endpoint) {
    lock.lock();
    try {
      if (phase == Phase.RESTING && endpoint != null) {
        monitors.start(endpoint);
      } else if (phase == Phase.RESTING && lister != null) {
        lister.start();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Begins now, and lets all monitors look at once. */
  void wake() {
    begin();
    monitors.wake();
  }

  /** Lets those that were refused try again, as there is reason to. */
  void retry() {
    monitors.wake();
    if (lister != null) {
      lister.retry();
    }
  }

  /** Has the monitor of an endpoint give up its connection, and says whether that may help. */
  boolean yieldConnection(Endpoint endpoint) {
    return monitors.yieldConnection(endpoint);
  }

  /** Lets the lister look at once. */
  void wakeLister() {
    if (lister != null) {
      lister.wake();
    }
  }

  /** Stops all; threads that have begun end soon, and none begins any more. */
  void stop() {
    lock.lock();
    try {
      phase = Phase.STOPPED;
    } finally {
      lock.unlock();
    }
    restIsOver.countDown();
    monitors.stop();
    if (lister != null) {
      lister.stop();
    }
  }
}
