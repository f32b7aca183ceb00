package io.baton.engine;

import io.baton.FailoverCounts;
import io.baton.failover.FailoverEnd;
import io.baton.failover.FailoverTotals;
import io.baton.failover.Failovers;
import io.baton.routing.Cluster;
import java.util.List;

/** Makes the counts of failovers that applications see. */
public final class FailoverReports {

  private FailoverReports() {}

  /** The counts of clusters, together. */
  public static FailoverCounts ofClusters(List<Cluster> clusters) {
    FailoverTotals sum = FailoverTotals.NONE;
    long failovers = 0;
    for (Cluster cluster : clusters) {
      Failovers counted = Failovers.of(cluster);
      sum = sum.plus(counted.totals());
      failovers += counted.count();
    }
    return new FailoverCounts(
        failovers,
        sum.moves(),
        sum.of(FailoverEnd.TRANSACTION_REPLAYED),
        sum.of(FailoverEnd.COMMIT_SETTLED),
        sum.of(FailoverEnd.TRANSACTION_LOST),
        sum.of(FailoverEnd.OUTCOME_UNKNOWN),
        sum.of(FailoverEnd.SESSION_LOST),
        sum.of(FailoverEnd.NO_SERVER),
        sum.longestPause());
  }
}
