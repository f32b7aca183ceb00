package io.baton.routing;

import io.baton.routing.admission.Admission;
import io.baton.routing.cutover.Cutovers;
import io.baton.routing.monitor.ClusterThreads;
import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.EndpointMonitors;
import io.baton.routing.monitor.EndpointSource;
import io.baton.routing.monitor.ReservedSlots;
import io.baton.routing.monitor.ServerNotification;
import io.baton.routing.monitor.SharedConnector;
import io.baton.routing.select.EndpointLoad;
import io.baton.routing.select.EndpointLoads;
import io.baton.routing.switchover.Announcer;
import io.baton.routing.switchover.SwitchoverGate;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.FailureReport;
import io.baton.routing.topology.ScheduledSwitchover;
import io.baton.routing.topology.SilentEndpoints;
import io.baton.routing.topology.Topology;
import io.baton.routing.topology.TopologyListener;
import io.baton.routing.topology.TopologyMemory;
import io.baton.routing.topology.TopologyState;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers that replicate one database, and what is known of them: shared by all connections of
 * this JVM that name the same ones, and lent out by a {@link ClusterRegistry}.
 *
 * <p>One {@linkplain EndpointMonitors monitor} per endpoint finds out who is what; sessions read
 * the newest {@link #topology}, wait for one they can use, and report failures, but never probe
 * themselves. So the work done for the cluster, and the threads, grow with its endpoints and never
 * with sessions.
 *
 * <p>Safe for use by many threads.
 */
public final class Cluster {

  /**
   * How long a writer that is found in the first round waits for the word of the other endpoints:
   * one of them may be the writer of a higher timeline.
   */
  private static final Duration FIRST_ROUND_GRACE = Duration.ofMillis(250);

  /**
   * How long the first write waits for the word of every endpoint: one that answers late may be the
   * writer that took over.
   */
  private static final Duration FIRST_WRITE_GRACE = Duration.ofSeconds(2);

  /**
   * How long ago an endpoint that is known was monitored, at most, when its monitor looks again.
   */
  private static final Duration LONGEST_REST = Duration.ofMillis(750);

  /** How long to wait at most for monitors that look again at what is known. */
  private static final Duration LONGEST_LOOK = Duration.ofMillis(100);

  /** How long a server may take to end the processes of connections that were closed. */
  private static final Duration JUST_LEFT = Duration.ofMillis(300);

  /** How long to wait at most for the end of threads that were told to end. */
  private static final Duration LONGEST_STOP = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(Cluster.class);

  private final ClusterSettings settings;
  private final SharedConnector connector;
  private final Environment environment;
  private final ClusterThreads threads;
  private final TopologyState topologyState;
  private final TopologyUpdater updater;
  private final BackgroundWork work;
  private final AtomicLong sequence;
  private final JvmMemory jvm;
  private final SwitchoverGate switchovers;
  private final Admission admission;

  /** Whether every endpoint had its say, or was waited for: then the first write need not wait. */
  private volatile boolean settled;

  /** Kept for endpoints that are gone, since sessions may still be leaving them. */
  private final EndpointLoads loads;

  private final ConcurrentMap<Class<?>, Object> attachments = new ConcurrentHashMap<>();

  /** What was known of the endpoints at the start; null if nothing was. */
  private final @Nullable TopologyMemory knownBefore;

  /**
   * Makes a cluster.
   *
   * @param source where its endpoints are listed; null if the settings name them all
   * @param memory what was known of it when it was last closed; null if it is to begin anew
   * @param jvm what is known for longer
   */
  Cluster(
      ClusterSettings settings,
      SharedConnector connector,
      @Nullable EndpointSource source,
      Environment environment,
      @Nullable ClusterMemory memory,
      JvmMemory jvm) {
    this.settings = settings;
    this.jvm = jvm;
    this.connector = connector;
    this.threads = new ClusterThreads(environment.threads());
    this.environment = environment.withThreads(threads);
    this.sequence = new AtomicLong(memory == null ? 0 : memory.sequence());
    this.knownBefore = memory == null ? null : memory.topology();
    if (memory == null) {
      this.loads = new EndpointLoads(environment.nanoTime());
      this.topologyState =
          new TopologyState(
              settings,
              source == null
                  ? Topology.Listing.OF_THE_URL
                  : new Topology.Listing(true, source.description() + " has not answered yet"),
              source != null && source.grantsLeases(),
              environment,
              jvm.writers(),
              sequence::get);
    } else {
      this.loads = memory.loads();
      this.topologyState =
          new TopologyState(settings, memory.topology(), environment, jvm.writers(), sequence::get);
      this.attachments.putAll(memory.attachments());
    }
    this.switchovers =
        memory == null
            ? new SwitchoverGate(environment, settings.failoverTimeout())
            : memory.switchovers();
    this.updater =
        new TopologyUpdater(
            topologyState,
            sequence,
            loads,
            jvm,
            switchovers,
            settings,
            connector,
            source,
            this.environment);
    this.work = updater.work();
    this.admission = new Admission(topologyState::topology, environment.nanoTime());
  }

  /**
   * Starts the monitors, which begin the first round side by side. What is known is looked at again
   * a little later: the session that opens the cluster connects first. Without a heartbeat, that is
   * when a session needs to know more.
   */
  void start() {
    jvm.updaters().add(updater);
    if (knownBefore == null) {
      work.begin();
    } else if (settings.keepsConnections()) {
      work.beginAfter(rests(knownBefore));
    }
  }

  private List<BackgroundWork.Rest> rests(TopologyMemory known) {
    long now = environment.nanoTime().getAsLong();
    List<BackgroundWork.Rest> rests = new ArrayList<>();
    Duration longest = shorter(settings.heartbeat(), LONGEST_REST);
    for (EndpointState state : topology().endpoints()) {
      Duration age = known.age(state.endpoint(), now);
      rests.add(
          new BackgroundWork.Rest(
              state.endpoint(), age == null ? Duration.ZERO : longest.minus(age)));
    }
    Duration list = settings.topologyRefresh().minus(known.ageOfList(now));
    Duration lease = topologyState.leaseLeft();
    rests.add(
        new BackgroundWork.Rest(null, lease == null ? list : shorter(list, lease.dividedBy(2))));
    return rests;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /**
   * Gives monitors that look again at what is known a moment to end that. Otherwise an application
   * that opens one connection after the other would have each begin with it anew, and none end it.
   */
  void settle() {
    if (knownBefore == null) {
      return;
    }
    try {
      topologyState.await(topology -> !updater.isFirstLookUnderWay(), () -> false, LONGEST_LOOK);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt(); // The application is in a hurry.
    }
  }

  /**
   * Ends all waits; nothing that is known changes any more. {@link #stop} is to follow.
   *
   * @return what is known, for the next one; null if not all is well, as there may be other servers
   *     by then, and orders to leave one were given by sessions that are gone
   */
  @Nullable ClusterMemory freeze() {
    topologyState.close();
    jvm.updaters().remove(updater);
    noteLeft();
    TopologyMemory known = topologyState.remember();
    if (!known.isAllWell(environment.nanoTime().getAsLong()) || cutovers().isUnderWay()) {
      return null;
    }
    Map<Class<?>, Object> lasting = new HashMap<>(attachments);
    lasting.values().removeIf(ClusterAttachment.class::isInstance);
    return new ClusterMemory(known, loads, lasting, switchovers, sequence.get());
  }

  private void noteLeft() {
    long now = environment.nanoTime().getAsLong();
    topology().endpoints().forEach(state -> jvm.left().put(state.endpoint(), now));
  }

  /**
   * Whether a cluster of this JVM was closed a moment ago that was connected to this endpoint: the
   * server ends the processes of its connections a little later.
   */
  public boolean wasJustLeft(Endpoint endpoint) {
    Long left = jvm.left().get(endpoint);
    return left != null && environment.nanoTime().getAsLong() - left < JUST_LEFT.toNanos();
  }

  /** Stops the threads, and waits for their end. */
  void stop() {
    work.stop();
    updater.stopInquiry();
    for (Object attachment : attachments.values()) {
      if (attachment instanceof ClusterAttachment ending) {
        ending.close();
      }
    }
    updater.abortListeners().abortAll("the cluster is closed");
    List<Thread> late = threads.join(LONGEST_STOP);
    noteLeft();
    if (!late.isEmpty()) {
      log.warn(
          "{} is closed, and {} ms later these threads have not ended yet: {}",
          this,
          LONGEST_STOP.toMillis(),
          late.stream().map(Thread::getName).toList());
    }
  }

  /** How the cluster is monitored. */
  public ClusterSettings settings() {
    return settings;
  }

  /**
   * How to connect for work that is done for the cluster: with the credentials, of those that its
   * leases brought, which work.
   */
  public Connector connector() {
    return connector;
  }

  /**
   * Takes note that a session logged in: so can monitors that were refused before.
   *
   * @param way how it did
   */
  public void loginWorked(Connector way) {
    if (connector.worked(way)) {
      work.retry();
    }
  }

  /**
   * Has what works in the background give up its connections to an endpoint, for a session that was
   * refused one because there are too many (53300), and keeps it away. They are closed a moment
   * later.
   *
   * @return to be closed when the session has its connection, or none; empty if there was none to
   *     give up, nor were connections scarce before
   */
  public Optional<ReservedSlots.Reservation> yieldConnection(Endpoint endpoint) {
    return connector.yieldConnection(endpoint, () -> work.yieldConnection(endpoint));
  }

  /** Where those who connect in the background can be asked to give that up. */
  public ReservedSlots slots() {
    return connector.slots();
  }

  /** Takes over the credentials of one more lease; monitors that were refused try them at once. */
  void offer(Connector another) {
    if (connector.offer(another)) {
      work.retry();
    }
  }

  /**
   * What another module keeps for this cluster, made when it is first asked for. If it is a {@link
   * ClusterAttachment}, it is closed with the cluster; if not, it is knowledge, and a cluster that
   * is opened right after may go on with it.
   *
   * @param type what it is; there is one of each
   */
  public <T> T attachment(Class<T> type, Supplier<T> maker) {
    return type.cast(attachments.computeIfAbsent(type, absent -> maker.get()));
  }

  /**
   * Whether the cluster is used in this way for the first time in this JVM; also if it was closed
   * and opened again meanwhile.
   *
   * @param way how it is used
   */
  public boolean isFirstUse(String way) {
    return jvm.introduced().add(settings.endpoints() + " " + way);
  }

  /**
   * Adds a listener of what sessions of the writer send to the channel {@code baton}. It is called
   * on the thread of a monitor and must not block.
   */
  public void addNotificationListener(Consumer<ServerNotification> listener) {
    updater.notificationListeners().add(listener);
  }

  /**
   * Makes a thread for work that is done for the cluster; it is not started yet. The last lease
   * waits for its end, so it has to end once the cluster is closed: {@link ClusterAttachment}.
   */
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
        work.wake();
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
        awaitTopology(
            topology ->
                topology.hasWriter() || (topology.isComplete() && !updater.isSuccessorAwaited()),
            timeout,
            stopped);
    if (known.isEmpty() || haveAllSpoken(known.get(), jvm.lateAtFirst())) {
      return topologyState.topology();
    }
    Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    Duration grace = shorter(left, FIRST_ROUND_GRACE);
    awaitTopology(topology -> haveAllSpoken(topology, jvm.lateAtFirst()), grace, stopped);
    Topology now = topologyState.topology();
    if (grace.equals(FIRST_ROUND_GRACE)) {
      now.unheard().forEach(jvm.lateAtFirst()::waitedInVain);
    }
    return now;
  }

  /** Whether every endpoint has answered or failed, but for those that were waited for before. */
  private static boolean haveAllSpoken(Topology topology, SilentEndpoints excused) {
    return topology.isComplete()
        || (!topology.isListAwaited() && topology.unheard().stream().allMatch(excused::contains));
  }

  /**
   * Whether it need not be waited for more before something is written: a volatile read, once it is
   * so.
   */
  public boolean isSettled() {
    if (!settled && haveAllSpokenOnce(topologyState.topology())) {
      settled = true;
    }
    return settled;
  }

  private boolean haveAllSpokenOnce(Topology topology) {
    return topology.isSettled() || haveAllSpoken(topology, jvm.lateForWrites());
  }

  /**
   * Waits, before the first write, until every endpoint has answered or failed since the cluster
   * was opened: one that answers late may have taken over from the one that is taken for the
   * writer. An endpoint that says nothing for {@link #FIRST_WRITE_GRACE} is named in the log, and
   * not waited for again for a while.
   *
   * @param timeout how long to wait at most
   * @param stopped as with {@link #awaitTopology(Predicate, Duration, BooleanSupplier)}
   */
  public void awaitSettled(Duration timeout, BooleanSupplier stopped) throws InterruptedException {
    if (isSettled()) {
      return;
    }
    Duration longest = shorter(timeout, FIRST_WRITE_GRACE);
    awaitTopology(this::haveAllSpokenOnce, longest, stopped);
    if (isSettled() || !longest.equals(FIRST_WRITE_GRACE) || stopped.getAsBoolean()) {
      return;
    }
    Topology now = topologyState.topology();
    List<Endpoint> unheard = now.unheard();
    unheard.forEach(jvm.lateForWrites()::waitedInVain);
    settled = true;
    log.warn(
        "{} did not answer within {} ms, and is not waited for any longer before {} is written to:"
            + " if a server there took over as the writer, that is not known here",
        unheard.isEmpty() ? "The list of endpoints" : unheard,
        FIRST_WRITE_GRACE.toMillis(),
        now.writer().map(EndpointState::endpoint).map(Endpoint::toString).orElse("a writer"));
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
    admission.troubled();
    work.begin();
    if (settings.keepsConnections()) {
      updater.probe(endpoint);
    } else {
      updater.probe();
    }
    return report;
  }

  /** Where sessions ask before they log in. */
  public Admission admission() {
    return admission;
  }

  /**
   * Puts a physical connection on the list of those that are aborted when the endpoint is given up.
   * To be called before the connection is opened.
   */
  public Registration register(Endpoint endpoint, AbortListener listener) {
    return updater.abortListeners().register(endpoint, listener);
  }

  /** How many physical connections are registered for an endpoint. */
  public int registered(Endpoint endpoint) {
    return updater.abortListeners().registered(endpoint);
  }

  /** The load that this JVM's sessions put on an endpoint. */
  public EndpointLoad load(Endpoint endpoint) {
    return loads.of(endpoint);
  }

  /** Marks an endpoint as one that sessions are to leave; nothing new is placed there. */
  public void drain(Endpoint endpoint) {
    updater.setDraining(endpoint, true);
  }

  /** Takes the mark of {@link #drain} away. */
  public void undrain(Endpoint endpoint) {
    updater.setDraining(endpoint, false);
  }

  /**
   * Announces a switchover: from shortly before its time, calls that would begin a transaction on
   * the writer are to wait with {@link #awaitSwitchover} until there is another writer.
   *
   * @return why that is refused; empty if it is not
   */
  public Optional<String> announceSwitchover(ScheduledSwitchover planned, Announcer by) {
    return settings.keepsConnections()
        ? switchovers.announce(planned, by, topologyState.topology())
        : Optional.of("no server is watched (baton.heartbeat=0)");
  }

  /**
   * Bounds how long calls wait for a switchover after its time, while the old writer goes on.
   *
   * @param longest counts where it is shorter than what the one who announces is granted
   */
  public void limitSwitchovers(Duration longest) {
    switchovers.limitHold(longest);
  }

  /**
   * Whether calls that would begin a transaction on the writer are to wait for a switchover that
   * was announced: one volatile read, while none is.
   */
  public boolean awaitsSwitchover() {
    return switchovers.isClosed(topologyState.topology());
  }

  /**
   * Waits until a switchover that was announced has taken place, or is not waited for any longer.
   *
   * @param timeout how long to wait at most
   * @param stopped as with {@link #awaitTopology(Predicate, Duration, BooleanSupplier)}
   */
  public void awaitSwitchover(Duration timeout, BooleanSupplier stopped)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (awaitsSwitchover()) {
      Duration left = Duration.ofNanos(deadline - System.nanoTime());
      Duration longest = shorter(left, switchovers.longestWait(topologyState.topology()));
      long began = System.nanoTime();
      awaitTopology(topology -> !switchovers.wouldHold(topology), longest, stopped);
      boolean waited = System.nanoTime() - began >= longest.toNanos();
      if (stopped.getAsBoolean() || left.compareTo(longest) <= 0 || !waited) {
        return; // Over, stopped, or the cluster was closed.
      }
    }
  }

  /** What is known of a cut over to another cluster. */
  public Cutovers cutovers() {
    return updater.cutovers();
  }

  /**
   * Waits as long as a cut over holds transactions back.
   *
   * @param timeout how long to wait at most
   * @param stopped as with {@link #awaitTopology(Predicate, Duration, BooleanSupplier)}
   * @return whether nothing is held back any more
   */
  public boolean awaitCutover(Duration timeout, BooleanSupplier stopped)
      throws InterruptedException {
    Cutovers cutovers = updater.cutovers();
    return !cutovers.holdsTransactions()
        || awaitTopology(any -> !cutovers.holdsTransactions(), timeout, stopped).isPresent();
  }

  /**
   * What the servers that {@code baton.successor} names said when there was no writer, for people;
   * empty if they were not asked.
   */
  public String successorAccount() {
    return updater.successorAccount();
  }

  /**
   * Forgets the servers of a cluster that was left for its successor, as far as nobody is there.
   */
  public void forgetPredecessor() {
    updater.forgetPredecessor();
  }

  /** Has the monitor of an endpoint ask at once. */
  public void look(Endpoint endpoint) {
    updater.look(endpoint);
  }

  /** The server process that the monitor of an endpoint talks to; empty if to none. */
  public OptionalInt watcher(Endpoint endpoint) {
    return updater.watcher(endpoint);
  }

  /** Ends the connections that are still open to an endpoint. */
  public void abort(Endpoint endpoint, String reason) {
    updater.abortListeners().abort(endpoint, reason);
  }

  /** Adds a listener of changes. */
  public void addListener(TopologyListener listener) {
    updater.listeners().add(listener);
  }

  /** Removes a listener. */
  public void removeListener(TopologyListener listener) {
    updater.listeners().remove(listener);
  }

  @Override
  public String toString() {
    return "Cluster "
        + topologyState.topology().endpoints().stream().map(EndpointState::endpoint).toList();
  }
}
