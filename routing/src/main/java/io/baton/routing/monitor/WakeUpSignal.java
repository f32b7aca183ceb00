package io.baton.routing.monitor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Ends a thread's pause. A signal that comes before the pause ends it at once. Thread-safe. */
final class WakeUpSignal {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition condition = lock.newCondition();

  @GuardedBy("lock")
  private boolean signalled;

  /** Ends the pause, or the next one if there is none now. */
  void signal() {
    lock.lock();
    try {
      signalled = true;
      condition.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Pauses until signalled or until the time is over.
   *
   * @return whether it was signalled
   */
  boolean pause(Duration timeout) throws InterruptedException {
    long left = timeout.toNanos();
    lock.lockInterruptibly();
    try {
      while (!signalled && left > 0) {
        left = condition.awaitNanos(left);
      }
      boolean wasCalled = signalled;
      signalled = false;
      return wasCalled;
    } finally {
      lock.unlock();
    }
  }

  /** Pauses until signalled. */
  void pause() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!signalled) {
        condition.await();
      }
      signalled = false;
    } finally {
      lock.unlock();
    }
  }
}
