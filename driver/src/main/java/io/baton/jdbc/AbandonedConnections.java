package io.baton.jdbc;

import io.baton.engine.Session;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Connections that applications drop without closing them. The PostgreSQL driver closes those that
 * are collected as garbage. A session is known to its cluster and so never is; but it knows its
 * connection by a weak reference only, and is ended when that is gone.
 *
 * <p>That is looked at whenever a connection is opened, without a thread: who leaks connections
 * opens others.
 *
 * <p>Thread-safe.
 */
final class AbandonedConnections {

  /** Refers to a connection until it is collected, and to its session. */
  static final class Watch extends PhantomReference<RoutedConnection> {

    private final Session session;

    private Watch(RoutedConnection connection, Session session) {
      super(connection, GONE);
      this.session = session;
    }

    /** The connection was closed, so nothing is left to watch. */
    void end() {
      WATCHED.remove(this);
    }
  }

  private static final ReferenceQueue<RoutedConnection> GONE = new ReferenceQueue<>();

  /** The references are held here: one that nobody holds is never put into the queue. */
  private static final Set<Watch> WATCHED = ConcurrentHashMap.newKeySet();

  private AbandonedConnections() {}

  /** Watches a connection, and ends the sessions of those that are gone. */
  static Watch watch(RoutedConnection connection, Session session) {
    for (Object gone = GONE.poll(); gone != null; gone = GONE.poll()) {
      Watch watch = (Watch) gone;
      boolean isHeldStill = watch.session.physical().isExposed(); // The driver's own, by unwrap.
      if (WATCHED.remove(watch) && !isHeldStill) {
        watch.session.abort();
      }
    }
    Watch watch = new Watch(connection, session);
    WATCHED.add(watch);
    return watch;
  }
}
