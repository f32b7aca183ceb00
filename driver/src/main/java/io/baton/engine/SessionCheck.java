package io.baton.engine;

import io.baton.engine.Departure.Arrival;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Limit;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.TransactionStatus;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Finds out whether a session works, as {@code Connection.isValid} asks: one that is idle is
 * rebuilt to find out, and one that cannot be rebuilt is closed.
 *
 * <p>Thread-safe: it takes the lock of the session's calls.
 */
record SessionCheck(
    ConnectionOpener opener,
    SessionConnections connections,
    SessionMove move,
    ReentrantLock calls,
    SessionStop stop,
    boolean restores,
    Runnable close) {

  /**
   * Finds out.
   *
   * @param timeout how long it may take; zero for as long as a recovery may
   */
  boolean isValid(Duration timeout) {
    RecoveryLimits limits = opener.limits();
    if (!timeout.isZero()) {
      limits = limits.and(Limit.VALIDATION_TIMEOUT, ConnectionOpener.within(timeout));
    }
    try {
      if (!calls.tryLock(limits.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        return false;
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
    stop.begun(null, limits);
    try {
      return isValid(connections.current(), timeout, limits);
    } catch (NoServerFound none) {
      return false;
    } catch (SQLException refused) {
      if (!limits.isOver()) {
        close.run(); // It cannot be rebuilt.
      }
      return false;
    } finally {
      stop.ended();
      calls.unlock();
    }
  }

  private boolean isValid(SessionConnection present, Duration timeout, RecoveryLimits limits)
      throws SQLException {
    PhysicalConnection physical = present.physical();
    if (!physical.isSevered() && physical.connection().isValid((int) timeout.toSeconds())) {
      return true;
    }
    boolean moves =
        restores && present.transactionStatus() == TransactionStatus.IDLE && !limits.isOver();
    if (moves) {
      move.go(new Departure(present, present.severed(), Arrival.PLAIN, limits));
    }
    return moves;
  }
}
