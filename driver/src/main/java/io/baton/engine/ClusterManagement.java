package io.baton.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows one cluster through JMX, from half a second after its first use until it is closed. A
 * platform that refuses goes without.
 */
final class ClusterManagement implements BatonClusterMXBean, HandOverObserver, ClusterAttachment {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterManagement.class);
  private static final AtomicLong IDS = new AtomicLong();

  /** Longer than the first connection of a JVM takes. */
  private static final Duration IN_A_MOMENT = Duration.ofMillis(500);

  private final Cluster cluster;
  private final HandOvers handOvers;
  private final long id = IDS.incrementAndGet();
  private volatile String lastHandOver = "";

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closing = lock.newCondition();

  @GuardedBy("lock")
  private boolean closed;

  /** Under which it is registered; null if it is not. */
  @GuardedBy("lock")
  private @Nullable ObjectName registered;

  private ClusterManagement(Cluster cluster, HandOvers handOvers) {
    this.cluster = cluster;
    this.handOvers = handOvers;
  }

  /**
   * Shows a cluster, in a moment: an MBean server takes a young JVM a fifth of a second, for which
   * no connection waits.
   */
  static ClusterManagement show(Cluster cluster, HandOvers handOvers) {
    ClusterManagement shown = new ClusterManagement(cluster, handOvers);
    handOvers.addListener(shown);
    cluster.thread("baton-management", shown::registerLater).start();
    return shown;
  }

  private void registerLater() {
    lock.lock();
    try {
      long left = IN_A_MOMENT.toNanos();
      while (!closed && left > 0) {
        left = closing.awaitNanos(left);
      }
      if (!closed) {
        register();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private ObjectName name() throws JMException {
    String endpoints =
        cluster.settings().endpoints().stream()
            .map(Endpoint::toString)
            .collect(Collectors.joining(","));
    return new ObjectName(
        "io.baton:type=Cluster,name=" + ObjectName.quote(endpoints) + ",id=" + id);
  }

  @GuardedBy("lock")
  private void register() {
    try {
      ObjectName name = name();
      server().registerMBean(this, name);
      registered = name;
    } catch (JMException | SecurityException refused) {
      LOG.debug("{} is not shown through JMX as it should be", cluster, refused);
    }
  }

  @GuardedBy("lock")
  private void unregister() {
    ObjectName name = registered;
    try {
      if (name != null && server().isRegistered(name)) {
        server().unregisterMBean(name);
      }
    } catch (JMException | SecurityException refused) {
      LOG.debug("{} is still shown through JMX", cluster, refused);
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
    lock.lock();
    try {
      closed = true;
      closing.signalAll();
      unregister();
    } finally {
      lock.unlock();
    }
  }
}
