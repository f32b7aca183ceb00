package io.baton.testkit.junit;

import io.baton.testkit.PostgresCluster;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The use of a cluster by one test class, or one test method. Thread-safe. */
final class Lease implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lease.class);

  private final ClusterPool pool;
  private final WantedCluster wanted;
  private PostgresCluster cluster;

  Lease(ClusterPool pool, WantedCluster wanted) {
    this.pool = pool;
    this.wanted = wanted;
    this.cluster = pool.take(wanted);
  }

  synchronized PostgresCluster cluster() {
    return cluster;
  }

  /** After a test: undoes what it did to the servers, or takes others where that fails. */
  synchronized void afterTest() {
    if (!cluster.isDisturbed()) {
      return;
    }
    try {
      cluster.repair();
    } catch (RuntimeException e) {
      LOG.debug("{} is replaced", cluster, e);
      cluster.close();
      cluster = pool.take(wanted);
    }
  }

  /** JUnit's store calls this when the class or method is over. */
  @Override
  public synchronized void close() {
    pool.giveBack(wanted, cluster);
  }
}
