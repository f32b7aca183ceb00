package io.baton.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners of changes, in order, one at a time, outside the lock: whichever thread finds
 * nobody telling tells the newest snapshot, until there is none that is newer. Changes that come
 * while a listener is busy are told as one.
 *
 * <p>Safe for use by many threads.
 */
final class Announcer {

  private static final Logger log = LoggerFactory.getLogger(Announcer.class);

  private final Supplier<Topology> newest;
  private final List<TopologyListener> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * What was told last. Only whoever tells touches it, and the lock hands it from one to the next.
   */
  private Topology told;

  @GuardedBy("lock")
  private boolean telling;

  @GuardedBy("lock")
  private boolean moreToTell;

  Announcer(Supplier<Topology> newest) {
    this.newest = newest;
    this.told = newest.get();
  }

  void add(TopologyListener listener) {
    listeners.add(listener);
  }

  void remove(TopologyListener listener) {
    listeners.remove(listener);
  }

  /** Tells the newest snapshot if it differs in substance from the one told last. */
  void announce() {
    lock.lock();
    try {
      moreToTell = true;
      if (telling) {
        return;
      }
      telling = true;
    } finally {
      lock.unlock();
    }
    while (takeTurn()) {
      Topology before = told;
      Topology now = newest.get();
      if (now.differsInSubstance(before)) {
        told = now;
        tell(before, now);
      }
    }
  }

  private boolean takeTurn() {
    lock.lock();
    try {
      telling = moreToTell;
      moreToTell = false;
      return telling;
    } finally {
      lock.unlock();
    }
  }

  private void tell(Topology before, Topology now) {
    for (TopologyListener listener : listeners) {
      try {
        listener.topologyChanged(before, now);
      } catch (RuntimeException failure) {
        log.warn("A topology listener failed; it is told of the next change all the same", failure);
      }
    }
  }
}
