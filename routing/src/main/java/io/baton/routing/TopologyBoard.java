package io.baton.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The board where monitors post what they see, and from which everybody reads the newest snapshot.
 *
 * <p>Safe for use by many threads. Reading is one volatile read. Posting and waiting take the lock,
 * under which nothing is called but the rules and the predicates of those who wait, both of them
 * short and pure.
 */
final class TopologyBoard {

  /** What a posting changed. */
  record Change(Topology before, Topology now) {}

  private final ClusterSettings settings;
  private final Environment environment;
  private final TopologyRules rules;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final AtomicInteger waiting = new AtomicInteger();

  @GuardedBy("lock")
  private final List<Health> healths;

  @GuardedBy("lock")
  private final Set<Endpoint> draining = new HashSet<>();

  @GuardedBy("lock")
  private boolean closed;

  private volatile Topology topology;

  /**
   * The nanosecond clock when the writer was lost; null while there is one, and before the first.
   */
  private volatile @Nullable Long writerLostAt;

  TopologyBoard(ClusterSettings settings, Environment environment) {
    this.settings = settings;
    this.environment = environment;
    this.rules = new TopologyRules(settings.endpoints());
    this.healths =
        new ArrayList<>(Collections.nCopies(settings.endpoints().size(), Health.UNPROBED));
    this.topology = Topology.unprobed(settings.endpoints(), environment.clock().instant());
  }

  Topology topology() {
    return topology;
  }

  /**
   * Whether to look for a writer with haste: there is none that answers, and somebody waits for one
   * or it has not been gone for longer than anybody would wait.
   */
  boolean isUrgent() {
    if (topology.hasWriter()) {
      return false;
    }
    Long lostAt = writerLostAt;
    return waiting.get() > 0
        || (lostAt != null
            && environment.nanoTime().getAsLong() - lostAt < settings.failoverTimeout().toNanos());
  }

  /** Posts what an attempt came to; empty if the board is closed. */
  Optional<Change> post(Endpoint endpoint, Observation observation) {
    int index = settings.endpoints().indexOf(endpoint);
    lock.lock();
    try {
      Health next =
          healths
              .get(index)
              .after(
                  observation,
                  environment.clock().instant(),
                  environment.nanoTime().getAsLong(),
                  settings.failoverTimeout());
      healths.set(index, next);
      return publish();
    } finally {
      lock.unlock();
    }
  }

  /** Marks an endpoint as one to be left, or takes the mark away. */
  Optional<Change> setDraining(Endpoint endpoint, boolean toBeLeft) {
    lock.lock();
    try {
      boolean differs = toBeLeft ? draining.add(endpoint) : draining.remove(endpoint);
      return differs ? publish() : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private Optional<Change> publish() {
    if (closed) {
      return Optional.empty();
    }
    Topology before = topology;
    Topology now = rules.next(before, healths, draining, environment.clock().instant());
    if (now.hasWriter()) {
      writerLostAt = null;
    } else if (before.hasWriter()) {
      writerLostAt = environment.nanoTime().getAsLong();
    }
    topology = now;
    changed.signalAll();
    return Optional.of(new Change(before, now));
  }

  /**
   * Waits for a snapshot.
   *
   * @return the first that the predicate accepts, empty if the time is over or the board is closed
   */
  Optional<Topology> await(Predicate<? super Topology> wanted, Duration timeout)
      throws InterruptedException {
    Topology current = topology;
    if (wanted.test(current)) {
      return Optional.of(current);
    }
    lock.lockInterruptibly();
    try {
      long left = timeout.toNanos();
      while (!wanted.test(topology)) {
        if (closed || left <= 0) {
          return Optional.empty();
        }
        left = changed.awaitNanos(left);
      }
      return Optional.of(topology);
    } finally {
      lock.unlock();
    }
  }

  /** Says that a session begins to wait, which makes a missing writer urgent. */
  void beginWaiting() {
    waiting.incrementAndGet();
  }

  /** Says that a session waits no longer. */
  void endWaiting() {
    waiting.decrementAndGet();
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
