package io.baton.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How the calls of all sessions of a cluster were covered: the sum of their tallies, taken when
 * somebody asks. Thread-safe.
 */
public final class ProtectionTotals {

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Set<ProtectionTally> open = new HashSet<>();

  @GuardedBy("lock")
  private final ProtectionTally ended = new ProtectionTally();

  /** A session begins. */
  public void begin(ProtectionTally tally) {
    lock.lock();
    try {
      open.add(tally);
    } finally {
      lock.unlock();
    }
  }

  /** Its session ends; a second time, nothing happens. */
  public void end(ProtectionTally tally) {
    lock.lock();
    try {
      if (open.remove(tally)) {
        ended.add(tally);
      }
    } finally {
      lock.unlock();
    }
  }

  /** All of it until now. */
  public ProtectionTally sum() {
    ProtectionTally sum = new ProtectionTally();
    lock.lock();
    try {
      sum.add(ended);
      open.forEach(sum::add);
    } finally {
      lock.unlock();
    }
    return sum;
  }
}
