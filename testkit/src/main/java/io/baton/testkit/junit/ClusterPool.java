package io.baton.testkit.junit;

import io.baton.testkit.PostgresCluster;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clusters that are running and that no test uses now. At most four, the longest idle one goes
 * first. Thread-safe; JUnit closes it at the end of the session, which is the life of a JVM that
 * Surefire gives one class after the other.
 */
final class ClusterPool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterPool.class);
  private static final int MOST_IDLE = 4;

  private record Idle(WantedCluster wanted, PostgresCluster cluster) {}

  private final Deque<Idle> idle = new ArrayDeque<>();

  /** A cluster as wanted, with an empty database, for one user alone. */
  PostgresCluster take(WantedCluster wanted) {
    PostgresCluster cluster = takeIdle(wanted);
    return cluster == null ? wanted.start() : cluster;
  }

  private synchronized @Nullable PostgresCluster takeIdle(WantedCluster wanted) {
    for (Iterator<Idle> candidates = idle.iterator(); candidates.hasNext(); ) {
      Idle candidate = candidates.next();
      if (candidate.wanted().equals(wanted)) {
        candidates.remove();
        return candidate.cluster();
      }
    }
    return null;
  }

  /** Takes a cluster back, in whatever state it is. */
  void giveBack(WantedCluster wanted, PostgresCluster cluster) {
    try {
      cluster.repair();
      cluster.resetDatabase();
    } catch (RuntimeException e) {
      LOG.debug("{} is not used again", cluster, e);
      cluster.close();
      return;
    }
    PostgresCluster surplus = null;
    synchronized (this) {
      idle.addLast(new Idle(wanted, cluster));
      if (idle.size() > MOST_IDLE) {
        surplus = idle.removeFirst().cluster();
      }
    }
    if (surplus != null) {
      surplus.close();
    }
  }

  @Override
  public synchronized void close() {
    idle.forEach(one -> one.cluster().close());
    idle.clear();
  }
}
