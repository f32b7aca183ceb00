package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.routing.Cluster;

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

  CutoverRest(Cluster cluster) {
    this.cluster = cluster;
  }

  /** Whether a call waits. */
  boolean isResting() {
    return resting;
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
