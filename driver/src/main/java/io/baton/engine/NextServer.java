package io.baton.engine;

import io.baton.failover.Recovery;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Limit;
import io.baton.routing.Cluster;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.FailureReport;
import io.baton.routing.topology.Topology;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The wait of a session that may be on a reader and has none: for a writer or, while there is none,
 * for news of a reader, whichever comes first.
 *
 * <p>To be used in a loop, each time an attempt at the readers that are known has failed. News are
 * whatever a monitor has found out since that attempt began; between attempts there is a pause that
 * grows, so that a reader that is there and refuses is not stormed.
 *
 * <p>Confined to one call.
 */
final class NextServer {

  private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

  private final Cluster cluster;
  private final Recovery<SessionConnection> recovery;
  private final SessionReaders readers;
  private final @Nullable FailureReport since;
  private final RecoveryLimits limits;

  private Duration pause = FIRST_PAUSE;
  private List<EndpointState> tried;

  /**
   * Makes a wait.
   *
   * @param since the report of the failure that made it necessary; null if there was none
   * @param tried what was known when a first attempt at the readers began
   */
  NextServer(
      Cluster cluster,
      Recovery<SessionConnection> recovery,
      SessionReaders readers,
      @Nullable FailureReport since,
      RecoveryLimits limits,
      Topology tried) {
    this.cluster = cluster;
    this.recovery = recovery;
    this.readers = readers;
    this.since = since;
    this.limits = limits;
    this.tried = tried.readers();
  }

  /**
   * Waits. After it, another attempt at the readers that are known begins.
   *
   * @return a connection to the writer; empty if there is news of a reader
   * @throws SQLException if there was neither in time, or the writer refuses the login
   */
  Optional<SessionConnection> await() throws SQLException {
    try {
      Recovery.Result<SessionConnection> result =
          recovery.connect(since, limits, this::isNewsOfReader);
      if (result instanceof Recovery.Connected<SessionConnection> || limits.isOver()) {
        return Optional.of(NoServerFound.unlessConnected(result));
      }
      cluster.awaitTopology(Topology::hasWriter, pause, limits::isStopped);
    } catch (InterruptedException interrupted) {
      limits.stop(Limit.INTERRUPTED);
      throw NoServerFound.interrupted(interrupted);
    }
    Duration longer = pause.multipliedBy(2);
    pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
    tried = cluster.topology().readers();
    return Optional.empty();
  }

  private boolean isNewsOfReader() {
    Topology topology = cluster.topology();
    return !topology.hasWriter() && readers.exist() && !topology.readers().equals(tried);
  }
}
