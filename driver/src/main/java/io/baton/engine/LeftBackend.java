package io.baton.engine;

import io.baton.failover.Deadline;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.outcome.Fence;
import io.baton.failover.outcome.ServerInstance;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backend of a connection that a session has lost. Where the network alone was cut it is still
 * there, does not know yet that its client is gone, and holds what the session is to have again:
 * rows that a replay locks ({@code NOWAIT} and {@code SKIP LOCKED} do not wait for them), advisory
 * locks, a slot of the role. So it is ended by the first who arrives at the same server, who waits
 * until it is gone.
 *
 * <p>Guarded by the calls of its session.
 *
 * @param left the connection
 * @param mayCommit whether it was told to commit: then it is left alone while it may be about to be
 *     done
 */
record LeftBackend(SessionConnection left, boolean mayCommit) {

  private static final Logger LOG = LoggerFactory.getLogger(LeftBackend.class);

  /** One that does not end within this time cannot: its server hangs, or is busy to death. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** The same of one that has what the session cannot go on without. */
  private static final Duration PATIENCE_FOR_LOCKS = Duration.ofSeconds(10);

  /**
   * Ends it, if the server is the one that was left.
   *
   * @param holdsLocks whether the session cannot go on without what it has, since that are advisory
   *     locks: then it is waited for also while it is left alone
   * @throws SQLException if the connection breaks
   */
  void end(SessionConnection arrived, boolean holdsLocks, RecoveryLimits limits)
      throws SQLException {
    ServerInstance then = left.knownInstance();
    ServerInstance now = arrived.knownInstance();
    if (then == null || now == null || !left.hasOwnBackend() || !now.isSameRunAs(then)) {
      return;
    }
    Deadline patience = limits.deadline().orEarlier(holdsLocks ? PATIENCE_FOR_LOCKS : PATIENCE);
    try {
      ArrivalInquiry.asLoginRole(
          arrived,
          now,
          connection -> {
            Fence.end(then, mayCommit, holdsLocks, connection, patience);
            return true;
          });
    } catch (SQLException refused) {
      if (arrived.physical().isSeveredBy(refused)) {
        throw refused;
      }
      LOG.debug("{} keeps what {} held: {}", arrived, left, refused.getMessage());
    }
  }
}
