package io.baton.routing.topology;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * How a cluster is watched.
 *
 * @param endpoints where its servers are, in the order of the URL; without repetitions. The first
 *     counts where nothing else tells servers apart
 * @param heartbeat how often an idle endpoint is asked ({@code baton.heartbeat}); zero keeps no
 *     connection and asks only when a session needs to know
 * @param topologyRefresh how often, at the latest, an endpoint that is down is looked for again
 *     while the cluster has a writer ({@code baton.topologyRefresh})
 * @param failoverTimeout how long sessions wait for a writer ({@code baton.failoverTimeout}): also
 *     how long a writer that answers nothing, and has no successor, is waited for
 * @param silence how long a standby that answers nothing is waited for ({@code baton.silence})
 *     before the connections to it are aborted
 * @param kind what the servers are
 * @param cutover on which terms its sessions are cut over to another cluster
 */
public record ClusterSettings(
    List<Endpoint> endpoints,
    Duration heartbeat,
    Duration topologyRefresh,
    Duration failoverTimeout,
    Duration silence,
    ServerKind kind,
    CutoverTerms cutover) {

  /** The heartbeat where none is set. */
  public static final Duration DEFAULT_HEARTBEAT = Duration.ofSeconds(1);

  /** The refresh interval where none is set. */
  public static final Duration DEFAULT_TOPOLOGY_REFRESH = Duration.ofSeconds(5);

  /** The failover timeout where none is set. */
  public static final Duration DEFAULT_FAILOVER_TIMEOUT = Duration.ofSeconds(60);

  /** How long a silent standby is waited for where nothing is set. */
  public static final Duration DEFAULT_SILENCE = Duration.ofSeconds(10);

  /**
   * Makes settings.
   *
   * @throws IllegalArgumentException if there is no endpoint, or a duration makes no sense
   */
  public ClusterSettings {
    endpoints = endpoints.stream().distinct().toList();
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("a cluster needs at least one endpoint");
    }
    if (heartbeat.isNegative()) {
      throw new IllegalArgumentException("the heartbeat is negative: " + heartbeat);
    }
    requirePositive("topology refresh", topologyRefresh);
    requirePositive("failover timeout", failoverTimeout);
    requirePositive("silence", silence);
  }

  private static void requirePositive(String what, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException("the " + what + " is not positive: " + duration);
    }
  }

  /** The settings that hold where nothing is said, for these endpoints. */
  public static ClusterSettings of(List<Endpoint> endpoints) {
    return new ClusterSettings(
        endpoints,
        DEFAULT_HEARTBEAT,
        DEFAULT_TOPOLOGY_REFRESH,
        DEFAULT_FAILOVER_TIMEOUT,
        DEFAULT_SILENCE,
        ServerKind.POSTGRESQL,
        CutoverTerms.DEFAULT);
  }

  /** These settings with another heartbeat. */
  public ClusterSettings withHeartbeat(Duration newHeartbeat) {
    return new ClusterSettings(
        endpoints, newHeartbeat, topologyRefresh, failoverTimeout, silence, kind, cutover);
  }

  /** These settings with another refresh interval. */
  public ClusterSettings withTopologyRefresh(Duration newTopologyRefresh) {
    return new ClusterSettings(
        endpoints, heartbeat, newTopologyRefresh, failoverTimeout, silence, kind, cutover);
  }

  /** These settings with another failover timeout. */
  public ClusterSettings withFailoverTimeout(Duration newFailoverTimeout) {
    return new ClusterSettings(
        endpoints, heartbeat, topologyRefresh, newFailoverTimeout, silence, kind, cutover);
  }

  /** These settings with other terms of a cut over. */
  public ClusterSettings withCutover(CutoverTerms newCutover) {
    return new ClusterSettings(
        endpoints, heartbeat, topologyRefresh, failoverTimeout, silence, kind, newCutover);
  }

  /** These settings with the endpoints in an order that does not depend on a URL. */
  public ClusterSettings inNoOrder() {
    List<Endpoint> sorted =
        endpoints.stream().sorted(Comparator.comparing(Endpoint::toString)).toList();
    return new ClusterSettings(
        sorted, heartbeat, topologyRefresh, failoverTimeout, silence, kind, cutover.inNoOrder());
  }

  /** Whether a monitor keeps a connection to each endpoint. */
  public boolean keepsConnections() {
    return !heartbeat.isZero();
  }
}
