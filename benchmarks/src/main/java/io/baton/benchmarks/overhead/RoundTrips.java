package io.baton.benchmarks.overhead;

import io.baton.benchmarks.harness.Contestant;
import io.baton.benchmarks.harness.Server;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Counts on the wire, in a proxy before the server, how often an operation has to wait for it. Not
 * while anything is timed, since the proxy takes time.
 */
final class RoundTrips {
  private static final int WARM_UP = 30;
  private static final int TIMES = 20;
  private static final int PASSES = 7;

  private final PostgresCluster cluster;
  private final Server server;

  RoundTrips(PostgresCluster cluster) {
    this.cluster = cluster;
    this.server = Server.behindProxies(cluster);
  }

  /**
   * The round trips of one operation. Monitors of the contestant go through the same proxy at times
   * of their own; since they can only add, the least of several passes is the operation's.
   *
   * @return null if the contestant cannot do it
   */
  @Nullable Double count(Contestant contestant, Operation operation) {
    try (Work work = operation.open(() -> contestant.connect(server))) {
      work.run(WARM_UP);
      long least = Long.MAX_VALUE;
      for (int i = 0; i < PASSES; i++) {
        long before = counted();
        work.run(TIMES);
        least = Math.min(least, counted() - before);
      }
      return (double) least / TIMES;
    } catch (SQLException e) {
      return null;
    }
  }

  private long counted() {
    return cluster.nodes().stream().mapToLong(RoundTrips::counted).sum();
  }

  private static long counted(PostgresNode node) {
    return node.proxy().roundTrips();
  }
}
