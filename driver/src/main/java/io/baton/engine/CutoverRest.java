package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.routing.Cluster;
import io.baton.routing.cutover.CutoverNotice;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The wait of one session's call for a cut over, and whether it waits now: then the session is as
 * much at rest as between two calls, although its calls are locked.
 *
 * <p>The argument. A session says that it waits no longer, and looks at the gate after that. Who
 * closes the gate looks at the session after that. So either the session finds the gate closed, or
 * it is found not to be at rest.
 *
 * <p>Waited in by the thread of a call; asked by any.
 */
final class CutoverRest {

  private final Cluster cluster;
  private volatile boolean resting;

  /** The cut over whose gate was seen closed; null if none was. */
  private volatile @Nullable UUID seenClosed;

  CutoverRest(Cluster cluster) {
    this.cluster = cluster;
  }

  /** Whether a call waits. */
  boolean isResting() {
    return resting;
  }

  /**
   * A call begins, between two transactions. If the gate is closed, every transaction from now on
   * waits there, and so does what would change the session.
   *
   * @param look looks whether the session could go on over there as it is, under the closed gate
   */
  void callBegins(Runnable look) {
    CutoverNotice known = cluster.cutovers().newest();
    if (known != null && known.stage().holdsTransactions()) {
      look.run();
      seenClosed = known.id();
    }
  }

  /** Whether the session has seen the gate of the present cut over closed, between transactions. */
  boolean hasSeenClosed() {
    CutoverNotice known = cluster.cutovers().newest();
    return known != null && known.stage().holdsTransactions() && known.id().equals(seenClosed);
  }

  /**
   * Waits as long as transactions are held back, within limits.
   *
   * @return whether they are not any more
   */
  boolean await(RecoveryLimits limits) throws InterruptedException {
    while (cluster.cutovers().holdsTransactions()) {
      resting = true;
      boolean open;
      try {
        open = cluster.awaitCutover(limits.remaining(), limits::isStopped);
      } finally {
        resting = false;
      }
      if (!open) {
        return false;
      }
    }
    return true;
  }
}
