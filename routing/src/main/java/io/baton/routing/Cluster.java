package io.baton.routing;

import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.EndpointLister;
import io.baton.routing.monitor.EndpointMonitors;
import io.baton.routing.monitor.EndpointSource;
import io.baton.routing.monitor.MonitoredCluster;
import io.baton.routing.monitor.ServerNotification;
import io.baton.routing.select.EndpointLoad;
import io.baton.routing.select.EndpointLoads;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.FailureReport;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.Observation;
import io.baton.routing.topology.Topology;
import io.baton.routing.topology.TopologyListener;
import io.baton.routing.topology.TopologyListeners;
import io.baton.routing.topology.TopologyState;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The servers that replicate one database, and what is known of them: shared by all connections of
 * this JVM that name the same ones, and lent out by a {@link ClusterRegistry}.
 *
 * <p>One {@link EndpointMonitor} per endpoint finds out who is what; sessions read the newest
 * {@link #topology}, wait for one they can use, and report failures, but never probe themselves. So
 * the work done for the cluster, and the threads, grow with its endpoints and never with sessions.
 *
 * <p>Safe for use by many threads.
 */
public final class Cluster {

  /**
   * How long a writer that is found in the first round waits for the word of the other endpoints:
   * one of them may be the writer of a higher timeline.
   */
  private static final Duration FIRST_ROUND_GRACE = Duration.ofMillis(250);

  private final ClusterSettings settings;
  private final TopologyState topologyState;
  private final TopologyListeners listeners;
  private final AbortListeners abortListeners = new AbortListeners();
  private final AtomicLong sequence = new AtomicLong();
  private final EndpointMonitors monitors;

  /** Kept for endpoints that are gone, since sessions may still be leaving them. */
  private final EndpointLoads loads;

  private final @Nullable EndpointLister lister;

  private final ConcurrentMap<Object, Object> attachments = new ConcurrentHashMap<>();
  private final List<Consumer<ServerNotification>> notificationListeners =
      new CopyOnWriteArrayList<>();
  private final Environment environment;
  private volatile boolean held = true;

  /**
   * Makes a cluster.
   *
   * @param source where its endpoints are listed; null if the settings name them all
   */
  Cluster(
      ClusterSettings settings,
      Connector connector,
      @Nullable EndpointSource source,
      Environment environment) {
    this.settings = settings;
    this.environment = environment;
    this.loads = new EndpointLoads(environment.nanoTime());
    this.topologyState =
        new TopologyState(
            settings,
            source == null
                ? Topology.Listing.OF_THE_URL
                : new Topology.Listing(true, source.description() + " has not answered yet"),
            source != null && source.grantsLeases(),
            environment);
    this.listeners = new TopologyListeners(topologyState::topology);
    this.lister =
        source == null
            ? null
            : new EndpointLister(
                source, settings.topologyRefresh(), new ListerSide(source), environment);
    this.monitors = new EndpointMonitors(settings, connector, new MonitorSide(), environment);
  }

  /** Starts the monitors, which begin the first round side by side. */
  void start() {
    monitors.start();
    if (lister != null) {
      lister.start(); // Last, since it starts monitors, too.
    }
  }

  /** Stops the monitors, and ends all waits. */
  void close() {
    topologyState.close();
    monitors.close();
    if (lister != null) {
      lister.stop();
    }
    for (Object attachment : attachments.values()) {
      if (attachment instanceof ClusterAttachment lasting) {
        lasting.close();
      }
    }
    monitors.stop();
  }

  /** How the cluster is watched. */
  public ClusterSettings settings() {
    return settings;
  }

  /**
   * What another module keeps for this cluster, made when it is first asked for; it lives as long
   * as the cluster, and is closed with it if it is a {@link ClusterAttachment}.
   *
   * @param type what it is; there is one of each
   */
  public <T> T attachment(Class<T> type, Supplier<T> maker) {
    return type.cast(attachments.computeIfAbsent(type, absent -> maker.get()));
  }

  /** Notes whether anybody holds it; {@link #tellHeld} is to follow. */
  void held(boolean byAnybody) {
    held = byAnybody;
  }

  /** Whether anybody holds it; if not, it is closed in a moment. */
  public boolean isHeld() {
    return held;
  }

  void tellHeld() {
    for (Object attachment : attachments.values()) {
      if (attachment instanceof ClusterAttachment lasting) {
        lasting.heldChanged();
      }
    }
  }

  /**
   * Adds a listener of what sessions of the writer send to the channel {@code baton}. It is called
   * on the thread of a monitor and must not block.
   */
  public void addNotificationListener(Consumer<ServerNotification> listener) {
    notificationListeners.add(listener);
  }

  /** Makes a thread for work that is done for the cluster; it is not started yet. */
  public Thread thread(String name, Runnable task) {
    return environment.threads().create(name, task);
  }

  /** The newest snapshot: one volatile read. */
  public Topology topology() {
    return topologyState.topology();
  }

  /**
   * Waits for a snapshot.
   *
   * @param wanted a short, pure test, called under a lock
   * @param timeout how long to wait at most
   * @return the first snapshot that passes; empty if the time is over or the cluster was closed
   */
  public Optional<Topology> awaitTopology(Predicate<? super Topology> wanted, Duration timeout)
      throws InterruptedException {
    return awaitTopology(wanted, timeout, () -> false);
  }

  /**
   * Waits for a snapshot, as long as the call that waits is not stopped.
   *
   * @param wanted a short, pure test, called under a lock
   * @param timeout how long to wait at most
   * @param stopped whether the call that waits was stopped, such as by a cancellation; short, and
   *     called under a lock. Whoever stops a call makes this true first, and then calls {@link
   *     #wakeWaiters}
   * @return the first snapshot that passes; empty if the time is over, the call was stopped, or the
   *     cluster was closed
   */
  public Optional<Topology> awaitTopology(
      Predicate<? super Topology> wanted, Duration timeout, BooleanSupplier stopped)
      throws InterruptedException {
    Topology current = topologyState.topology();
    if (wanted.test(current)) {
      return Optional.of(current);
    }
    topologyState.beginWaiting();
    try {
      if (topologyState.isUrgent()) {
        monitors.wake();
      }
      return topologyState.await(wanted, stopped, timeout);
    } finally {
      topologyState.endWaiting();
    }
  }

  /**
   * Lets every thread that waits for a snapshot look anew at what it waits for, and whether its
   * call was stopped. To be called after a stop signal was given; those that are not concerned go
   * on waiting, and their time goes on as before.
   */
  public void wakeWaiters() {
    topologyState.wakeWaiters();
  }

  /**
   * Waits until it is known how things are at the start: every endpoint has answered or failed, or
   * a writer is known and the others had a moment to contradict.
   *
   * @return the newest snapshot, in which {@link EndpointState#failure} says what each endpoint
   *     that failed had to say; not {@linkplain Topology#isComplete complete} if the time is over
   */
  public Topology awaitFirstRound(Duration timeout) throws InterruptedException {
    return awaitFirstRound(timeout, () -> false);
  }

  /**
   * Waits until it is known how things are at the start, as long as the call that waits is not
   * stopped.
   *
   * @param stopped as with {@link #awaitTopology(Predicate, Duration, BooleanSupplier)}
   * @return as with {@link #awaitFirstRound(Duration)}; not complete if the call was stopped
   */
  public Topology awaitFirstRound(Duration timeout, BooleanSupplier stopped)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    Optional<Topology> known =
        awaitTopology(topology -> topology.isComplete() || topology.hasWriter(), timeout, stopped);
    if (known.isEmpty() || known.get().isComplete()) {
      return topologyState.topology();
    }
    Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    Duration grace = left.compareTo(FIRST_ROUND_GRACE) < 0 ? left : FIRST_ROUND_GRACE;
    awaitTopology(Topology::isComplete, grace, stopped);
    return topologyState.topology();
  }

  /**
   * Waits for a writer.
   *
   * @return the writer; empty if the time is over
   */
  public Optional<EndpointState> awaitWriter(Duration timeout) throws InterruptedException {
    return awaitWriter(null, timeout, () -> false);
  }

  /**
   * Waits for a writer that is known by more than what led to a failure: at the endpoint that
   * failed, only an answer to a probe that began after the report counts. If only the session's own
   * backend was terminated, that takes one new connection; if the server is gone, until there is
   * another.
   *
   * @return the writer; empty if the time is over
   */
  public Optional<EndpointState> awaitWriter(FailureReport newerThan, Duration timeout)
      throws InterruptedException {
    return awaitWriter(newerThan, timeout, () -> false);
  }

  /**
   * Waits for a writer, as long as the call that waits is not stopped.
   *
   * @param newerThan as with {@link #awaitWriter(FailureReport, Duration)}; null if any writer will
   *     do
   * @param stopped as with {@link #awaitTopology(Predicate, Duration, BooleanSupplier)}
   * @return the writer; empty if the time is over or the call was stopped
   */
  public Optional<EndpointState> awaitWriter(
      @Nullable FailureReport newerThan, Duration timeout, BooleanSupplier stopped)
      throws InterruptedException {
    Predicate<Topology> wanted =
        newerThan == null
            ? Topology::hasWriter
            : topology -> topology.writer().filter(writer -> isNews(writer, newerThan)).isPresent();
    return awaitTopology(wanted, timeout, stopped).flatMap(Topology::writer);
  }

  /**
   * Without monitors that hold connections, what is known of other endpoints may be old as well.
   */
  private boolean isNews(EndpointState state, FailureReport report) {
    boolean watchedElsewhere =
        settings.keepsConnections() && !state.endpoint().equals(report.endpoint());
    return watchedElsewhere || state.isNewerThan(report);
  }

  /**
   * Reports that a session lost its connection to an endpoint, or was told that it is not what it
   * was taken for. The endpoint is probed at once; many reports lead to one probe.
   *
   * @return the receipt, with which to wait for newer knowledge
   */
  public FailureReport reportFailure(Endpoint endpoint, SQLException failure) {
    FailureReport report = new FailureReport(endpoint, sequence.incrementAndGet());
    if (settings.keepsConnections()) {
      monitors.probe(endpoint);
    } else {
      monitors.probe();
    }
    return report;
  }

  /**
   * Puts a physical connection on the list of those that are aborted when the endpoint is given up.
   * To be called before the connection is opened.
   */
  public Registration register(Endpoint endpoint, AbortListener listener) {
    return abortListeners.register(endpoint, listener);
  }

  /** How many physical connections are registered for an endpoint. */
  public int registered(Endpoint endpoint) {
    return abortListeners.registered(endpoint);
  }

  /** The load that this JVM's sessions put on an endpoint. */
  public EndpointLoad load(Endpoint endpoint) {
    return loads.of(endpoint);
  }

  /**
   * Takes over a new list of endpoints. One that is not listed any more is marked to be left, and
   * forgotten when nobody is connected to it.
   */
  private void listed(EndpointListing newListing, long askedAt, String account) {
    Map<Endpoint, ListedEndpoint> members = new LinkedHashMap<>();
    newListing.endpoints().forEach(listed -> members.putIfAbsent(listed.endpoint(), listed));
    for (EndpointState known : topologyState.topology().endpoints()) {
      if (!members.containsKey(known.endpoint())
          && abortListeners.registered(known.endpoint()) > 0) {
        members.put(known.endpoint(), known.listed().leaving());
      }
    }
    EndpointListing complete = newListing.withEndpoints(List.copyOf(members.values()));
    monitors
        .replace(members.keySet(), () -> topologyState.list(complete, askedAt, account))
        .ifPresent(this::changed);
  }

  /** Marks an endpoint as one that sessions are to leave; nothing new is placed there. */
  public void drain(Endpoint endpoint) {
    topologyState.setDraining(endpoint, true).ifPresent(this::changed);
  }

  /** Takes the mark of {@link #drain} away. */
  public void undrain(Endpoint endpoint) {
    topologyState.setDraining(endpoint, false).ifPresent(this::changed);
  }

  /** Adds a listener of changes. */
  public void addListener(TopologyListener listener) {
    listeners.add(listener);
  }

  /** Removes a listener. */
  public void removeListener(TopologyListener listener) {
    listeners.remove(listener);
  }

  @Override
  public String toString() {
    return "Cluster "
        + topologyState.topology().endpoints().stream().map(EndpointState::endpoint).toList();
  }

  private void changed(TopologyState.Change change) {
    abortConnections(change);
    boolean lost = change.before().hasWriter() && !change.now().hasWriter();
    if (lost) {
      monitors.wake();
    }
    if (lister != null && (lost || change.bringsAClaimant())) {
      lister.wake();
    }
    listeners.topologyChanged();
  }

  private void abortConnections(TopologyState.Change change) {
    for (EndpointState now : change.now().endpoints()) {
      String reason = now.abortReason();
      boolean isNew =
          change
              .before()
              .state(now.endpoint())
              .map(before -> before.abortReason() == null)
              .orElse(true);
      if (reason != null && isNew) {
        abortListeners.abort(now.endpoint(), reason);
      }
    }
  }

  /** What the lister sees of the cluster. */
  private final class ListerSide implements EndpointLister.Surroundings {

    private final String source;
    private @Nullable Instant goodAt;

    ListerSide(EndpointSource source) {
      this.source = source.description();
    }

    @Override
    public void listed(EndpointListing newListing, long askedAt) {
      goodAt = environment.clock().instant();
      Cluster.this.listed(newListing, askedAt, "listed by " + source);
    }

    @Override
    public void failed(Exception failure) {
      String age =
          goodAt == null ? "the endpoints are those of the URL" : "the list is that of " + goodAt;
      topologyState
          .noList(source + " fails (" + failure + "): " + age)
          .ifPresent(Cluster.this::changed);
    }

    @Override
    public void checkLease() {
      topologyState.checkLease().ifPresent(Cluster.this::changed);
    }

    @Override
    public Topology topology() {
      return topologyState.topology();
    }

    @Override
    public boolean isUrgent() {
      return topologyState.isUrgent();
    }
  }

  /** What monitors see of the cluster. */
  private final class MonitorSide implements MonitoredCluster {

    @Override
    public long nextSequence() {
      return sequence.incrementAndGet();
    }

    @Override
    public void observe(Endpoint endpoint, Observation observation) {
      topologyState.observe(endpoint, observation).ifPresent(Cluster.this::changed);
    }

    @Override
    public void measured(Endpoint endpoint, long nanos) {
      load(endpoint).measured(nanos);
    }

    @Override
    public void notified(Endpoint endpoint, List<ServerNotification> notifications) {
      notifications.forEach(
          notification -> notificationListeners.forEach(listener -> listener.accept(notification)));
    }

    /** Asked in each slice, so that a lease is noticed to end also while its source hangs. */
    @Override
    public boolean isUrgent() {
      if (topologyState.hasOverdueWriter()) {
        topologyState.checkLease().ifPresent(Cluster.this::changed);
      }
      return topologyState.isUrgent();
    }
  }
}
