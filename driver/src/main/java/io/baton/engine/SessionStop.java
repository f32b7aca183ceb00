package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Limit;
import org.jspecify.annotations.Nullable;

/**
 * What other threads do to the call of a session that is under way: they cancel it, or close the
 * session. While the driver waits for a server, the driver itself is told; while a recovery waits,
 * this ends it at once.
 *
 * <p>Thread-safe; it waits for nothing.
 */
final class SessionStop {

  /** A recovery under way. */
  private record Active(@Nullable Object target, RecoveryLimits limits) {}

  /** A call that runs on a server, and is cancelled in another way than by the driver. */
  private record Running(Object target, Runnable cancel) {}

  private volatile boolean closed;
  private volatile @Nullable Running running;
  private volatile @Nullable Active active;

  /** Whether the session is closed. */
  boolean isClosed() {
    return closed;
  }

  /**
   * A recovery begins; {@link #ended} follows.
   *
   * @param target what its call was made on; null if it is none that could be cancelled
   */
  void begun(@Nullable Object target, RecoveryLimits limits) {
    active = new Active(target, limits);
    if (closed) { // by a thread that could not see it yet
      limits.stop(Limit.CLOSED);
    }
  }

  /** The recovery has ended. */
  void ended() {
    active = null;
  }

  /**
   * Cancels the recovery of a call on this target.
   *
   * @return whether one is under way; if not, the driver has to cancel what runs on the server
   */
  boolean cancel(Object target) {
    Active now = active;
    if (now != null && now.target() == target) {
      now.limits().stop(Limit.CANCELLED);
      return true;
    }
    Running call = running;
    if (call != null && call.target() == target) {
      call.cancel().run();
      return true;
    }
    return false;
  }

  /**
   * A call begins on a server that the driver cannot cancel; {@link #ranOut} follows.
   *
   * @param cancel has the server cancel it, on the thread of who cancels
   */
  void runs(Object target, Runnable cancel) {
    running = new Running(target, cancel);
  }

  /** That call has ended. */
  void ranOut() {
    running = null;
  }

  /** The session is closed. */
  void close() {
    closed = true;
    Active now = active;
    if (now != null) {
      now.limits().stop(Limit.CLOSED);
    }
  }
}
