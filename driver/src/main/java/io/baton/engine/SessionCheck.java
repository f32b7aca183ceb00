package io.baton.engine;

import io.baton.failover.Deadline;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Limit;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.topology.FailureReport;
import io.baton.session.TransactionStatus;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Finds out whether a session works, as {@code Connection.isValid} asks.
 *
 * <p>One that is idle is rebuilt to find out, and is valid if that is done. One that holds what no
 * server can give it is closed at once, and not only when a server is found.
 *
 * <p>In a transaction nothing is rebuilt, since only a statement can tell the application what
 * became of its transaction. One that can be replayed is valid as soon as a writer has been heard
 * of since the loss: the next statement replays it there, or says why not. A pool that asks in the
 * middle of a transaction, before it hands the same connection out again, so keeps it. Any other
 * transaction is not valid, and the next statement says so.
 *
 * <p>Thread-safe: it takes the lock of the session's calls.
 */
record SessionCheck(SessionParts parts, ReentrantLock calls) {

  /**
   * Finds out.
   *
   * @param timeout how long it may take; zero for as long as a recovery may. The network timeout
   *     bounds it, too
   */
  boolean isValid(Duration timeout) {
    Deadline end = ConnectionOpener.within(timeout);
    RecoveryLimits toBegin = within(parts.opener().limits(), timeout, end);
    try {
      if (!calls.tryLock(toBegin.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        return false;
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
    // What the client has set is guarded by the calls.
    RecoveryLimits limits = within(parts.limits().since(System.nanoTime()), timeout, end);
    parts.stop().begun(null, limits);
    try {
      return isValid(parts.connections().current(), timeout, limits);
    } catch (NoServerFound none) {
      return false;
    } catch (SQLException refused) {
      if (!limits.isOver()) {
        parts.close().run(); // It cannot be rebuilt.
        parts.countLost();
      }
      return false;
    } finally {
      parts.stop().ended();
      calls.unlock();
    }
  }

  private static RecoveryLimits within(RecoveryLimits limits, Duration timeout, Deadline end) {
    return timeout.isZero() ? limits : limits.and(Limit.VALIDATION_TIMEOUT, end);
  }

  private boolean isValid(SessionConnection present, Duration timeout, RecoveryLimits limits)
      throws SQLException {
    PhysicalConnection physical = present.physical();
    if (!physical.isSevered() && physical.connection().isValid((int) timeout.toSeconds())) {
      return true;
    }
    if (limits.isOver()) {
      return false;
    }
    if (!parts.restores() || parts.rebuild().isHopeless()) {
      parts.close().run(); // No server has to be found to know that.
      return false;
    }
    if (present.transactionStatus() == TransactionStatus.IDLE) {
      parts.move().go(Departure.plain(present, present.severed(), limits));
      return true;
    }
    return present.transactionStatus() == TransactionStatus.OPEN
        && parts.recorder().isReplayable(present)
        && isWriterHeardOfSince(present, limits);
  }

  private boolean isWriterHeardOfSince(SessionConnection lost, RecoveryLimits limits) {
    FailureReport report = parts.opener().report(lost, lost.severed());
    try {
      return parts
          .cluster()
          .cluster()
          .awaitWriter(report, limits.remaining(), limits::isStopped)
          .isPresent();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
