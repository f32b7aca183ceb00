package io.baton.jdbc;

import io.baton.engine.Session;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGNotification;

/**
 * The notifications of a session: those that it heard on servers that it has left, and those that
 * arrive where it is.
 *
 * <p>A session whose connection is lost while it listens is restored by the call that finds it out,
 * and listens again: who only ever asks for notifications hears of nothing else.
 *
 * <p>Used by one thread at a time; other threads may use or close its session meanwhile.
 */
final class Notifications {

  private static final int SLICE_MILLIS = 100;

  /** What the driver takes for "only what has arrived". */
  private static final int ARRIVED = -1;

  /**
   * How often a call that does not wait looks for the silent end of its connection; the driver
   * looks as often for what it has not read yet.
   */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long a restoration may take in a call that waits for less: else it might never end. */
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(1);

  private static final PGNotification[] NONE = {};

  /** What the driver answers for a connection that is in a transaction, or closed. */
  @FunctionalInterface
  interface Driver {
    /** Asks it. */
    PGNotification[] ask(int millis) throws SQLException;
  }

  private final Session session;
  private final Driver driver;
  private long lastLook = System.nanoTime();

  Notifications(Session session, Driver driver) {
    this.session = session;
    this.driver = driver;
  }

  PGNotification[] next() throws SQLException {
    List<PGNotification> all = new ArrayList<>();
    if (canRestore() && prepared(all, LEAST_PATIENCE)) {
      long now = System.nanoTime();
      boolean looks = now - lastLook > LOOK_NANOS;
      if (looks) {
        lastLook = now;
      }
      // A wait of a millisecond reads on, and so finds out that nothing will ever come.
      take(looks ? 1 : ARRIVED, LEAST_PATIENCE, all);
    } else if (!canRestore()) {
      add(driver.ask(ARRIVED), all);
    }
    return all.toArray(NONE);
  }

  /**
   * Waits as the driver does, but in slices: between two slices the session can move to another
   * server.
   */
  PGNotification[] next(int timeoutMillis) throws SQLException {
    if (timeoutMillis < 0) {
      return next();
    }
    long began = System.nanoTime();
    List<PGNotification> heard = new ArrayList<>();
    for (; ; ) {
      long left =
          timeoutMillis == 0
              ? SLICE_MILLIS
              : timeoutMillis - (System.nanoTime() - began) / 1_000_000;
      if (left <= 0) {
        return NONE;
      }
      if (!canRestore()) {
        return driver.ask((int) (timeoutMillis == 0 ? 0 : left));
      }
      Duration patience = timeoutMillis == 0 ? Duration.ZERO : patience(left);
      boolean isLast = timeoutMillis > 0 && left <= SLICE_MILLIS;
      boolean isOver =
          prepared(heard, patience)
              && heard.isEmpty()
              && !take((int) Math.min(left, SLICE_MILLIS), patience, heard)
              && isLast;
      if (!heard.isEmpty() || isOver) {
        return heard.toArray(NONE);
      }
    }
  }

  private static Duration patience(long millis) {
    Duration left = Duration.ofMillis(millis);
    return left.compareTo(LEAST_PATIENCE) < 0 ? LEAST_PATIENCE : left;
  }

  /** Whether the session is one that is restored here: it is open, and in no transaction. */
  private boolean canRestore() {
    return !session.isClosed() && session.isIdle();
  }

  /**
   * Restores the session if its connection is known to be gone, lets it move, and adds what it has
   * heard on servers that it has left.
   *
   * @return whether it is whole
   */
  private boolean prepared(List<PGNotification> heard, Duration patience) throws SQLException {
    PhysicalConnection present = session.physical();
    if (present.isSevered() && !session.restore(present, null, patience)) {
      return false;
    }
    session.moves().pauseBetweenNotifications();
    heard.addAll(session.moves().takeHeard());
    return true;
  }

  /**
   * Adds what arrives within a time, or restores the session if its connection turns out to be
   * gone.
   *
   * @return whether it turned out to be gone: then time is left
   */
  private boolean take(int millis, Duration patience, List<PGNotification> heard)
      throws SQLException {
    PhysicalConnection present = session.physical();
    try {
      add(present.awaitNotifications(millis), heard);
      return false;
    } catch (SQLException failure) {
      if (session.isClosed() || !present.isSeveredBy(failure)) {
        throw failure;
      }
      session.restore(present, failure, patience);
      return true;
    }
  }

  private static void add(PGNotification[] arrived, List<PGNotification> all) {
    all.addAll(List.of(arrived));
  }
}
