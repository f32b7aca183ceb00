package io.baton.failover.cutover;

import io.baton.routing.topology.Endpoint;
import java.time.Duration;
import java.util.List;

/**
 * How a cut over is to be made.
 *
 * @param successor the servers of the new cluster, as the applications reach them
 * @param joinTime how long JVMs may take to notice the announcement
 * @param prepareTime how long they may take to open and prepare their connections over there
 * @param drainTime how long open transactions may take to end, before they are rolled back and
 *     replayed at the successor
 * @param pause how long writes may be refused before the successor has opened; after that the cut
 *     over is taken back
 */
public record CutoverPlan(
    List<Endpoint> successor,
    Duration joinTime,
    Duration prepareTime,
    Duration drainTime,
    Duration pause) {

  /** How much longer than it is planned for a stage may last before anybody takes it back. */
  static final Duration MARGIN = Duration.ofSeconds(1);

  /** Makes a plan of copies. */
  public CutoverPlan {
    successor = List.copyOf(successor);
    if (successor.isEmpty()) {
      throw new IllegalArgumentException("a cut over needs at least one server to go to");
    }
  }
}
