package io.baton.jdbc;

import io.baton.engine.Session;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Connections that applications drop without closing them. The PostgreSQL driver closes those that
 * are collected as garbage. A session is known to its cluster and so never is; but it knows its
 * connection by a weak reference only, and is ended when that is gone.
 *
 * <p>An application may have taken an object of the driver's out of a connection, by {@code unwrap}
 * for one, drop the connection, and go on with that object. Then the session lets go of the
 * driver's connection, which the driver closes in its turn once that is collected; the cluster is
 * watched until then.
 *
 * <p>That is looked at whenever a connection is opened, without a thread: who leaks connections
 * opens others.
 *
 * <p>Thread-safe.
 */
final class AbandonedConnections {

  /** Refers to an object until it is collected, and to what is to be done then. */
  static final class Watch extends PhantomReference<Object> {

    private final Runnable then;

    private Watch(Object watched, Runnable then) {
      super(watched, GONE);
      this.then = then;
    }

    /** The connection was closed, so nothing is left to watch. */
    void end() {
      WATCHED.remove(this);
    }
  }

  private static final ReferenceQueue<Object> GONE = new ReferenceQueue<>();

  /** The references are held here: one that nobody holds is never put into the queue. */
  private static final Set<Watch> WATCHED = ConcurrentHashMap.newKeySet();

  private AbandonedConnections() {}

  /** Watches a connection, and ends the sessions of those that are gone. */
  static Watch watch(RoutedConnection connection, Session session) {
    for (Object gone = GONE.poll(); gone != null; gone = GONE.poll()) {
      Watch watch = (Watch) gone;
      if (WATCHED.remove(watch)) {
        watch.then.run();
      }
    }
    return watch((Object) connection, () -> end(session));
  }

  private static Watch watch(Object watched, Runnable then) {
    Watch watch = new Watch(watched, then);
    WATCHED.add(watch);
    return watch;
  }

  private static void end(Session session) {
    PhysicalConnection physical = session.physical();
    if (physical.isExposed() && !physical.isSevered()) {
      watch(physical.connection(), session.release());
    } else {
      session.abort();
    }
  }
}
