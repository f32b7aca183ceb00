package io.baton.jdbc;

import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.util.Arrays;
import java.util.List;

/** What happens to the primary of a cluster of several servers, after which it can be repaired. */
enum ServerFault {
  CRASH_AND_PROMOTION(true) {
    @Override
    void strike(PostgresCluster cluster) {
      cluster.failover();
    }
  },
  SWITCHOVER(false) {
    @Override
    void strike(PostgresCluster cluster) {
      cluster.switchover();
    }
  },
  BACKENDS_TERMINATED(false) {
    @Override
    void strike(PostgresCluster cluster) {
      cluster.primary().terminateBackends();
    }
  },
  CONNECTIONS_CUT(false) {
    @Override
    void strike(PostgresCluster cluster) {
      cluster.primary().proxy().resetConnections();
    }
  },
  CRASH_AND_RESTART(true) {
    @Override
    void strike(PostgresCluster cluster) {
      PostgresNode primary = cluster.primary();
      primary.crash();
      primary.start();
    }
  },
  FREEZE_AND_PROMOTION(true) {
    @Override
    void strike(PostgresCluster cluster) {
      cluster.primary().freeze();
      cluster.promoteStandby();
    }
  };

  /**
   * Whether it ends all backends at once. One that ends them one by one lets a transaction that
   * waited for the lock of one just ended go on and commit: then the other cannot be replayed, in
   * truth, and is to be run again.
   */
  private final boolean atOnce;

  ServerFault(boolean atOnce) {
    this.atOnce = atOnce;
  }

  abstract void strike(PostgresCluster cluster);

  static List<ServerFault> all(boolean atOnce) {
    return Arrays.stream(values()).filter(fault -> fault.atOnce == atOnce).toList();
  }
}
