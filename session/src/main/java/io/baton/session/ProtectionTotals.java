package io.baton.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The sum of the tallies of all sessions of a cluster, added up when it is asked for. Thread-safe.
 */
public final class ProtectionTotals {

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Set<ProtectionTally> open = new HashSet<>();

  @GuardedBy("lock")
  private final ProtectionTally ended = new ProtectionTally();

  /** Adds the tally of a session that begins. */
  public void begin(ProtectionTally tally) {
    lock.lock();
    try {
      open.add(tally);
    } finally {
      lock.unlock();
    }
  }

  /** Closes the tally of a session that ends; a second call does nothing. */
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

  /** Returns the sum up to now. */
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
