package io.baton.jdbc;

import io.baton.engine.Session;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.postgresql.PGNotification;

/**
 * The notifications of a session: those that it heard on servers that it has left, and those that
 * arrive where it is.
 *
 * <p>Confined to the calls of its session.
 */
final class Notifications {

  private static final int SLICE_MILLIS = 100;

  /** What has arrived already. */
  @FunctionalInterface
  interface Arrived {
    /** Takes it. */
    PGNotification[] take() throws SQLException;
  }

  /** What arrives within a time. */
  @FunctionalInterface
  interface Arriving {
    /** Waits for it. */
    PGNotification[] await(int millis) throws SQLException;
  }

  private final Session session;
  private final Arrived arrived;
  private final Arriving arriving;

  Notifications(Session session, Arrived arrived, Arriving arriving) {
    this.session = session;
    this.arrived = arrived;
    this.arriving = arriving;
  }

  PGNotification[] next() throws SQLException {
    List<PGNotification> kept = keptAfterMoves();
    PGNotification[] here = arrived.take();
    if (kept.isEmpty()) {
      return here;
    }
    List<PGNotification> all = new ArrayList<>(kept);
    Collections.addAll(all, here);
    return all.toArray(PGNotification[]::new);
  }

  /**
   * Waits as the driver does, but in slices: between two slices the session can move to another
   * server.
   */
  PGNotification[] next(int timeoutMillis) throws SQLException {
    long began = System.nanoTime();
    for (; ; ) {
      List<PGNotification> kept = keptAfterMoves();
      if (!kept.isEmpty()) {
        return kept.toArray(PGNotification[]::new);
      }
      long left =
          timeoutMillis == 0
              ? SLICE_MILLIS
              : timeoutMillis - (System.nanoTime() - began) / 1_000_000;
      if (timeoutMillis < 0 || left <= 0 || session.isClosed() || !session.isIdle()) {
        return arriving.await(timeoutMillis);
      }
      PGNotification[] here = arriving.await((int) Math.min(left, SLICE_MILLIS));
      if (here.length > 0 || (timeoutMillis > 0 && left <= SLICE_MILLIS)) {
        return here;
      }
    }
  }

  private List<PGNotification> keptAfterMoves() throws SQLException {
    session.restore();
    session.moves().pauseBetweenNotifications();
    return session.moves().takeHeard();
  }
}
