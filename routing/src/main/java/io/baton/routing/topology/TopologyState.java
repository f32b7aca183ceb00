package io.baton.routing.topology;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state of a cluster's topology: takes what monitors observe, and holds the newest snapshot.
 *
 * <p>Safe for use by many threads. Reading is one volatile read. Changing and waiting take the
 * lock, under which nothing is called but the rules and the predicates of those who wait, both of
 * them short and pure.
 */
public final class TopologyState {

  /**
   * The snapshots before and after a change.
   *
   * @param isNewTimeline whether the timeline of the one after is news to the JVM
   */
  public record Change(Topology before, Topology now, boolean isNewTimeline) {

    /**
     * Whether a server began to take writes that is not the writer: the list may say more, and so
     * may the writer, if there is one.
     */
    public boolean bringsAClaimant() {
      return now.endpoints().stream()
          .anyMatch(
              state ->
                  state.takesWrites()
                      && state.role() != Role.WRITER
                      && before
                          .state(state.endpoint())
                          .filter(EndpointState::takesWrites)
                          .isEmpty());
    }
  }

  private final ClusterSettings settings;
  private final Environment environment;
  private final KnownWriters writers;
  private final LongSupplier newestSequence;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final AtomicInteger waiting = new AtomicInteger();

  /** Written under the lock, and read without it by threads that look at the lease often. */
  private volatile MemberList members;

  @GuardedBy("lock")
  private final Map<Endpoint, Health> healths = new HashMap<>();

  /**
   * The nanosecond clock when endpoints were last monitored before this state began, or until their
   * monitors gave up the connection.
   */
  @GuardedBy("lock")
  private final Map<Endpoint, Long> monitoredBefore;

  /** What servers have told that they have to offer. */
  @GuardedBy("lock")
  private final Map<Endpoint, Capabilities> capabilities = new HashMap<>();

  @GuardedBy("lock")
  private final Set<Endpoint> draining = new HashSet<>();

  @GuardedBy("lock")
  private boolean closed;

  @GuardedBy("lock")
  private @Nullable Succession succession;

  private volatile Topology topology;

  /**
   * The nanosecond clock when the writer was lost; null while there is one, and before the first.
   */
  private volatile @Nullable Long writerLostAt;

  /**
   * The state before anything was asked.
   *
   * @param listing what is to be known of the list of endpoints
   * @param leaseUnknown whether a lease may have been granted, and the source has not said so yet
   * @param known what this JVM knows of writers
   * @param newestSequence the newest number in the sequence of probes and reports
   */
  public TopologyState(
      ClusterSettings settings,
      Topology.Listing listing,
      boolean leaseUnknown,
      Environment environment,
      KnownWriters known,
      LongSupplier newestSequence) {
    this.settings = settings;
    this.environment = environment;
    this.writers = known;
    this.newestSequence = newestSequence;
    this.members = MemberList.ofUrl(settings.endpoints(), listing, leaseUnknown);
    this.topology = Topology.unprobed(members.members(), listing, environment.clock().instant());
    this.monitoredBefore = new HashMap<>();
  }

  /** The state that goes on from what was known before. */
  public TopologyState(
      ClusterSettings settings,
      TopologyMemory memory,
      Environment environment,
      KnownWriters known,
      LongSupplier newestSequence) {
    this.settings = settings;
    this.environment = environment;
    this.writers = known;
    this.newestSequence = newestSequence;
    this.members = memory.members();
    this.topology = memory.topology();
    this.healths.putAll(memory.healths());
    this.monitoredBefore = new HashMap<>(memory.monitoredUntil());
  }

  /** What is known now, for a cluster that begins with it. */
  public TopologyMemory remember() {
    lock.lock();
    try {
      long now = environment.nanoTime().getAsLong();
      Map<Endpoint, Long> monitored = new HashMap<>(monitoredBefore);
      healths.forEach(
          (endpoint, health) -> {
            if (health.held()) {
              monitored.put(endpoint, now);
            }
          });
      return new TopologyMemory(members, healths, topology, monitored);
    } finally {
      lock.unlock();
    }
  }

  /** The newest snapshot: one volatile read. */
  public Topology topology() {
    return topology;
  }

  /**
   * Whether to look for a writer with haste: there is none that answers, and a session waits for
   * one, or it has not been gone for longer than a session would wait.
   */
  public boolean isUrgent() {
    if (topology.hasWriter()) {
      return false;
    }
    Long lostAt = writerLostAt;
    return waiting.get() > 0
        || (lostAt != null
            && environment.nanoTime().getAsLong() - lostAt < settings.failoverTimeout().toNanos());
  }

