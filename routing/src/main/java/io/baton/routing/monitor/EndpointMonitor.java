package io.baton.routing.monitor;

import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.monitor.ServerAtAddress.Verdict;
import io.baton.routing.topology.Capabilities;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Environment;
import io.baton.routing.topology.FailureKind;
import io.baton.routing.topology.Observation;
import io.baton.routing.topology.ServerStatus;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Monitors one endpoint: one thread with one connection.
 *
 * <p>In quiet times it waits for the server to say something, which is how it learns of a crash the
 * moment the connection ends, and asks once per heartbeat, which is how it learns that a server
 * hangs.
 *
 * <p>While the cluster has no writer, or is about to exchange it as was announced, it asks a
 * standby to answer as soon as it is promoted: {@link PromotionQuery}. What else there is to know
 * of the server it asks once a second then. Where that cannot be, it asks at pauses that grow to
 * {@value #LONGEST_POLL_MILLIS} ms; where it has no connection it tries to get one: {@link
 * ConnectPauses}. The address may lead to another server by now than the connection does: {@link
 * SecondLooks} says when that is looked into, and {@link ServerAtAddress} whom to believe. Without
 * a heartbeat it keeps no connection in quiet times, and sleeps until it is woken.
 *
 * <p>A thread that waits on a socket cannot be woken. It therefore waits in slices of {@value
 * #SLICE_MILLIS} ms, after each of which it looks whether matters have become urgent. That is short
 * against any promotion, and twenty system calls a second are no load.
 *
 * <p>Where a session is refused for want of a connection (53300) and this monitor has one, it gives
 * that up: {@link #yieldConnection}. For {@value #SCARCE_MINUTES} minutes it then keeps none in
 * quiet times. It opens one every {@value #SCARCE_LOOK_SECONDS} s, asks, and closes it; a login
 * that is refused because there are too many says as well that the server is there.
 *
 * <p>In quiet times it asks, once on each connection and every minute, what the server has to offer
 * ({@link CapabilitiesQuery}), and has new logins tried: {@link LoginChecks}.
 *
 * <p>Behind a pooler it leaves nothing behind in the server's session: it sets nothing anyway
 * ({@link Question}), and there it does not LISTEN either.
 *
 * <p>The connection belongs to the thread; {@link #wake}, {@link #check}, {@link #yieldConnection}
 * and {@link #stop} may be called by any.
 */
final class EndpointMonitor {

  private static final Logger log = LoggerFactory.getLogger(EndpointMonitor.class);

  static final int SLICE_MILLIS = 50;
  static final int LONGEST_POLL_MILLIS = 1000;
  static final int SCARCE_MINUTES = 5;
  static final int SCARCE_LOOK_SECONDS = 5;

  private static final Duration SCARCE = Duration.ofMinutes(SCARCE_MINUTES);
  private static final Duration SCARCE_LOOK = Duration.ofSeconds(SCARCE_LOOK_SECONDS);
  private static final Duration SLICE = Duration.ofMillis(SLICE_MILLIS);
  private static final Duration FIRST_POLL = Duration.ofMillis(20);
  private static final Duration LONGEST_POLL = Duration.ofMillis(LONGEST_POLL_MILLIS);

  /** How often a standby is asked for all that is to know, at most, while there is no writer. */
  private static final Duration URGENT_STATUS = Duration.ofSeconds(1);

  /** After this long the server is asked again what it has to offer: settings and extensions. */
  private static final Duration CAPABILITIES_AGE = Duration.ofMinutes(1);

  /** How long a server that refuses to wait for its promotion is not asked to again. */
  private static final Duration NO_WAITING = Duration.ofMinutes(1);

  /** What a server says that ends a session because it was idle for long (57P05). */
  private static final String IDLE_SESSION_TIMEOUT = "57P05";

  private final Endpoint endpoint;
  private final ClusterSettings settings;
  private final Probe probe;
  private final SharedConnector connector;
  private final AbortableConnection connection;
  private final ServerAtAddress server;
  private final Runnable secondLook;
  private final LoginChecks loginChecks;
  private final MonitoredCluster cluster;
  private final Environment environment;
  private final ConnectPauses connectPauses;
  private final Backoff polls;
  private final SecondLooks secondLooks;
  private final CutoverReading cutoverReading;
  private final UnexpectedFailures unexpected;
  private final WakeUpSignal wakeUp = new WakeUpSignal();
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile boolean firstLookIsOver;
  private volatile boolean stopped;
  private volatile boolean checkRequested;

  /** When connections of the server were scarce; null if they never were. */
  private volatile @Nullable Long scarceAt;

  // All below are used by the thread only.

  private long askedAt;
  private boolean wasUrgent;
  private long urgentSince;

  /** When the connection was begun, in the sequence of the cluster. */
  private long connectionBegun;

  private boolean standby;

  /** When the server that answered last was started. */
  private Instant startedAt = Instant.EPOCH;

  /** When the server was asked what it has to offer; null if not on this connection. */
  private @Nullable Long capabilitiesAskedAt;

  /** The server process that answered last. */
  private volatile int answering;

  private boolean pooled;
  private boolean poolerTold;
  private boolean listening;

  /** When the server refused to wait for its promotion; null if it did not. */
  private @Nullable Long waitRefusedAt;

  /** Why the last connection was given up although its server may be well; null if it was not. */
  private @Nullable SQLException untold;

  /**
   * Makes a monitor.
   *
   * @param server which server is at the endpoint, to be shared with what else connects there
   * @param secondLook looks on a new connection whether it is another one; does not block
   * @param loginChecks when to do so in quiet times
   */
  EndpointMonitor(
      Endpoint endpoint,
      ClusterSettings settings,
      Probe probe,
      SharedConnector connector,
      ServerAtAddress server,
      Runnable secondLook,
      LoginChecks loginChecks,
      MonitoredCluster cluster,
      Environment environment) {
    this.endpoint = endpoint;
    this.settings = settings;
    this.probe = probe;
    this.connector = connector;
    this.connection = new AbortableConnection(connector);
    this.server = server;
    this.secondLook = secondLook;
    this.loginChecks = loginChecks;
    this.cluster = cluster;
    this.environment = environment;
    this.connectPauses = new ConnectPauses(environment.random(), settings.topologyRefresh());
    this.polls = new Backoff(environment.random(), FIRST_POLL);
    this.unexpected = new UnexpectedFailures("The monitor of " + endpoint);
    this.cutoverReading = new CutoverReading(endpoint, probe);
    this.secondLooks = new SecondLooks(environment.random(), settings.topologyRefresh());
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

  /** Lets the monitor ask on the connection it has, within a slice, or a wait for a promotion. */
  void check() {
    checkRequested = true;
    wakeUp.signal();
  }

  /**
   * Gives up the connection, if there is one, for a session that was refused one more; within a
   * slice, or a wait for a promotion. One that is being opened counts, as it does for the server.
   *
   * @return whether there was one, or connections were scarce before: then a look of this monitor,
   *     or a session that has just been closed, may have had the one that was wanted
   */
  boolean yieldConnection() {
    if (!connection.mayBeCounted()) {
      return areConnectionsScarce();
    }
    scarceAt = now();
    wakeUp.signal();
    return true;
  }

  /** The server process that it talks to; empty if to none. For any thread, and only a hint. */
  OptionalInt watcher() {
    return connection.current() == null ? OptionalInt.empty() : OptionalInt.of(answering);
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
        try {
          step();
        } catch (RuntimeException | Error failure) {
          unexpected.tell(failure);
          connection.close(); // In whatever state it is.
          wakeUp.pause(UnexpectedFailures.REST);
        }
      }
    } catch (InterruptedException ended) {
      log.debug("The monitor of {} was interrupted and ends", endpoint);
    } finally {
      connection.close();
    }
  }

  private void step() throws InterruptedException {
    boolean urgent = cluster.isUrgent() || (standby && cluster.expectsPromotion());
    if (urgent && !wasUrgent) {
      connectPauses.hurry();
      polls.reset();
      urgentSince = now();
      secondLooks.begin(urgentSince);
    }
    wasUrgent = urgent;
    Connection current = connection.current();
    if (current == null) {
      connect();
    } else if (areCapabilitiesDue(urgent)) {
      askForCapabilities(current);
    } else if (urgent) {
      hurry(current);
    } else if (!settings.keepsConnections()) {
      release();
      wakeUp.pause();
    } else if (areConnectionsScarce()) {
      release();
      wakeUp.pause(SCARCE_LOOK);
    } else if (loginChecks.isDue(now())) {
      secondLook.run();
    } else if (checkRequested || nanosUntilHeartbeat() <= 0) {
      ask(current);
    } else {
      listen(current);
    }
  }

  private boolean areConnectionsScarce() {
    Long since = scarceAt;
    return since != null && now() - since < SCARCE.toNanos();
  }

  /** From now on a new connection that finds nobody is proof enough that nobody is there. */
  private void release() {
    connection.close();
    cluster.observe(endpoint, new Observation.Released(cluster.nextSequence()));
  }

  private long now() {
    return environment.nanoTime().getAsLong();
  }

  // ---- without a connection

  private void connect() throws InterruptedException {
    int news = connector.news();
    SQLException failure = tryToConnect();
    if (failure == null) {
      connectPauses.reset();
      return;
    }
    ConnectPauses.Outcome outcome = ConnectPauses.Outcome.of(failure);
    if (outcome != ConnectPauses.Outcome.NOBODY) {
      restAfterRefusal(outcome, news);
    }
    if (!settings.keepsConnections() && !cluster.isUrgent()) {
      wakeUp.pause();
    } else if (outcome == ConnectPauses.Outcome.NOBODY) {
      wakeUp.pause(connectPauses.next(outcome, cluster.isUrgent()));
    }
  }

  /** Rests, whoever wakes it, until the pause is over or there are other credentials to try. */
  private void restAfterRefusal(ConnectPauses.Outcome outcome, int news)
      throws InterruptedException {
    long since = now();
    Duration pause = connectPauses.next(outcome, cluster.isUrgent());
    while (!stopped) {
      if (connector.news() != news) {
        connectPauses.reset();
        return;
      }
      Duration longest = ConnectPauses.longest(outcome, cluster.isUrgent());
      Duration left =
          (pause.compareTo(longest) < 0 ? pause : longest).minus(Duration.ofNanos(now() - since));
      if (left.isNegative() || left.isZero()) {
        return;
      }
      wakeUp.pause(left);
    }
  }

  /** Returns why there is no connection; null if there is one, or is to be tried for at once. */
  private @Nullable SQLException tryToConnect() {
    long sequence = cluster.nextSequence();
    boolean held = false;
    try {
      Connection opened = probe.open(connection);
      askedAt = now();
      Answer answer = probe.askFirst(opened);
      cluster.measured(endpoint, now() - askedAt);
      connectionBegun = sequence;
      pooled = false;
      listening = false;
      capabilitiesAskedAt = null;
      take(opened, answer);
      held = true;
      firstLookIsOver = true;
      untold = null;
      observe(sequence, answer.status());
      return null;
    } catch (SQLException failure) {
      failed(sequence, failure);
      return failure;
    } catch (RuntimeException failure) {
      SQLException unexpected = Probe.unexpected(failure);
      failed(sequence, unexpected);
      return unexpected;
    } finally {
      if (!held) {
        connection.close();
      }
    }
  }

  /** What fails because the monitor is stopped says nothing of the server. */
  private void failed(long sequence, SQLException failure) {
    firstLookIsOver = true;
    SQLException before = untold;
    untold = null;
    if (stopped) {
      return;
    }
    if (before != null) {
      cluster.observe(endpoint, new Observation.ConnectionLost(sequence, before));
    }
    cluster.observe(endpoint, Probe.failed(sequence, failure, connection));
  }

  // ---- while there is no writer

  private void hurry(Connection current) throws InterruptedException {
    if (standby && secondLooks.isDue(now(), cluster.mayLeadToWriter(endpoint))) {
      secondLook.run();
    }
    if (checkRequested || isUrgentStatusDue()) {
      ask(current);
    } else if (standby && !pooled && waits()) {
      awaitPromotion(current);
    } else {
      wakeUp.pause(polls.next(LONGEST_POLL));
      if (standby && !checkRequested) {
        askWhetherStandby(current, probe::isStandby);
      } else {
        ask(current);
      }
    }
  }

  /** A server that takes writes, and is not the writer, is asked after each pause anyway. */
  private boolean isUrgentStatusDue() {
    return standby
        && now() - askedAt >= AnswerTimes.longer(settings.heartbeat(), URGENT_STATUS).toNanos();
  }

  private boolean waits() {
    Long refusedAt = waitRefusedAt;
    return refusedAt == null || now() - refusedAt >= NO_WAITING.toNanos();
  }

  private void awaitPromotion(Connection current) {
    askWhetherStandby(
        current,
        asked -> {
          try {
            return probe.awaitPromotion(asked, Duration.ofNanos(now() - urgentSince));
          } catch (SQLException failure) {
            if (FailureKind.of(failure) != FailureKind.REFUSED) {
              throw failure;
            }
            log.debug("{} does not wait for its promotion", endpoint, failure);
            waitRefusedAt = now();
            return true; // If the connection did not survive that, the next question shows it.
          }
        });
  }

  /** A question of which the answer is whether the server is still a standby. */
  private interface Standing {
    boolean isStandby(Connection asked) throws SQLException;
  }

  private void askWhetherStandby(Connection current, Standing question) {
    long sequence = cluster.nextSequence();
    try {
      if (question.isStandby(current)) {
        return;
      }
    } catch (SQLException failure) {
      lost(sequence, failure);
      return;
    } catch (RuntimeException failure) {
      lost(sequence, Probe.unexpected(failure));
      return;
    }
    ask(current);
  }

  // ---- with a connection

  private void ask(Connection current) {
    checkRequested = false;
    long sequence = cluster.nextSequence();
    askedAt = now();
    Answer answer;
    try {
      answer = probe.ask(current);
      cluster.measured(endpoint, now() - askedAt);
      take(current, answer);
    } catch (SQLException failure) {
      lost(sequence, failure);
      return;
    } catch (RuntimeException failure) {
      lost(sequence, Probe.unexpected(failure));
      return;
    }
    observe(sequence, answer.status());
  }

  private void take(Connection current, Answer answer) throws SQLException {
    standby = answer.status().standby();
    startedAt = answer.status().startedAt();
    answering = answer.processId();
    noticePooler(current, answer.processId());
    CutoverNotice notice = answer.cutover() ? cutoverReading.read(current) : null;
    if (notice != null) {
      cluster.cutover(answer.status(), notice);
    }
    // Only a server that takes writes accepts LISTEN.
    if (!listening && !standby && !pooled && !areConnectionsScarce()) {
      StatusQuery.listen(current);
      listening = true;
    }
  }

  private void noticePooler(Connection current, int answering) throws SQLException {
    if (!connection.isServedByAnother(answering)) {
      return;
    }
    pooled = true;
    if (!poolerTold) {
      poolerTold = true;
      log.warn(
          "There is a pooler at {}: the start of a connection named the process {}, and process {}"
              + " answers on it. What is sent to the channel \"baton\" is not heard through it, and"
              + " a promotion behind it is noticed up to {} ms late. See docs/guide/poolers.md",
          endpoint,
          connector.backendProcessId(current).orElse(0),
          answering,
          LONGEST_POLL_MILLIS);
    }
  }

  private void observe(long sequence, ServerStatus status) {
    Verdict verdict = server.judge(connectionBegun, status);
    if (verdict == Verdict.FORMER) {
      log.debug("The connection to {} does not lead to the server that is there now", endpoint);
      leave(new SQLException("the address leads to another server now", "08003"));
      return;
    }
    // That there is another server is news, whatever was found out while the answer was under way.
    long asOf = verdict == Verdict.NEW ? cluster.nextSequence() : sequence;
    cluster.observe(endpoint, new Observation.Answered(asOf, status, true, pooled));
  }

  /** In a hurry, only a standby is asked for them, which sessions may be waiting for. */
  private boolean areCapabilitiesDue(boolean urgent) {
    Long asked = capabilitiesAskedAt;
    return asked == null
        ? !urgent || standby
        : !urgent && now() - asked >= CAPABILITIES_AGE.toNanos();
  }

  /** They are asked behind the first look, which nobody is to wait longer for. */
  private void askForCapabilities(Connection current) {
    capabilitiesAskedAt = now();
    long sequence = cluster.nextSequence();
    Capabilities told;
    try {
      told = probe.capabilities(current, startedAt);
    } catch (SQLException failure) {
      if (FailureKind.of(failure) != FailureKind.REFUSED) {
        lost(sequence, failure);
        return;
      }
      log.debug("{} does not tell what it has to offer", endpoint, failure);
      told = Capabilities.untold(startedAt);
    } catch (RuntimeException failure) {
      lost(sequence, Probe.unexpected(failure));
      return;
    }
    cluster.told(endpoint, told);
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
    return settings.heartbeat().toNanos() - (now() - askedAt);
  }

  /** The connection is of no use any more; the next step opens a new one without a pause. */
  private void lost(long sequence, SQLException failure) {
    if (IDLE_SESSION_TIMEOUT.equals(failure.getSQLState())) {
      leave(failure);
      return;
    }
    connection.close();
    if (stopped) {
      return;
    }
    log.debug("Lost the monitor's connection to {}", endpoint, failure);
    connectPauses.hurry();
    cluster.observe(
        endpoint,
        FailureKind.of(failure) == FailureKind.SILENT
            ? new Observation.Silent(sequence, failure, true)
            : new Observation.ConnectionLost(sequence, failure));
  }

  /**
   * The connection is exchanged for a new one by the next step, which is no loss unless that fails.
   */
  private void leave(SQLException reason) {
    connection.close();
    connectPauses.hurry();
    untold = reason;
  }
}
