package io.baton.routing.monitor;

import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.FailureKind;
import io.baton.routing.topology.Observation;
import io.baton.routing.topology.ServerStatus;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Monitors one endpoint: one thread with one connection.
 *
 * <p>In quiet times it waits for the server to say something, which is how it learns of a crash the
 * moment the connection ends, and asks once per heartbeat, which is how it learns that a server
 * hangs. While the cluster has no writer it asks every {@value #URGENT_POLL_MILLIS} ms instead, on
 * the connection it has, so that a standby that is promoted is noticed when it begins to accept
 * writes; where it has no connection it tries to get one, at pauses that grow. Without a heartbeat
 * it keeps no connection in quiet times, and sleeps until it is woken.
 *
 * <p>A thread that waits on a socket cannot be woken. It therefore waits in slices of {@value
 * #SLICE_MILLIS} ms, after each of which it looks whether matters have become urgent. That is short
 * against any promotion, and twenty system calls a second are no load.
 *
 * <p>The connection belongs to the thread; {@link #wake} and {@link #stop} may be called by any.
 */
final class EndpointMonitor {

  private static final Logger log = LoggerFactory.getLogger(EndpointMonitor.class);

  static final int URGENT_POLL_MILLIS = 20;
  static final int SLICE_MILLIS = 50;

  private static final Duration URGENT_POLL = Duration.ofMillis(URGENT_POLL_MILLIS);
  private static final Duration SLICE = Duration.ofMillis(SLICE_MILLIS);
  private static final Duration LONGEST_URGENT_PAUSE = Duration.ofMillis(500);

  private final Endpoint endpoint;
  private final ClusterSettings settings;
  private final Probe probe;
  private final Connector connector;
  private final MonitoredCluster cluster;
  private final Environment environment;
  private final Backoff backoff;
  private final WakeUpSignal wakeUp = new WakeUpSignal();
  private final Thread thread;

  private volatile boolean stopped;
  private volatile boolean checkRequested;

  /** Written by the thread, read by {@link #stop}. */
  private volatile @Nullable Connection connection;

  /** Used by the thread only. */
  private long askedAt;

  private boolean wasUrgent;

  private boolean listening;

  EndpointMonitor(
      Endpoint endpoint,
      ClusterSettings settings,
      Probe probe,
      Connector connector,
      MonitoredCluster cluster,
      Environment environment) {
    this.endpoint = endpoint;
    this.settings = settings;
    this.probe = probe;
    this.connector = connector;
    this.cluster = cluster;
    this.environment = environment;
    this.backoff = new Backoff(environment.random());
    this.thread = environment.threads().create("baton-monitor " + endpoint, this::run);
  }

  void start() {
    thread.start();
  }

  /** Has the monitor look at once whether there is something to do, if it is not waiting on I/O. */
  void wake() {
    wakeUp.signal();
  }

  /** Has the monitor ask on the connection it has, within a slice. */
  void check() {
    checkRequested = true;
    wakeUp.signal();
  }

  /**
   * Stops the monitor: it ends at once, except that opening a connection cannot be interrupted and
   * is waited out by the thread, not by the caller.
   */
  void stop() {
    stopped = true;
    wakeUp.signal();
    Connection current = connection;
    if (current != null) {
      abortQuietly(current);
    }
  }

  /** Waits for the thread's end, for a short time. */
  void join(Duration timeout) throws InterruptedException {
    thread.join(Math.max(1, timeout.toMillis()));
  }

  private void run() {
    try {
      while (!stopped) {
        step();
      }
    } catch (InterruptedException ended) {
      log.debug("The monitor of {} was interrupted and ends", endpoint);
    } finally {
      release();
    }
  }

  private void step() throws InterruptedException {
    boolean urgent = cluster.isUrgent();
    if (urgent && !wasUrgent) {
      backoff.reset();
    }
    wasUrgent = urgent;
    Connection current = connection;
    if (current == null) {
      connect();
    } else if (urgent) {
      wakeUp.pause(URGENT_POLL);
      ask(current);
    } else if (!settings.keepsConnections()) {
      release();
      wakeUp.pause();
    } else if (checkRequested || nanosUntilHeartbeat() <= 0) {
      ask(current);
    } else {
      listen(current);
    }
  }

  private void connect() throws InterruptedException {
    if (tryToConnect()) {
      backoff.reset();
    } else if (settings.keepsConnections() || cluster.isUrgent()) {
      Duration limit = cluster.isUrgent() ? LONGEST_URGENT_PAUSE : settings.topologyRefresh();
      wakeUp.pause(backoff.next(limit));
    } else {
      wakeUp.pause();
    }
  }

  private boolean tryToConnect() {
    long sequence = cluster.nextSequence();
    Connection opened = null;
    boolean held = false;
    try {
      opened = probe.open();
      connection = opened;
      if (stopped) {
        return true;
      }
      askedAt = environment.nanoTime().getAsLong();
      ServerStatus status = probe.ask(opened);
      cluster.measured(endpoint, environment.nanoTime().getAsLong() - askedAt);
      listening = false;
      listenToRequests(opened, status);
      held = true;
      cluster.observe(endpoint, new Observation.Answered(sequence, status, true));
      return true;
    } catch (SQLException failure) {
      cluster.observe(endpoint, Probe.failed(sequence, failure));
      return false;
    } catch (RuntimeException failure) {
      cluster.observe(endpoint, Probe.failed(sequence, Probe.unexpected(failure)));
      return false;
    } finally {
      if (!held) {
        connection = null;
        Probe.closeQuietly(opened);
      }
    }
  }

  private void ask(Connection current) {
    checkRequested = false;
    long sequence = cluster.nextSequence();
    askedAt = environment.nanoTime().getAsLong();
    ServerStatus status;
    try {
      status = probe.ask(current);
      cluster.measured(endpoint, environment.nanoTime().getAsLong() - askedAt);
      listenToRequests(current, status);
    } catch (SQLException failure) {
      lost(sequence, failure);
      return;
    } catch (RuntimeException failure) {
      lost(sequence, Probe.unexpected(failure));
      return;
    }
    cluster.observe(endpoint, new Observation.Answered(sequence, status, true));
  }

  /** Only a server that takes writes accepts LISTEN. */
  private void listenToRequests(Connection current, ServerStatus status) throws SQLException {
    if (!listening && !status.standby()) {
      StatusQuery.listen(current);
      listening = true;
    }
  }

  private void listen(Connection current) {
    Duration slice = SLICE;
    long untilHeartbeat = nanosUntilHeartbeat();
    if (untilHeartbeat < slice.toNanos()) {
      slice = Duration.ofMillis(Math.max(1, Duration.ofNanos(untilHeartbeat).toMillis()));
    }
    List<ServerNotification> notifications;
    try {
      notifications = connector.await(current, slice);
    } catch (SQLException failure) {
      lost(cluster.nextSequence(), failure);
      return;
    } catch (RuntimeException failure) {
      lost(cluster.nextSequence(), Probe.unexpected(failure));
      return;
    }
    if (!notifications.isEmpty()) {
      cluster.notified(endpoint, notifications);
    }
  }

  private long nanosUntilHeartbeat() {
    return settings.heartbeat().toNanos() - (environment.nanoTime().getAsLong() - askedAt);
  }

  /** The connection is of no use any more; the next step opens a new one without a pause. */
  private void lost(long sequence, SQLException failure) {
    release();
    if (stopped) {
      return;
    }
    log.debug("Lost the monitor's connection to {}", endpoint, failure);
    backoff.reset();
    cluster.observe(
        endpoint,
        FailureKind.of(failure) == FailureKind.SILENT
            ? new Observation.Silent(sequence, failure, true)
            : new Observation.ConnectionLost(sequence, failure));
  }

  private void release() {
    Connection current = connection;
    connection = null;
    Probe.closeQuietly(current);
  }

  private static void abortQuietly(Connection current) {
    try {
      current.abort(Runnable::run);
    } catch (SQLException | RuntimeException alreadyUseless) {
      log.debug("A monitor's connection could not be aborted", alreadyUseless);
    }
  }
}
