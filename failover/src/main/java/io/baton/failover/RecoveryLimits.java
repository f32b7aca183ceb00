package io.baton.failover;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The limits of the recovery of one call: the nearest of its deadlines, and a stop by another
 * thread (a cancelled statement, a closed connection).
 *
 * <p>The limits are the application's; a recovery never outlasts them. A wait uses {@link
 * #remaining} as its timeout and is woken by {@link #onStop}. An operation on a socket runs under a
 * {@link #guard}, which aborts it at the deadline or the stop, whichever comes first.
 *
 * <p>Thread-safe. Guards run outside of the lock.
 */
public final class RecoveryLimits {

  /** A limit that ends a recovery. */
  public enum Limit {
    /** {@code baton.failoverTimeout} is over. */
    FAILOVER_TIMEOUT,
    /** {@code Statement.setQueryTimeout}, counted from the beginning of the call. */
    QUERY_TIMEOUT,
    /** {@code Connection.setNetworkTimeout} or {@code socketTimeout}. */
    NETWORK_TIMEOUT,
    /** {@code loginTimeout}. */
    LOGIN_TIMEOUT,
    /** The limit given to {@code Connection.isValid}. */
    VALIDATION_TIMEOUT,
    /** The time for which a call waits for notifications. */
    WAIT_TIMEOUT,
    /** {@code Statement.cancel} from another thread. */
    CANCELLED,
    /** {@code close} or {@code abort} of the connection from another thread. */
    CLOSED,
    /** The thread of the call was interrupted. */
    INTERRUPTED
  }

  /** Guards an operation until it is closed. Closing it twice has no further effect. */
  public final class Guard implements AutoCloseable {

    private final Runnable abort;
    private final boolean atDeadline;
    private final AtomicBoolean over = new AtomicBoolean();
    private @Nullable DeadlineGuard timer;

    private Guard(Runnable abort, boolean atDeadline) {
      this.abort = abort;
      this.atDeadline = atDeadline;
    }

    private void arm() {
      if (atDeadline) {
        timer = DeadlineGuard.abortAfter(remaining(), this::fire);
      }
    }

    private void fire() {
      if (over.compareAndSet(false, true)) {
        abort.run();
      }
    }

    @Override
    public void close() {
      over.set(true);
      if (timer != null) {
        timer.close();
      }
      lock.lock();
      try {
        guards.remove(this);
      } finally {
        lock.unlock();
      }
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Limit nearest;
  private final Deadline deadline;

  /** Guarded by lock. */
  private final List<Guard> guards = new ArrayList<>(2);

  private volatile @Nullable Limit stopped;

  private RecoveryLimits(Limit nearest, Deadline deadline) {
    this.nearest = nearest;
    this.deadline = deadline;
  }

  /** Returns limits with one deadline. */
  public static RecoveryLimits of(Limit limit, Deadline deadline) {
    return new RecoveryLimits(limit, deadline);
  }

  /**
   * Returns these limits with another deadline: the nearer one counts. To be called before any
   * other use.
   */
  public RecoveryLimits and(Limit limit, Deadline other) {
    return other.at() - deadline.at() < 0 ? new RecoveryLimits(limit, other) : this;
  }

  /** Returns the nearest deadline. */
  public Deadline deadline() {
    return deadline;
  }

  /** Returns the time until the nearest deadline; zero once it is over, or after a stop. */
  public Duration remaining() {
    return stopped == null ? deadline.remaining() : Duration.ZERO;
  }

  /** Returns whether a limit is reached. */
  public boolean isOver() {
    return stopped != null || deadline.isOver();
  }

  /**
   * Returns whether another thread stopped the recovery, or the thread of the call was interrupted.
   */
  public boolean isStopped() {
    return stopped != null;
  }

  /** Returns the limit that is reached; null if none is. */
  public @Nullable Limit reached() {
    Limit stop = stopped;
    return stop != null ? stop : deadline.isOver() ? nearest : null;
  }

  /** Stops the recovery, from any thread; the first reason counts. */
  public void stop(Limit reason) {
    List<Guard> armed;
    lock.lock();
    try {
      if (stopped != null) {
        return;
      }
      stopped = reason;
      armed = new ArrayList<>(guards);
    } finally {
      lock.unlock();
    }
    armed.forEach(Guard::fire);
  }

  /**
   * Aborts a blocking operation at the deadline or at a stop.
   *
   * @param abort does not block; runs at most once, on another thread, or at once on this one if a
   *     limit is reached already
   * @return the guard, to be closed when the operation is done
   */
  public Guard guard(Runnable abort) {
    return register(new Guard(abort, true));
  }

  /** Runs an action at a stop, but not at the deadline: for waits that have a timeout. */
  public Guard onStop(Runnable wake) {
    return register(new Guard(wake, false));
  }

  private Guard register(Guard guard) {
    boolean late;
    lock.lock();
    try {
      late = stopped != null;
      if (!late) {
        guards.add(guard);
      }
    } finally {
      lock.unlock();
    }
    if (late) {
      guard.fire();
    } else {
      guard.arm();
    }
    return guard;
  }
}
