package io.baton.routing.topology;

/**
 * Someone who wants to know when the topology changes in more than its numbers: a role, an
 * availability, a timeline or a problem, not merely an LSN or a lag.
 */
@FunctionalInterface
public interface TopologyListener {

  /**
   * The topology has changed. Called outside all locks, in order, one call at a time, on a thread
   * of the cluster's: it should return soon, as the next change is told after it. What it throws is
   * logged and hurts nobody. Changes that follow closely may be told as one.
   *
   * @param before the snapshot that was told before this one
   * @param now the new snapshot
   */
  void topologyChanged(Topology before, Topology now);
}
