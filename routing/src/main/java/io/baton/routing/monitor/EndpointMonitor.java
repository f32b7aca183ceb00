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
import java.util.concurrent.atomic.AtomicBoolean;
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
  private final AbortableConnection connection;
  private final MonitoredCluster cluster;
  private final Environment environment;
  private final Backoff backoff;
  private final WakeUpSignal wakeUp = new WakeUpSignal();
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile boolean firstLookIsOver;
  private volatile boolean stopped;
  private volatile boolean checkRequested;

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
    this.connection = new AbortableConnection(connector);
    this.cluster = cluster;
    this.environment = environment;
    this.backoff = new Backoff(environment.random());
  }

  /** Starts the thread, which looks at once; does nothing the second time. */
  void start() {
    if (!started.compareAndSet(false, true)) {
      return;
    }
    environment.threads().create("baton-monitor " + endpoint, this::run).start();
  }

  /** Whether it was started, and its first look has not come to anything yet. */
  boolean isInFirstLook() {
    return started.get() && !firstLookIsOver;
  }

  /**
   * Lets the monitor look at once whether there is something to do, if it is not waiting on I/O.
   */
  void wake() {
    wakeUp.signal();
  }

  /** Lets the monitor ask on the connection it has, within a slice. */
  void check() {
    checkRequested = true;
    wakeUp.signal();
  }

  /** Stops the monitor: its thread ends at once, also while it waits for the server. */
  void stop() {
    stopped = true;
    wakeUp.signal();
    connection.abort();
  }

  private void run() {
    try {
      while (!stopped) {
        step();
      }
    } catch (InterruptedException ended) {
      log.debug("The monitor of {} was interrupted and ends", endpoint);
    } finally {
      connection.close();
    }
  }

  private void step() throws InterruptedException {
    boolean urgent = cluster.isUrgent();
    if (urgent && !wasUrgent) {
      backoff.reset();
    }
    wasUrgent = urgent;
    Connection current = connection.current();
    if (current == null) {
      connect();
    } else if (urgent) {
      wakeUp.pause(URGENT_POLL);
      ask(current);
    } else if (!settings.keepsConnections()) {
      connection.close();
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
    boolean held = false;
    try {
      Connection opened = probe.open(connection);
      askedAt = environment.nanoTime().getAsLong();
      ServerStatus status = probe.ask(opened);
      cluster.measured(endpoint, environment.nanoTime().getAsLong() - askedAt);
      listening = false;
      listenToRequests(opened, status);
      held = true;
      firstLookIsOver = true;
      cluster.observe(endpoint, new Observation.Answered(sequence, status, true));
      return true;
    } catch (SQLException failure) {
      failed(sequence, failure);
      return false;
    } catch (RuntimeException failure) {
      failed(sequence, Probe.unexpected(failure));
      return false;
    } finally {
      if (!held) {
        connection.close();
      }
    }
  }

  /** What fails because the monitor is stopped says nothing of the server. */
  private void failed(long sequence, SQLException failure) {
    firstLookIsOver = true;
    if (!stopped) {
      cluster.observe(endpoint, Probe.failed(sequence, failure));
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
    connection.close();
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
}
