package io.baton.session.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The calls of the open transaction, in their order, for as long as they can serve to replay it.
 *
 * <p>It is bounded in bytes, and dropped the moment something happens that no replay could do
 * again; it keeps the reason then, until the transaction ends. It also knows whether the
 * transaction may have written, which decides what is in doubt when its COMMIT is cut off.
 *
 * <p>Not thread-safe, but for {@link #recordedCalls}: guarded by the calls of its session.
 *
 * @param <C> what a recorded call is
 */
public final class Journal<C> {

  private final long maxBytes;
  private final List<C> calls = new ArrayList<>();
  private final AtomicInteger recorded = new AtomicInteger();
  private long bytes;
  private boolean wrote;
  private boolean switchedOff;
  private @Nullable Unprotected unprotected;

  /**
   * An empty journal.
   *
   * @param maxBytes how much it may hold, as its calls are estimated
   */
  public Journal(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Records no transaction from now on, or does again from the next one on: the open one is not
   * known from its beginning.
   */
  public void switchOff(boolean off) {
    switchedOff = off;
    unprotect(Unprotected.SWITCHED_OFF);
  }

  /** Whether calls of the open transaction are still recorded. */
  public boolean isRecording() {
    return unprotected == null && !switchedOff;
  }

  /** Records a call that has ended. */
  public void add(C call, long estimatedBytes) {
    bytes += estimatedBytes;
    if (bytes > maxBytes) {
      unprotect(Unprotected.TOO_LARGE);
    } else {
      calls.add(call);
      recorded.setRelease(calls.size());
    }
  }

  /** The open transaction cannot be replayed from now on; the first reason counts. */
  public void unprotect(Unprotected reason) {
    if (unprotected == null) {
      unprotected = reason;
    }
    forget();
  }

  private void forget() {
    if (!calls.isEmpty()) {
      calls.clear();
      recorded.setRelease(0);
    }
    bytes = 0;
  }

  /** Why the open transaction cannot be replayed, or null if it can. */
  public @Nullable Unprotected unprotected() {
    return unprotected == null && switchedOff ? Unprotected.SWITCHED_OFF : unprotected;
  }

  /** The recorded calls. */
  public List<C> calls() {
    return calls;
  }

  /** How many calls are recorded; from any thread, which may see it a little late. */
  public int recordedCalls() {
    return recorded.getAcquire();
  }

  /** A statement of the open transaction may have written. */
  public void noteWrite() {
    wrote = true;
  }

  /** Whether a statement of the open transaction may have written. */
  public boolean mayHaveWritten() {
    return wrote;
  }

  /** The transaction has ended. */
  public void clear() {
    forget();
    wrote = false;
    unprotected = null;
  }
}
