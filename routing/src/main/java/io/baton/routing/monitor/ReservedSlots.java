package io.baton.routing.monitor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.topology.Endpoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Connections of servers that sessions wait for, where there are too few: what connects there in
 * the background stays away meanwhile, or it would take each one that becomes free.
 *
 * <p>Safe for use by many threads.
 */
public final class ReservedSlots {

  /** Ends a reservation; closing it twice has no further effect. */
  public final class Reservation implements AutoCloseable {

    private final Endpoint endpoint;
    private boolean over;

    private Reservation(Endpoint endpoint) {
      this.endpoint = endpoint;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (!over) {
          over = true;
          reserved.computeIfPresent(endpoint, (key, count) -> count == 1 ? null : count - 1);
          any = !reserved.isEmpty();
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private final List<Predicate<Endpoint>> holders = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final Map<Endpoint, Integer> reserved = new HashMap<>();

  private volatile boolean any;

  /**
   * Adds one that may hold a connection in the background.
   *
   * @param holder gives up what it has at an endpoint, without blocking, and says whether it had
   *     any
   */
  public void addHolder(Predicate<Endpoint> holder) {
    holders.add(holder);
  }

  /** Keeps the background away from an endpoint until the reservation is closed. */
  Reservation reserve(Endpoint endpoint) {
    lock.lock();
    try {
      reserved.merge(endpoint, 1, Integer::sum);
      any = true;
      return new Reservation(endpoint);
    } finally {
      lock.unlock();
    }
  }

  /** Has all holders give up what they have there; returns whether one had any. */
  boolean giveUp(Endpoint endpoint) {
    boolean had = false;
    for (Predicate<Endpoint> holder : holders) {
      had |= holder.test(endpoint);
    }
    return had;
  }

  /**
   * Waits until nothing is reserved at an endpoint. Without a reservation it is one volatile read.
   *
   * @param stopped ends the wait, after {@link #wake}
   * @throws InterruptedException if the thread is interrupted
   */
  void awaitFree(Endpoint endpoint, BooleanSupplier stopped) throws InterruptedException {
    if (!any) {
      return;
    }
    lock.lock();
    try {
      while (reserved.containsKey(endpoint) && !stopped.getAsBoolean()) {
        changed.await(1, TimeUnit.SECONDS); // Woken in time; nobody is to wait for ever.
      }
    } finally {
      lock.unlock();
    }
  }

  /** Has those who wait look whether they are stopped. */
  void wake() {
    if (any) {
      lock.lock();
      try {
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