  @GuardedBy("lock")
  private Health health(Endpoint endpoint) {
    return healths.getOrDefault(endpoint, Health.UNPROBED);
  }

  /**
   * Takes over which endpoints there are now.
   *
   * @param askedAt the nanosecond clock when the source was asked
   * @param account how the list came about, for people
   */
  public Optional<Change> list(EndpointListing newListing, long askedAt, String account) {
    lock.lock();
    try {
      members = MemberList.of(newListing, askedAt, account);
      healths.keySet().removeIf(known -> !members.contains(known));
      capabilities.keySet().removeIf(known -> !members.contains(known));
      return publish();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes over what takes the place of the cluster, and which endpoints there are therefore.
   *
   * @param next null if nothing does any more
   */
  public Optional<Change> succeed(@Nullable Succession next, List<ListedEndpoint> endpoints) {
    lock.lock();
    try {
      succession = next;
      members = members.succeeded(endpoints, next != null && next.opened());
      healths.keySet().removeIf(known -> !members.contains(known));
      capabilities.keySet().removeIf(known -> !members.contains(known));
      return publish();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Notes that the list could not be had: what was listed before stays.
   *
   * @param leaseIsNeeded whether nobody may be written to before it could be had for the first time
   */
  public Optional<Change> noList(String account, boolean leaseIsNeeded) {
    lock.lock();
    try {
      members = members.withAccount(account, leaseIsNeeded);
      return publish();
    } finally {
      lock.unlock();
    }
  }

  /** Whether a writer is taken for one although its lease has run out: {@link #checkLease}. */
  public boolean hasOverdueWriter() {
    return members.isLeaseOver(environment.nanoTime().getAsLong()) && topology.hasWriter();
  }

  /** How long the lease of the writer holds from now on; null if none was granted. */
  public @Nullable Duration leaseLeft() {
    return members.leaseLeft(environment.nanoTime().getAsLong());
  }

  /** Looks at the lease again, which may have run out. */
  public Optional<Change> checkLease() {
    lock.lock();
    try {
      return members.lease() == null ? Optional.empty() : publish();
    } finally {
      lock.unlock();
    }
  }

  /** Takes what an attempt came to; empty if this is closed or it is no endpoint any more. */
  public Optional<Change> observe(Endpoint endpoint, Observation observation) {
    lock.lock();
    try {
      if (closed || !members.contains(endpoint)) {
        return Optional.empty();
      }
      if (observation instanceof Observation.Released && health(endpoint).held()) {
        monitoredBefore.put(endpoint, environment.nanoTime().getAsLong());
      }
      healths.put(
          endpoint,
          health(endpoint)
              .after(
                  observation,
                  new Health.Moment(
                      environment.clock().instant(),
                      environment.nanoTime().getAsLong(),
                      newestSequence.getAsLong()),
                  new Health.Patience(settings.failoverTimeout(), settings.silence())));
      return publish();
    } finally {
      lock.unlock();
    }
  }

  /** Takes what a server has to offer; empty if that was known, or nobody wants to know. */
  public Optional<Change> told(Endpoint endpoint, Capabilities newCapabilities) {
    lock.lock();
    try {
      if (closed
          || !members.contains(endpoint)
          || !isNews(capabilities.put(endpoint, newCapabilities), newCapabilities)) {
        return Optional.empty();
      }
      return publish();
    } finally {
      lock.unlock();
    }
  }

  private static boolean isNews(@Nullable Capabilities before, Capabilities now) {
    return before == null || !before.equals(now);
  }

  /** Looks again at what is known, as other clusters of the JVM know more by now. */
  public Optional<Change> lookAgain() {
    lock.lock();
    try {
      return topology.version() == 0 ? Optional.empty() : publish();
    } finally {
      lock.unlock();
    }
  }

  /** Marks an endpoint as one to be left, or takes the mark away. */
  public Optional<Change> setDraining(Endpoint endpoint, boolean toBeLeft) {
    lock.lock();
    try {
      boolean differs = toBeLeft ? draining.add(endpoint) : draining.remove(endpoint);
      return differs ? publish() : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private Optional<Change> publish() {
    if (closed) {
      return Optional.empty();
    }
    Topology before = topology;
    long nanoTime = environment.nanoTime().getAsLong();
    MemberList list = members;
    List<Health> states = new ArrayList<>(list.members().size());
    Set<Endpoint> leaving = new HashSet<>(draining);
    Set<Endpoint> leased = new HashSet<>();
    boolean holderIsLost = isHolderLost(list);
    for (ListedEndpoint member : list.members()) {
      Endpoint endpoint = member.endpoint();
      states.add(list.withListedLag(endpoint, health(endpoint), nanoTime));
      if (member.draining()) {
        leaving.add(endpoint);
      }
      if (list.isLeased(endpoint, nanoTime, holderIsLost)) {
        leased.add(endpoint);
      }
    }
    TopologyRules rules =
        new TopologyRules(
            list.members(),
            leased::contains,
            writers,
            new TopologyRules.Watch(settings.keepsConnections(), writers.heldBesides(this)),
            succession,
            capabilities);
    Topology now =
        rules.next(before, states, leaving, list.listing(), environment.clock().instant());
    boolean isNewTimeline =
        now.systemIdentifier().isPresent()
            && now.timeline() > 0
            && writers.confirm(
                now.systemIdentifier().get(), endpoints(now), now.timeline(), rules.isNamed(now));
    WriterOfTimeline writerOfTimeline = now.writerOfTimeline();
    if (writerOfTimeline != null) {
      writers.note(endpoints(now), before.writerOfTimeline(), writerOfTimeline, rules.isNamed(now));
    }
    for (Health health : states) {
      ServerStatus status = health.status();
      if (status != null
          && !status.standby()
          && status.timeline() < now.timeline()
          && now.systemIdentifier().filter(one -> one == status.systemIdentifier()).isPresent()) {
        isNewTimeline |= writers.supersede(status, now.timeline());
      }
    }
    writers.hold(this, settings.keepsConnections() ? office(now) : null);
    if (now.hasWriter()) {
      writerLostAt = null;
    } else if (before.hasWriter()) {
      writerLostAt = environment.nanoTime().getAsLong();
    }
    topology = now;
    changed.signalAll();
    return Optional.of(new Change(before, now, isNewTimeline));
  }

  /**
   * Who is in office: the writer, also while it is only suspect, as long as it has not missed a
   * question. A monitor's connection that an administrator ended is no break.
   */
  @GuardedBy("lock")
  private KnownWriters.@Nullable Office office(Topology topology) {
    Endpoint incumbent = topology.incumbent();
    if (incumbent == null
        || topology.state(incumbent).filter(state -> state.role() == Role.WRITER).isEmpty()) {
      return null;
    }
    Health health = health(incumbent);
    ServerStatus status = health.status();
    return status == null
            || status.standby()
            || status.timeline() != topology.timeline()
            || health.availability() == Availability.DOWN
            || !health.run().isUnbroken()
        ? null
        : new KnownWriters.Office(
            status.systemIdentifier(),
            incumbent,
            status.startedAt(),
            status.timeline(),
            Set.copyOf(endpoints(topology)));
  }

  @GuardedBy("lock")
  private boolean isHolderLost(MemberList list) {
    Endpoint holder = list.holder();
    return holder != null && !health(holder).run().isUnbroken();
  }

  private static List<Endpoint> endpoints(Topology topology) {
    return topology.endpoints().stream().map(EndpointState::endpoint).toList();
  }

  /** The writer, if it is taken for one without the word of a source that names writers. */
  public @Nullable Endpoint writerWithoutWord() {
    lock.lock();
    try {
      long now = environment.nanoTime().getAsLong();
      return topology
          .writer()
          .map(EndpointState::endpoint)
          .filter(
              writer ->
                  !writer.equals(members.holder())
                      && members.isWithoutWord(now, isHolderLost(members)))
          .orElse(null);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for a snapshot.
   *
   * @param wanted a short, pure test, called under the lock
   * @param stopped whether to wait no longer, looked at like the test and again at each {@link
   *     #wakeWaiters}
   * @return the first that the test accepts; empty if the time is over, the wait was stopped, or
   *     this is closed
   */
  public Optional<Topology> await(
      Predicate<? super Topology> wanted, BooleanSupplier stopped, Duration timeout)
      throws InterruptedException {
    Topology current = topology;
    if (wanted.test(current)) {
      return Optional.of(current);
    }
    lock.lockInterruptibly();
    try {
      long left = timeout.toNanos();
      while (!wanted.test(topology)) {
        if (closed || left <= 0 || stopped.getAsBoolean()) {
          return Optional.empty();
        }
        left = changed.awaitNanos(left);
      }
      return Optional.of(topology);
    } finally {
      lock.unlock();
    }
  }

  /** Lets every thread that waits look anew at what it waits for, and whether it is stopped. */
  public void wakeWaiters() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Says that a session begins to wait, which makes a missing writer urgent. */
  public void beginWaiting() {
    waiting.incrementAndGet();
  }

  /** Says that a session waits no longer. */
  public void endWaiting() {
    waiting.decrementAndGet();
  }

  /** Lets all waits end; nothing changes from now on. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      writers.hold(this, null);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
