package io.baton.testkit.proxy;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A fault that waits for its {@link FaultPoint}, and happens once, on the first connection that
 * reaches it. Thread-safe.
 */
public final class ArmedFault {
  private final FaultPoint point;
  private final Runnable action;
  private final boolean cuts;
  private final AtomicBoolean claimed = new AtomicBoolean();
  private final CompletableFuture<Boolean> fired = new CompletableFuture<>();
  private final Map<Object, Integer> occurrences = new ConcurrentHashMap<>();

  ArmedFault(FaultPoint point, Runnable action, boolean cuts) {
    this.point = point;
    this.action = action;
    this.cuts = cuts;
  }

  /** Whether the fault has happened, its action included. */
  public boolean hasFired() {
    return fired.isDone() && !fired.isCompletedExceptionally();
  }

  /**
   * Waits until the fault has happened, its action included. Returns false if it did not in time;
   * throws what the action threw.
   */
  public boolean await(Duration patience) throws InterruptedException {
    try {
      return fired.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new CompletionException("The action at " + point + " failed", e.getCause());
    }
  }

  /** Calls the fault off, if it has not begun. */
  public void disarm() {
    if (claimed.compareAndSet(false, true)) {
      fired.complete(false);
    }
  }

  FaultPoint point() {
    return point;
  }

  boolean cuts() {
    return cuts;
  }

  boolean isArmed() {
    return !claimed.get();
  }

  /** Takes the one chance to fire, if the message on that connection is the one waited for. */
  boolean claim(Object connection, MessageSeen seen) {
    return point.matches(seen)
        && occurrences.merge(connection, 1, Integer::sum) == point.occurrence()
        && claimed.compareAndSet(false, true);
  }

  /** Runs the action, and then tells who waits. */
  void fire(Runnable cut) {
    try {
      action.run();
      if (cuts) {
        cut.run();
      }
      fired.complete(true);
    } catch (RuntimeException | Error e) {
      fired.completeExceptionally(e);
    }
  }

  @Override
  public String toString() {
    return (cuts ? "cut " : "action ") + point;
  }
}
