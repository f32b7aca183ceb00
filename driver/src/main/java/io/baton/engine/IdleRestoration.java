package io.baton.engine;

import io.baton.NoServerException;
import io.baton.failover.Deadline;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Limit;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The restoration of a session that waits for notifications. Nothing was under way, so there is
 * nothing to be made again, and a call that waits only for a short time leaves the rest of it to
 * the next one. All of them together have {@code baton.failoverTimeout}.
 *
 * <p>Guarded by the calls of its session.
 */
final class IdleRestoration {

  private final SessionParts parts;
  private final CallMaker maker;

  /** The connection of which the loss is being made good; null if there is none. */
  private @Nullable SessionConnection lost;

  /** When a server has to be found, by the first call that found it lost. */
  private Deadline deadline = ConnectionOpener.within(Duration.ZERO);

  IdleRestoration(SessionParts parts, CallMaker maker) {
    this.parts = parts;
    this.maker = maker;
  }

  /**
   * Restores the session.
   *
   * @return whether it is whole
   */
  boolean restore(PhysicalConnection gone, @Nullable SQLException failure, Duration patience)
      throws SQLException {
    SessionConnection present = parts.connections().current();
    if (present.physical() != gone || parts.stop().isClosed() || !maker.isIdle(present)) {
      return true; // Another call has restored it, or found out that there is no need to.
    }
    if (lost != present) {
      lost = present;
      deadline = ConnectionOpener.within(parts.cluster().failoverTimeout());
    }
    RecoveryLimits limits = RecoveryLimits.of(Limit.FAILOVER_TIMEOUT, deadline);
    if (!patience.isZero()) {
      limits = limits.and(Limit.WAIT_TIMEOUT, ConnectionOpener.within(patience));
    }
    try {
      maker.restore(failure == null ? present.severed() : failure, limits);
      lost = null;
      return true;
    } catch (NoServerException none) {
      if (limits.reached() == Limit.WAIT_TIMEOUT) {
        return false;
      }
      lost = null; // The next call begins anew.
      throw none;
    }
  }
}
