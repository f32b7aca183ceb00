package io.baton.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A pause that others can end. A call that comes before the pause ends it at once. Thread-safe. */
final class WakeUpCall {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition calledNow = lock.newCondition();

  @GuardedBy("lock")
  private boolean called;

  void call() {
    lock.lock();
    try {
      called = true;
      calledNow.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Pauses until called or until the time is over.
   *
   * @return whether it was called
   */
  boolean pause(Duration timeout) throws InterruptedException {
    long left = timeout.toNanos();
    lock.lockInterruptibly();
    try {
      while (!called && left > 0) {
        left = calledNow.awaitNanos(left);
      }
      boolean wasCalled = called;
      called = false;
      return wasCalled;
    } finally {
      lock.unlock();
    }
  }

  /** Pauses until called. */
  void pause() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!called) {
        calledNow.await();
      }
      called = false;
    } finally {
      lock.unlock();
    }
  }
}
