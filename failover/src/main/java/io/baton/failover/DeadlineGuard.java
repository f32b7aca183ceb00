package io.baton.failover;

import io.baton.routing.topology.Environment;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Aborts a blocking operation that exceeds its time. A single read from a socket has a timeout of
 * its own; an operation of many reads has none.
 *
 * <pre>{@code
 * DeadlineGuard guard = DeadlineGuard.abortAfter(timeout, connection::abort);
 * try (guard) {
 *   work(connection);
 * } catch (SQLException failure) {
 *   throw guard.fired() ? timedOut(failure) : failure;
 * }
 * }</pre>
 *
 * <p>A guard either fires or is closed, never both: once {@link #close} has returned, {@link
 * #fired} does not change any more. An operation may succeed at the moment its guard fires, so
 * check {@code fired} after success, too. Thread-safe.
 */
public final class DeadlineGuard implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DeadlineGuard.class);

  /** Runs a task once, later, on a thread of its own. */
  @FunctionalInterface
  interface Timer {

    /** Schedules the task; the result cancels it if it has not begun. */
    Runnable start(Duration delay, Runnable task);
  }

  private enum State {
    ARMED,
    FIRED,
    CLOSED
  }

  private final AtomicReference<State> state = new AtomicReference<>(State.ARMED);
  private final Runnable abort;
  private @Nullable Runnable disarm;

  private DeadlineGuard(Runnable abort) {
    this.abort = abort;
  }

  /**
   * Aborts an operation unless the guard is closed in time.
   *
   * @param timeout how long the operation may take; the abort runs before this returns if it is
   *     zero or negative
   * @param abort makes the operation fail; runs at most once, on another thread unless the time is
   *     over already, and must not block
   */
  public static DeadlineGuard abortAfter(Duration timeout, Runnable abort) {
    return abortAfter(timeout, abort, SharedThread::start);
  }

  static DeadlineGuard abortAfter(Duration timeout, Runnable abort, Timer timer) {
    DeadlineGuard guard = new DeadlineGuard(abort);
    if (timeout.isZero() || timeout.isNegative()) {
      guard.fire();
    } else {
      guard.disarm = timer.start(timeout, guard::fire);
    }
    return guard;
  }

  private void fire() {
    if (!state.compareAndSet(State.ARMED, State.FIRED)) {
      return;
    }
    try {
      abort.run();
    } catch (RuntimeException failure) {
      log.warn("An operation that was not over in time could not be aborted", failure);
    }
  }

  /** Returns whether the time was over first, and the operation was aborted. */
  public boolean fired() {
    return state.get() == State.FIRED;
  }

  /** Ends the guard: the operation is not aborted any more, unless the abort has begun. */
  @Override
  public void close() {
    if (state.compareAndSet(State.ARMED, State.CLOSED) && disarm != null) {
      disarm.run();
    }
  }

  /**
   * Ends the thread behind the guards, and waits a moment for its end. Guards that are armed still
   * fire; a guard that is made later starts another thread.
   */
  public static void endThread() {
    SharedThread.end();
  }

  /**
   * The one thread of all guards. It ends when there has been nothing to guard for a moment, or
   * when it is told to. The thread behind the delays of {@link
   * java.util.concurrent.CompletableFuture} never ends, and on JDK 17 it keeps the class loader of
   * its first user (measured): a web application could not be unloaded.
   */
  private static final class SharedThread {

    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final AtomicReference<@Nullable SharedThread> PRESENT = new AtomicReference<>();

    private final ScheduledThreadPoolExecutor executor;
    private volatile @Nullable Thread thread;

    private SharedThread() {
      Environment.Threads threads = Environment.system().threads();
      executor =
          new ScheduledThreadPoolExecutor(
              1, task -> thread = threads.create("baton-deadlines", task));
      executor.setKeepAliveTime(IDLE.toNanos(), TimeUnit.NANOSECONDS);
      executor.allowCoreThreadTimeOut(true);
      executor.setRemoveOnCancelPolicy(true);
    }

    static Runnable start(Duration delay, Runnable task) {
      for (; ; ) {
        SharedThread shared =
            PRESENT.updateAndGet(present -> present == null ? new SharedThread() : present);
        try {
          ScheduledFuture<?> scheduled =
              shared.executor.schedule(
                  task, TimeUnit.NANOSECONDS.convert(delay), TimeUnit.NANOSECONDS);
          return () -> scheduled.cancel(false);
        } catch (RejectedExecutionException ended) {
          PRESENT.compareAndSet(shared, null);
        }
      }
    }

    static void end() {
      SharedThread shared = PRESENT.getAndSet(null);
      if (shared == null) {
        return;
      }
      shared.executor.shutdown();
      Thread last = shared.thread;
      if (last == null || !shared.executor.getQueue().isEmpty()) {
        return; // A guard that is armed keeps the thread until it is over.
      }
      try {
        last.join(PATIENCE.toMillis());
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
