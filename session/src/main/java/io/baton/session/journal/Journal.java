package io.baton.session.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The recorded calls of one transaction, in their order, as long as it can be replayed.
 *
 * <p>It is bounded in bytes. As soon as a call cannot be replayed, it drops all calls and keeps the
 * {@link ReplayBlocker}. It lives and ends with its transaction: there is no way to clear it.
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
    if (blocker != null) {
      return;
    }
    bytes += estimatedBytes;
    if (bytes > maxBytes) {
      block(ReplayBlocker.TOO_LARGE);
    } else {
      calls.add(call);
      recorded.setRelease(calls.size());
    }
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
