package io.baton.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.cutover.CutoverStage;
import io.baton.routing.cutover.Cutovers;
import io.baton.routing.monitor.EndpointLister;
import io.baton.routing.monitor.EndpointMonitors;
import io.baton.routing.monitor.EndpointSource;
import io.baton.routing.monitor.MonitoredCluster;
import io.baton.routing.monitor.ServerNotification;
import io.baton.routing.monitor.SharedConnector;
import io.baton.routing.monitor.SuccessorInquiry;
import io.baton.routing.select.EndpointLoads;
import io.baton.routing.switchover.SwitchoverGate;
import io.baton.routing.topology.Capabilities;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.ListedEndpoint;
import io.baton.routing.topology.Observation;
import io.baton.routing.topology.ServerStatus;
import io.baton.routing.topology.Succession;
import io.baton.routing.topology.Topology;
import io.baton.routing.topology.TopologyListeners;
import io.baton.routing.topology.TopologyState;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what is observed of a cluster into the newest snapshot, and acts on what that changes: it
 * aborts connections, lets monitors hurry, and calls listeners.
 *
 * <p>Safe for use by many threads.
 */
final class TopologyUpdater
    implements MonitoredCluster, EndpointLister.Surroundings, SuccessorInquiry.Predecessor {

  private static final Logger log = LoggerFactory.getLogger(TopologyUpdater.class);

  private final TopologyState state;
  private final AtomicLong sequence;
  private final EndpointLoads loads;
  private final JvmMemory jvm;
  private final SwitchoverGate switchovers;
  private final Cutovers cutovers;
  private final SuccessorInquiry successorInquiry;
  private final Environment environment;
  private final EndpointMonitors monitors;
  private final BackgroundWork work;
  private final TopologyListeners listeners;
  private final AbortListeners abortListeners = new AbortListeners();
  private final List<Consumer<ServerNotification>> notificationListeners =
      new CopyOnWriteArrayList<>();

  /** What the source is, for people. */
  private final String source;

  /** Held while the list of endpoints is worked out and exchanged. */
  private final ReentrantLock listing = new ReentrantLock();

  /** What takes the place of the cluster; null if nothing does. */
  @GuardedBy("listing")
  private @Nullable Succession succession;

  /** Whether nobody may be written to before the source has answered. */
  private final boolean leaseIsNeeded;

  /** The writer that was last said to be one without the word of the source. */
  private final AtomicReference<@Nullable Endpoint> withoutWord = new AtomicReference<>();

  /** When the source last answered; null if it has not. Used by the lister's thread only. */
  private @Nullable Instant listedAt;

  /** Which endpoint led to the writer last; null if none did. */
  private volatile @Nullable Endpoint lastWriter;

  /**
   * Makes an updater with the monitors and the lister that tell it what they observe.
   *
   * @param source where endpoints are listed; null if the state names them all
   */
  TopologyUpdater(
      TopologyState state,
      AtomicLong sequence,
      EndpointLoads loads,
      JvmMemory jvm,
      SwitchoverGate switchovers,
      ClusterSettings settings,
      SharedConnector connector,
      @Nullable EndpointSource source,
      Environment environment) {
    this.state = state;
    this.sequence = sequence;
    this.loads = loads;
    this.jvm = jvm;
    this.switchovers = switchovers;
    this.cutovers = new Cutovers(settings.cutover());
    this.leaseIsNeeded = source == null || !source.isDispensable();
    this.environment = environment;
    this.listeners = new TopologyListeners(state::topology, jvm.toldDown());
    this.source = source == null ? "" : source.description();
    Topology known = state.topology();
    this.listedAt = known.version() == 0 ? null : known.takenAt();
    this.lastWriter = known.writer().map(EndpointState::endpoint).orElse(null);
    this.monitors = new EndpointMonitors(endpoints(state), settings, connector, this, environment);
    this.successorInquiry =
        new SuccessorInquiry(connector, this, settings.cutover().successor(), environment);
    this.work =
        new BackgroundWork(
            monitors,
            source == null
                ? null
                : new EndpointLister(source, settings.topologyRefresh(), this, environment),
            environment.threads());
  }

  private static List<Endpoint> endpoints(TopologyState state) {
    return state.topology().endpoints().stream().map(EndpointState::endpoint).toList();
  }

  BackgroundWork work() {
    return work;
  }

  TopologyListeners listeners() {
    return listeners;
  }

  AbortListeners abortListeners() {
    return abortListeners;
  }

  Cutovers cutovers() {
    return cutovers;
  }

  List<Consumer<ServerNotification>> notificationListeners() {
    return notificationListeners;
  }

  /** Probes an endpoint on a new connection. */
  void probe(Endpoint endpoint) {
    monitors.probe(endpoint);
  }

  /** Has the monitor of an endpoint ask at once. */
  void look(Endpoint endpoint) {
    monitors.check(endpoint);
  }

  /** The server process that the monitor of an endpoint talks to; empty if to none. */
  OptionalInt watcher(Endpoint endpoint) {
    return monitors.watcher(endpoint);
  }

  /** Probes all endpoints on new connections. */
  void probe() {
    monitors.probe();
  }

  /** Whether a monitor has begun and not found anything out yet. */
  boolean isFirstLookUnderWay() {
    return monitors.areInFirstLook();
  }

  void setDraining(Endpoint endpoint, boolean toBeLeft) {
    state.setDraining(endpoint, toBeLeft).ifPresent(this::changed);
  }

  private void changed(TopologyState.Change change) {
    change.now().writer().ifPresent(writer -> lastWriter = writer.endpoint());
    abortConnections(change);
    boolean lost = change.before().hasWriter() && !change.now().hasWriter();
    if (lost) {
      work.wake();
    }
    boolean claimed = change.bringsAClaimant();
    if (lost || claimed) {
      work.wakeLister();
    }
    if (claimed) {
      // If it hangs, it is no writer any more.
      change.now().writer().ifPresent(writer -> monitors.probe(writer.endpoint()));
    }
    if (claimed || change.isNewTimeline()) {
      jvm.updaters().stream()
          .filter(other -> other != this)
          .forEach(other -> other.heardOf(change.now(), claimed));
    }
    switchovers.isClosed(change.now()); // It opens for a new writer.
    warnWithoutWord();
    if (isSuccessorWanted(change.now())) {
      successorInquiry.wake();
    }
    listeners.topologyChanged();
  }

  /**
   * Looks again at what is known, as another cluster of the JVM has news of the same servers.
   *
   * @param claimed whether one began to take writes that is not the writer over there
   */
  private void heardOf(Topology elsewhere, boolean claimed) {
    Topology here = state.topology();
    if (!here.systemIdentifier().equals(elsewhere.systemIdentifier())) {
      return;
    }
    if (claimed) {
      here.writer().ifPresent(writer -> monitors.probe(writer.endpoint()));
    }
    state.lookAgain().ifPresent(this::changed);
  }

  private void warnWithoutWord() {
    Endpoint writer = source.isEmpty() ? null : state.writerWithoutWord();
    if (!Objects.equals(withoutWord.getAndSet(writer), writer) && writer != null) {
      log.warn(
          "{} does not answer, and the server that it named last as the writer is lost: {} is"
              + " written to, since it says that it takes writes",
          source,
          writer);
    }
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

  @Override
  public long nextSequence() {
    return sequence.incrementAndGet();
  }

  @Override
  public void observe(Endpoint endpoint, Observation observation) {
    if (!(observation instanceof Observation.Silent)) {
      jvm.lateAtFirst().answered(endpoint);
      jvm.lateForWrites().answered(endpoint);
    }
    state.observe(endpoint, observation).ifPresent(this::changed);
  }

  @Override
  public void told(Endpoint endpoint, Capabilities capabilities) {
    state.told(endpoint, capabilities).ifPresent(this::changed);
  }

  @Override
  public void measured(Endpoint endpoint, long nanos) {
    loads.of(endpoint).measured(nanos);
  }

  @Override
  public void notified(Endpoint endpoint, List<ServerNotification> notifications) {
    if (notifications.stream().anyMatch(ServerNotification::isOfCutover)) {
      monitors.check(endpoint);
    }
    notifications.forEach(
        notification -> notificationListeners.forEach(listener -> listener.accept(notification)));
  }

  @Override
  public void cutover(ServerStatus status, CutoverNotice notice) {
    if (notice.identifier() == status.systemIdentifier()) {
      return; // A row that was copied from the predecessor, with all that it had.
    }
    cutover(notice);
  }

  private void cutover(CutoverNotice notice) {
    boolean isFirst = cutovers.newest() == null;
    if (!cutovers.heard(notice)) {
      return;
    }
    log.info("The cut over to {} is {}", notice.successor(), notice.stage().text());
    if (cutovers.refused() != null) {
      tellRefused(notice);
      state.wakeWaiters();
      cutovers.tell(notice);
      return;
    }
    if (isFirst && notice.stage() == CutoverStage.OPENED) {
      log.warn(
          "{} was cut over to {}: sessions go there. Change the URL, for the old servers may go",
          endpoints(state),
          notice.successor());
    }
    succeed();
    state.wakeWaiters();
    cutovers.tell(notice);
  }

  private void tellRefused(CutoverNotice notice) {
    if (notice.stage() == CutoverStage.OPENED) {
      log.error(
          "{} was cut over to {}, which baton.successor does not name: no session goes there, and"
              + " the old database takes no writes",
          endpoints(state),
          notice.successor());
    } else if (!notice.stage().isFinal()) {
      log.warn(
          "The cut over to {} is refused: baton.successor does not name these servers",
          notice.successor());
    }
  }

  // ---- servers that may have taken the place of the cluster, while it has no writer

  /** What the servers of the successor had to say; empty if they were not asked. */
  String successorAccount() {
    return successorInquiry.account();
  }

  /** Whether it is not known yet if a successor that the configuration names has opened. */
  boolean isSuccessorAwaited() {
    return successorInquiry.isInFirstRound();
  }

  void stopInquiry() {
    successorInquiry.stop();
  }

  private boolean isSuccessorWanted(Topology now) {
    return now.isComplete() && !now.hasWriter() && !cutovers.isOpened();
  }

  @Override
  public SuccessorInquiry.@Nullable Search search() {
    Topology now = state.topology();
    if (!isSuccessorWanted(now)) {
      return null;
    }
    CutoverNotice underWay = cutovers.isUnderWay() ? cutovers.present() : null;
    return underWay == null
        ? successorInquiry.search(now.systemIdentifier().orElse(null))
        : SuccessorInquiry.Search.of(underWay);
  }

  @Override
  public void opened(CutoverNotice notice) {
    cutover(notice);
  }

  @Override
  public void asked() {
    state.wakeWaiters();
  }

  /** Two monitors may hear of two stages at once: what was heard last counts, whoever acts last. */
  private void succeed() {
    Optional<TopologyState.Change> change;
    listing.lock();
    try {
      Succession before = succession;
      Succession next = succession(cutovers.present());
      succession = next;
      Map<Endpoint, ListedEndpoint> members = new LinkedHashMap<>();
      if (next != null && next.opened()) {
        next.endpoints().forEach(one -> members.put(one, ListedEndpoint.of(one)));
        keepUsed(members);
      } else {
        for (EndpointState known : state.topology().endpoints()) {
          if (before == null || before.opened() || !before.endpoints().contains(known.endpoint())) {
            members.put(known.endpoint(), known.listed());
          }
        }
        if (next != null) {
          next.endpoints().forEach(one -> members.putIfAbsent(one, ListedEndpoint.of(one)));
        }
      }
      change =
          monitors.replace(
              members.keySet(), () -> state.succeed(next, List.copyOf(members.values())));
    } finally {
      listing.unlock();
    }
    change.ifPresent(this::changed);
  }

  private static @Nullable Succession succession(@Nullable CutoverNotice notice) {
    return notice == null || notice.stage() == CutoverStage.TAKEN_BACK
        ? null
        : new Succession(
            notice.identifier(), notice.successor(), notice.stage() == CutoverStage.OPENED);
  }

  /** Forgets the servers of a cluster that was left, but for those that sessions have not left. */
  void forgetPredecessor() {
    if (cutovers.isOpened()) {
      succeed();
    }
  }

  /** Endpoints that are not listed any more are to be left, as long as a session is there. */
  private void keepUsed(Map<Endpoint, ListedEndpoint> members) {
    for (EndpointState known : state.topology().endpoints()) {
      if (!members.containsKey(known.endpoint())
          && abortListeners.registered(known.endpoint()) > 0) {
        members.put(known.endpoint(), known.listed().leaving());
      }
    }
  }

  /** Asked in each slice, so that a lease is noticed to end also while its source hangs. */
  @Override
  public boolean isUrgent() {
    if (state.hasOverdueWriter()) {
      checkLease();
    }
    return state.isUrgent();
  }

  @Override
  public boolean mayLeadToWriter(Endpoint endpoint) {
    Endpoint last = lastWriter;
    return last == null || last.equals(endpoint);
  }

  @Override
  public boolean expectsPromotion() {
    return switchovers.isClosed(state.topology());
  }

  @Override
  public void checkLease() {
    state.checkLease().ifPresent(this::changed);
  }

  @Override
  public Topology topology() {
    return state.topology();
  }

  /**
   * Takes over a new list of endpoints. One that is not listed any more is marked to be left, and
   * forgotten when no session is connected to it.
   */
  @Override
  public void listed(EndpointListing newListing, long askedAt) {
    listedAt = environment.clock().instant();
    Map<Endpoint, ListedEndpoint> members = new LinkedHashMap<>();
    newListing.endpoints().forEach(listed -> members.putIfAbsent(listed.endpoint(), listed));
    Optional<TopologyState.Change> change;
    listing.lock();
    try {
      Succession next = succession;
      if (next != null && next.opened()) {
        return; // It lists the cluster that was left.
      }
      if (next != null) {
        next.endpoints().forEach(one -> members.putIfAbsent(one, ListedEndpoint.of(one)));
      }
      keepUsed(members);
      EndpointListing complete = newListing.withEndpoints(List.copyOf(members.values()));
      change =
          monitors.replace(
              members.keySet(), () -> state.list(complete, askedAt, "listed by " + source));
    } finally {
      listing.unlock();
    }
    change.ifPresent(this::changed);
    switchovers.listed(newListing.planned(), state.topology());
  }

  @Override
  public void failed(Exception failure) {
    String age =
        listedAt == null ? "the endpoints are those of the URL" : "the list is that of " + listedAt;
    state
        .noList(source + " fails (" + failure + "): " + age, leaseIsNeeded)
        .ifPresent(this::changed);
  }
}
