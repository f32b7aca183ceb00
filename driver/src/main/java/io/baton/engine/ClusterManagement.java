package io.baton.engine;

import io.baton.BatonClusterMXBean;
import io.baton.FailoverCounts;
import io.baton.ProtectionReport;
import io.baton.failover.HandOverObserver;
import io.baton.failover.HandOverReport;
import io.baton.failover.HandOvers;
import io.baton.routing.Cluster;
import io.baton.routing.ClusterAttachment;
import io.baton.routing.switchover.Announcer;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.ScheduledSwitchover;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows one cluster through JMX, from its first session until it is closed. A platform that refuses
 * goes without.
 */
final class ClusterManagement implements BatonClusterMXBean, HandOverObserver, ClusterAttachment {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterManagement.class);
  private static final AtomicLong IDS = new AtomicLong();

  private final Cluster cluster;
  private final HandOvers handOvers;
  private final @Nullable ObjectName name;
  private volatile String lastHandOver = "";

  private ClusterManagement(Cluster cluster, HandOvers handOvers) {
    this.cluster = cluster;
    this.handOvers = handOvers;
    this.name = name(cluster);
  }

  /** Shows a cluster. */
  static ClusterManagement show(Cluster cluster, HandOvers handOvers) {
    ClusterManagement shown = new ClusterManagement(cluster, handOvers);
    handOvers.addListener(shown);
    shown.register(true);
    return shown;
  }

  private static @Nullable ObjectName name(Cluster cluster) {
    String endpoints =
        cluster.settings().endpoints().stream()
            .map(Endpoint::toString)
            .collect(Collectors.joining(","));
    try {
      return new ObjectName(
          "io.baton:type=Cluster,name="
              + ObjectName.quote(endpoints)
              + ",id="
              + IDS.incrementAndGet());
    } catch (JMException unexpected) {
      LOG.warn("{} is not shown through JMX", cluster, unexpected);
      return null;
    }
  }

  private void register(boolean wanted) {
    if (name == null) {
      return;
    }
    try {
      if (wanted) {
        server().registerMBean(this, name);
      } else if (server().isRegistered(name)) {
        server().unregisterMBean(name);
      }
    } catch (JMException | SecurityException refused) {
      LOG.debug("{} is not shown through JMX as it should be", cluster, refused);
    }
  }

  private static MBeanServer server() {
    return ManagementFactory.getPlatformMBeanServer();
  }

  @Override
  public List<String> getEndpoints() {
    return cluster.topology().endpoints().stream().map(s -> s.endpoint().toString()).toList();
  }

  @Override
  public List<String> getTopology() {
    return cluster.topology().describe().lines().toList();
  }

  @Override
  public int getSessions() {
    return handOvers.sessions();
  }

  private ProtectionReport protection() {
    return ProtectionReports.ofClusters(List.of(cluster));
  }

  @Override
  public double getRestorableShare() {
    return protection().restorableShare();
  }

  @Override
  public double getReplayableShare() {
    return protection().replayableShare();
  }

  @Override
  public List<String> getProtectionLosses() {
    return protection().losses().stream()
        .map(loss -> loss.count() + " x " + loss.reason() + ": " + loss.statement())
        .toList();
  }

  private FailoverCounts counts() {
    return FailoverReports.ofClusters(List.of(cluster));
  }

  @Override
  public long getFailovers() {
    return counts().failovers();
  }

  @Override
  public long getSessionsMoved() {
    return counts().sessionsMoved();
  }

  @Override
  public long getTransactionsReplayed() {
    return counts().transactionsReplayed();
  }

  @Override
  public long getCommitsSettled() {
    return counts().commitsSettled();
  }

  @Override
  public long getTransactionsLost() {
    return counts().transactionsLost();
  }

  @Override
  public long getOutcomesUnknown() {
    return counts().outcomesUnknown();
  }

  @Override
  public long getSessionsLost() {
    return counts().sessionsLost();
  }

  @Override
  public long getLongestPauseMillis() {
    return counts().longestPause().toMillis();
  }

  @Override
  public String getLastHandOver() {
    return lastHandOver;
  }

  @Override
  public void handOverEnded(HandOverReport report) {
    lastHandOver = report.toString();
  }

  @Override
  public void drain(String endpoint) {
    ordered(handOvers.drain(Endpoint.parse(endpoint)));
  }

  @Override
  public void undrain(String endpoint) {
    handOvers.undrain(Endpoint.parse(endpoint));
  }

  @Override
  public void handOver(String from, String to) {
    ordered(handOvers.handOver(Endpoint.parse(from), Endpoint.parse(to)));
  }

  @Override
  public void announceSwitchover(String to, String at) {
    handOvers.announceSwitchover(ScheduledSwitchover.at(Endpoint.parse(to), at), Announcer.PROGRAM);
  }

  private static void ordered(CompletableFuture<HandOverReport> report) {
    LOG.debug("Ordered through JMX: {}", report);
  }

  @Override
  public void close() {
    register(false);
  }
}
