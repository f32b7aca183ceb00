package io.baton.routing.topology;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of a cluster's topology. They are called in order, one at a time, outside the lock:
 * a thread that finds no other one calling them passes on the newest snapshot, until there is none
 * that is newer. Changes that come while a listener is busy are passed on as one. The log and the
 * Flight Recorder are the first listeners.
 *
 * <p>Safe for use by many threads.
 */
public final class TopologyListeners {

  private static final Logger log = LoggerFactory.getLogger(TopologyListeners.class);

  private final Supplier<Topology> newest;
  private final List<TopologyListener> listeners;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * The snapshot that listeners know. Only the thread that calls them touches it, and the lock
   * hands it from one to the next.
   */
  private Topology known;

  @GuardedBy("lock")
  private boolean calling;

  @GuardedBy("lock")
  private boolean changedMeanwhile;

  /**
   * Makes a list with the log on it.
   *
   * @param newest gives the newest snapshot
   * @param down what the log was told before
   */
  public TopologyListeners(Supplier<Topology> newest, DownEndpoints down) {
    this.newest = newest;
    this.listeners =
        new CopyOnWriteArrayList<>(List.of(new TopologyLog(down), new TopologyRecording()));
    this.known = newest.get();
  }

  /** Adds a listener. */
  public void add(TopologyListener listener) {
    listeners.add(listener);
  }

  /** Removes a listener. */
  public void remove(TopologyListener listener) {
    listeners.remove(listener);
  }

  /** Passes on the newest snapshot if it differs in substance from the one passed on last. */
  public void topologyChanged() {
    lock.lock();
    try {
      changedMeanwhile = true;
      if (calling) {
        return;
      }
      calling = true;
    } finally {
      lock.unlock();
    }
    while (takeTurn()) {
      Topology before = known;
      Topology now = newest.get();
      if (now.differsInSubstance(before)) {
        known = now;
        call(before, now);
      }
    }
  }

  private boolean takeTurn() {
    lock.lock();
    try {
      calling = changedMeanwhile;
      changedMeanwhile = false;
      return calling;
    } finally {
      lock.unlock();
    }
  }

  private void call(Topology before, Topology now) {
    for (TopologyListener listener : listeners) {
      try {
        listener.topologyChanged(before, now);
      } catch (RuntimeException failure) {
        log.warn(
            "A topology listener failed; it is called for the next change all the same", failure);
      }
    }
  }
}
