package io.baton.session.journal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The recorded calls of one transaction, in their order, as long as it can be replayed.
 *
 * <p>It is bounded in bytes: the estimates of its callers cover all that a call keeps alive. As
 * soon as a call cannot be replayed, or the limit is passed, it drops all calls at once and keeps
 * the {@link ReplayBlocker}. It lives and ends with its transaction: there is no way to clear it.
 *
 * <p>Confined to the calls of its session, except {@link #recordedCalls}, which any thread may
 * call.
 *
 * @param <C> the type of a recorded call
 */
public final class Journal<C> {

  private final long maxBytes;
  private final List<C> calls = new ArrayList<>(4);
  private final AtomicInteger recorded = new AtomicInteger();

  /** What several calls hold in common, such as the text of a prepared statement. */
  private @Nullable Set<Object> shared;

  private @Nullable Object lastShared;
  private long bytes;
  private @Nullable ReplayBlocker blocker;

  /**
   * Creates an empty journal.
   *
   * @param maxBytes the limit on the estimated bytes of its calls
   */
  public Journal(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Returns whether calls of the transaction are still recorded. */
  public boolean isRecording() {
    return blocker == null;
  }

  /** Records a call that has ended. Does nothing once the transaction cannot be replayed. */
  public void add(C call, long estimatedBytes) {
    grow(estimatedBytes);
    if (blocker == null) {
      calls.add(call);
      recorded.setRelease(calls.size());
    }
  }

  /** Counts what is kept for a call after it was recorded. */
  public void grow(long estimatedBytes) {
    if (blocker != null) {
      return;
    }
    bytes += estimatedBytes;
    if (bytes > maxBytes) {
      block(ReplayBlocker.TOO_LARGE);
    }
  }

  /**
   * Returns whether something that calls hold in common is not yet held by a call of this journal,
   * so that its bytes count; from now on it is.
   */
  public boolean isFirstToHold(Object common) {
    if (common == lastShared) {
      return false;
    }
    Set<Object> held = shared;
    if (held == null) {
      held = Collections.newSetFromMap(new IdentityHashMap<>());
      shared = held;
    }
    lastShared = common;
    return held.add(common);
  }

  /**
   * Records that the transaction cannot be replayed, and drops the calls; the first reason counts.
   */
  public void block(ReplayBlocker reason) {
    if (blocker == null) {
      blocker = reason;
    }
    if (!calls.isEmpty()) {
      calls.clear();
      recorded.setRelease(0);
    }
    shared = null;
    lastShared = null;
    bytes = 0;
  }

  /** Returns why the transaction cannot be replayed; null if it can. */
  public @Nullable ReplayBlocker blocker() {
    return blocker;
  }

  /** Returns the recorded calls. */
  public List<C> calls() {
    return calls;
  }

  /** Returns the number of recorded calls; another thread may see an earlier number. */
  public int recordedCalls() {
    return recorded.getAcquire();
  }
}
