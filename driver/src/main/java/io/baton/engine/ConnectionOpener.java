package io.baton.engine;

import io.baton.failover.Deadline;
import io.baton.failover.DeadlineGuard;
import io.baton.failover.Failure;
import io.baton.failover.Recovery;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Limit;
import io.baton.failover.WriterElsewhere;
import io.baton.failover.outcome.ServerInstance;
import io.baton.jdbc.options.SessionTarget;
import io.baton.jdbc.pgjdbc.Opening;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.Cluster;
import io.baton.routing.Registration;
import io.baton.routing.admission.Admission;
import io.baton.routing.admission.Patience;
import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.cutover.CutoverStage;
import io.baton.routing.cutover.Cutovers;
import io.baton.routing.monitor.ReservedSlots;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.FailureKind;
import io.baton.routing.topology.FailureReport;
import io.baton.routing.topology.Role;
import io.baton.routing.topology.Topology;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the connections of sessions: on the writer that there is, on a reader, on a server that is
 * named.
 *
 * <p>Thread-safe.
 */
final class ConnectionOpener implements Recovery.Opener<SessionConnection> {

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionOpener.class);

  /** How long a connection that the monitor gives up may take to be free. */
  private static final Duration YIELDED_WITHIN = Duration.ofSeconds(2);

  /** The same of a cluster that was closed just before; an attempt under way may end later. */
  private static final Duration LEFT_WITHIN = Duration.ofMillis(300);

  private static final long FIRST_PAUSE_NANOS = 60_000_000;
  private static final long LONGEST_PAUSE_NANOS = 240_000_000;
  private static final Duration LONGEST_WAIT_FOR_A_READER = Duration.ofMillis(250);
  private static final Duration LONGEST_WAIT_TO_BEGIN = Duration.ofSeconds(1);

  private final ClusterHandle handle;
  private final IntSupplier callsToRepeat;
  private final BooleanSupplier isBeginningKnown;
  private final Cluster cluster;
  private final CutoverRest rest;
  private final Recovery<SessionConnection> recovery;
  private final SessionReaders readers;
  private final ServerCheck check;
  private final SessionData data;

  /** Whether the first connection of the session is there. */
  private boolean begun;

  /**
   * Makes the opener of one session.
   *
   * @param callsToRepeat how many calls of its open transaction are to be run again, which says
   *     whose turn it is where many want to log in; asked during its calls
   * @param isBeginningKnown whether it is known what the session began with, so that it can be told
   *     from what a connection that was opened before began with
   */
  ConnectionOpener(
      ClusterHandle handle, IntSupplier callsToRepeat, BooleanSupplier isBeginningKnown) {
    this.handle = handle;
    this.callsToRepeat = callsToRepeat;
    this.isBeginningKnown = isBeginningKnown;
    this.cluster = handle.cluster();
    this.rest = new CutoverRest(cluster);
    this.check = new ServerCheck(handle);
    this.data = new SessionData(cluster.cutovers());
    this.recovery = new Recovery<>(cluster, this);
    this.readers =
        new SessionReaders(
            handle.url(),
            cluster,
            handle.readerChoices(),
            (reader, limits) -> open(reader, limits, false));
  }

  /** Where its session waits for a cut over. */
  CutoverRest rest() {
    return rest;
  }

  /** Whether its connections lead to the servers that they are meant to lead to. */
  ServerCheck check() {
    return check;
  }

  /** The cluster of data that its session is of. */
  SessionData data() {
    return data;
  }

  /** The servers to read from. */
  SessionReaders readers() {
    return readers;
  }

  /** The limits of a recovery that begins now: {@code baton.failoverTimeout}. */
  RecoveryLimits limits() {
    return RecoveryLimits.of(Limit.FAILOVER_TIMEOUT, within(handle.failoverTimeout()));
  }

  /** A deadline that lies this far ahead. */
  static Deadline within(Duration duration) {
    return Deadline.after(duration, System::nanoTime);
  }

  /** A deadline at a point of {@link System#nanoTime}. */
  static Deadline at(long nanos) {
    return new Deadline(System::nanoTime, nanos);
  }

  /** Tells the cluster that a connection was lost. */
  FailureReport report(SessionConnection lost, SQLException failure) {
    Endpoint endpoint = lost.physical().endpoint();
    if (!lost.isOnWriter()) {
      cluster.load(endpoint).reliability().lost();
    }
    return cluster.reportFailure(endpoint, failure);
  }

  /**
   * Opens the first connection of a session.
   *
   * <p>A server that is starting, or a standby without a writer, may be in the middle of a failover
   * and is waited for. Where no server answers and none ever did, there is nothing to wait for. A
   * session that may be on a reader ({@code baton.target}) need not wait for a writer.
   *
   * @throws SQLException what a server said, untouched; or that there is none
   */
  SessionConnection openFirst() throws SQLException {
    RecoveryLimits limits = connectLimits();
    try {
      Topology topology = cluster.awaitFirstRound(limits.remaining());
      if (!topology.hasWriter() && !isReaderEnough()) {
        refuseWithoutHope(topology, limits);
      }
      for (; ; ) {
        Optional<SessionConnection> reader = awaitReaderIfMeant(limits);
        if (reader.isPresent()) {
          begun = true;
          return reader.get();
        }
        Recovery.Result<SessionConnection> result =
            recovery.connect(null, limits, this::isReaderEnough);
        if (result instanceof Recovery.Connected<SessionConnection> || limits.isOver()) {
          begun = true;
          return NoServerFound.unlessConnected(result);
        }
      }
    } catch (InterruptedException interrupted) {
      throw NoServerFound.interrupted(interrupted);
    }
  }

  private RecoveryLimits connectLimits() {
    Duration login = handle.url().loginTimeout();
    RecoveryLimits limits = limits();
    return login.isZero() ? limits : limits.and(Limit.LOGIN_TIMEOUT, within(login));
  }

  /**
   * A connection to a reader for a session that is meant to be on one, or may be while there is no
   * writer.
   *
   * @return empty as soon as the session is to be on the writer
   */
  private Optional<SessionConnection> awaitReaderIfMeant(RecoveryLimits limits)
      throws RebuildRefused, InterruptedException {
    SessionTarget target = handle.sessionTarget();
    while (target == SessionTarget.READER || (target == SessionTarget.ANY && !handle.hasWriter())) {
      Optional<SessionConnection> reader = readers.open(limits);
      if (reader.isPresent() || handle.hasWriter() || limits.isOver() || !readers.exist()) {
        return reader;
      }
      Topology tried = cluster.topology();
      cluster.awaitTopology(
          topology -> topology.hasWriter() || !topology.readers().equals(tried.readers()),
          limits.remaining());
    }
    return Optional.empty();
  }

  /** Whether a session may begin on a reader, and there is one, and no writer. */
  private boolean isReaderEnough() {
    return handle.sessionTarget() != SessionTarget.WRITER && !handle.hasWriter() && readers.exist();
  }

  private void refuseWithoutHope(Topology topology, RecoveryLimits limits) throws SQLException {
    SQLException first = null;
    boolean anyAnswer = topology.systemIdentifier().isPresent() || !topology.isComplete();
    for (EndpointState state : Recovery.standbysLast(topology.endpoints())) {
      SQLException failure = state.failure();
      if (failure == null) {
        continue;
      }
      if (isToBeTold(failure) && endsSearch(failure, state.endpoint(), topology)) {
        // Asked once more, for an error of its own with its own stack.
        open(state.endpoint(), limits, true).leave();
        return; // It has changed its mind: its monitor is going to hear that, too.
      }
      anyAnswer |= state.isSilent();
      anyAnswer |= failure.getSQLState() != null && !failure.getSQLState().startsWith("08");
      first = joined(first, failure);
    }
    if (!anyAnswer) {
      tellWhatTheEncryptionLacks(topology, limits);
      throw new NoServerFound(
          "No server answers at "
              + handle.url().displayText()
              + ". Check hosts, ports and firewalls, and that the servers run"
              + successorAccount(),
          topology.describe(),
          first);
    }
  }

  /**
   * Where all servers are there, and neither side accepts the other's certificate or the like, the
   * driver's own words say most: it is asked once more for them.
   */
  private void tellWhatTheEncryptionLacks(Topology topology, RecoveryLimits limits)
      throws SQLException {
    boolean isAll =
        topology.endpoints().stream()
            .map(EndpointState::failure)
            .allMatch(failure -> failure != null && FailureKind.isOfEncryption(failure));
    if (isAll) {
      open(topology.endpoints().get(0).endpoint(), limits, true).leave();
    }
  }

  private String successorAccount() {
    String account = cluster.successorAccount();
    return account.isEmpty()
        ? ""
        : ". Nor is it proved that baton.successor has taken their place: " + account;
  }

  private static SQLException joined(@Nullable SQLException first, SQLException next) {
    if (first == null) {
      return new SQLException(next.getMessage(), next.getSQLState(), next);
    }
    first.addSuppressed(next);
    return first;
  }

  /**
   * Opens a connection to the writer.
   *
   * @param since the report of the failure that made it necessary; null if there was none
   * @throws SQLException if there is no writer in time, or it refuses the login
   */
  SessionConnection openWriter(@Nullable FailureReport since, RecoveryLimits limits)
      throws SQLException {
    try {
      return NoServerFound.unlessConnected(recovery.connect(since, limits));
    } catch (InterruptedException interrupted) {
      limits.stop(Limit.INTERRUPTED);
      throw NoServerFound.interrupted(interrupted);
    }
  }

  /**
   * A wait for the next server of a session that may be on a reader.
   *
   * @param since the report of the failure that made it necessary; null if there was none
   * @param tried what was known when a first attempt at the readers began
   */
  NextServer nextServer(@Nullable FailureReport since, RecoveryLimits limits, Topology tried) {
    return new NextServer(cluster, recovery, readers, since, limits, tried);
  }

  /** What is known of the cluster now. */
  Topology topology() {
    return cluster.topology();
  }

  /**
   * Opens a connection for a session that is to leave another one.
   *
   * @param to where it is to go, null for any server that fits
   * @return empty if there is none
   * @throws SQLException if it cannot be reached, or takes no writes although it must: 25006
   */
  Optional<SessionConnection> openInsteadOf(
      SessionConnection leaving, @Nullable Endpoint to, RecoveryLimits limits) throws SQLException {
    Endpoint from = leaving.physical().endpoint();
    Topology topology = cluster.topology();
    CutoverNotice cutover = cluster.cutovers().present();
    if (to == null
        && cutover != null
        && cutover.stage() != CutoverStage.REHEARSED
        && cutover.stage() != CutoverStage.TAKEN_BACK
        && !cutover.successor().contains(from)) {
      return openAtSuccessor(cutover, topology, limits);
    }
    Optional<EndpointState> chosen;
    if (to != null) {
      chosen =
          topology
              .state(to)
              .filter(EndpointState::isUsable)
              .filter(
                  state ->
                      leaving.isOnWriter() || state.role() == Role.WRITER || readers.admit(state));
    } else if (leaving.isOnWriter()) {
      chosen =
          topology.endpoints().stream()
              .filter(EndpointState::isUsable)
              .filter(state -> state.role() == Role.WRITER && !state.endpoint().equals(from))
              .findFirst();
    } else {
      chosen =
          topology.readers().stream()
              .filter(state -> !state.endpoint().equals(from) && readers.admit(state))
              .findFirst();
    }
    if (chosen.isEmpty() || (leaving.isOnWriter() && chosen.get().role() != Role.WRITER)) {
      return Optional.empty();
    }
    EndpointState target = chosen.get();
    SessionConnection connection =
        open(target.endpoint(), limits, target.role() == Role.WRITER, Admission.LAST);
    if (leaving.isOnWriter() && isOnStandby(connection)) {
      connection.leave();
      throw new SQLException(target.endpoint() + " is a standby", "25006");
    }
    return Optional.of(connection);
  }

  /** Why there is no server to move a session to, for people. */
  String lackOfServers(SessionConnection leaving) {
    CutoverNotice cutover = cluster.cutovers().present();
    if (cutover == null || cutover.successor().contains(leaving.physical().endpoint())) {
      return "there is no other server that " + (leaving.isOnWriter() ? "takes writes" : "reads");
    }
    Topology topology = cluster.topology();
    return cutover.successor().stream()
        .map(one -> topology.state(one).map(EndpointState::describe).orElse(one + " is not known"))
        .collect(
            Collectors.joining("; ", "no server of the successor is known to take writes: ", ""));
  }

  /**
   * Opens a connection to the writer of the cluster that a cut over, or a rehearsal of one, leads
   * to; it is never used for the session.
   *
   * @return empty if it does not answer, or nothing is under way
   */
  Optional<SessionConnection> openToRehearse(RecoveryLimits limits) throws SQLException {
    CutoverNotice cutover = cluster.cutovers().present();
    return cutover == null
        ? Optional.empty()
        : openAtSuccessor(cutover, cluster.topology(), limits);
  }

  /**
   * Opens a connection to the writer of the cluster that sessions are cut over to.
   *
   * @return empty if it does not answer, or the cut over was taken back
   */
  private Optional<SessionConnection> openAtSuccessor(
      CutoverNotice cutover, Topology topology, RecoveryLimits limits) throws SQLException {
    Optional<Endpoint> writer =
        cutover.successor().stream()
            .map(topology::state)
            .flatMap(Optional::stream)
            .filter(state -> state.takesWrites() && state.abortReason() == null)
            .map(EndpointState::endpoint)
            .findFirst();
    if (writer.isEmpty() || cutover.stage() == CutoverStage.TAKEN_BACK) {
      return Optional.empty();
    }
    SessionConnection connection = open(writer.get(), limits, true, Admission.LAST);
    connection.awaitsOpeningOf(cutover.id());
    ServerInstance server = connection.knownInstance();
    if (server != null && !server.systemIdentifier().equals(String.valueOf(cutover.identifier()))) {
      connection.leave();
      throw new SQLException(
          writer.get() + " is not of the cluster that the cut over names", "08006");
    }
    return Optional.of(connection);
  }

  /** Opens a connection to a server that a statement names; empty if no session can read there. */
  Optional<SessionConnection> openNamed(Endpoint endpoint, RecoveryLimits limits)
      throws SQLException {
    Optional<EndpointState> named = cluster.topology().state(endpoint);
    return named.isEmpty() || named.get().role() != Role.READER || !named.get().isUsable()
        ? Optional.empty()
        : Optional.of(open(endpoint, limits, false));
  }

  @Override
  public SessionConnection open(Endpoint endpoint, RecoveryLimits limits) throws SQLException {
    return open(endpoint, limits, true);
  }

  /**
   * A session that has nothing to lose yet is told at once that a server is full, that its
   * certificate is not accepted, or what the options lack: the application, or its pool, knows best
   * what to do. One that has begun is told of what no time changes.
   */
  @Override
  public boolean isToBeTold(SQLException refused) {
    return begun
        ? refused instanceof RebuildRefused
            || !(Failure.isWorthAnotherAttemptLater(refused) || mayHaveAnotherSecret(refused))
        : FailureKind.isFull(refused)
            || FailureKind.isOfCertificate(refused)
            || !Failure.isWorthAnotherAttempt(refused);
  }

  /**
   * Monitors that are refused rest for long; the session asks what supplies its password more
   * often.
   */
  @Override
  public boolean isToBeTried(SQLException refused) {
    return begun && mayHaveAnotherSecret(refused);
  }

  private boolean mayHaveAnotherSecret(SQLException refused) {
    return handle.connector().mayHaveAnotherSecret(refused);
  }

  /** A refusal ends the opening of a session unless a server that was heard may be the writer. */
  @Override
  public boolean endsSearch(SQLException refused, Endpoint endpoint, Topology topology) {
    return Recovery.Opener.super.endsSearch(refused, endpoint, topology)
        || (!begun && !new WriterElsewhere(topology, endpoint).isPromising());
  }

  private SessionConnection open(Endpoint endpoint, RecoveryLimits limits, boolean onWriter)
      throws SQLException {
    return open(endpoint, limits, onWriter, Admission.rank(callsToRepeat.getAsInt()));
  }

  /** Opens a connection to a server of the session's own data: see {@link SessionData}. */
  private SessionConnection open(
      Endpoint endpoint, RecoveryLimits limits, boolean onWriter, int rank) throws SQLException {
    SessionConnection opened = openAnyData(endpoint, limits, onWriter, rank);
    try {
      data.refuseOther(opened);
    } catch (RebuildRefused refused) {
      opened.leave();
      throw refused;
    }
    return opened;
  }

  /**
   * Opens a connection. Where the writer has none left because the monitor has the last one, which
   * is so for a role with CONNECTION LIMIT 1, the monitor gives it up, as does what reads the
   * catalogue; where a cluster of this JVM has just closed its connections, their end is waited
   * for. Who is to read can do so elsewhere, and a session that is to be handed over can stay.
   */
  private SessionConnection openAnyData(
      Endpoint endpoint, RecoveryLimits limits, boolean onWriter, int rank) throws SQLException {
    if (onWriter && cluster.cutovers().newest() != null) {
      awaitCutover(endpoint, limits);
    }
    if (begun && onWriter && rank != Admission.LAST) {
      SessionConnection warm = warm(endpoint, limits);
      if (warm != null) {
        return warm;
      }
    }
    try {
      return admitted(endpoint, limits, onWriter, rank, patience(limits, onWriter));
    } catch (SQLException refused) {
      boolean isNeeded = onWriter && rank != Admission.LAST;
      Optional<ReservedSlots.Reservation> given =
          isNeeded && FailureKind.isFull(refused)
              ? cluster.yieldConnection(endpoint)
              : Optional.empty();
      if (given.isEmpty()
          && isNeeded
          && FailureKind.isFull(refused)
          && cluster.wasJustLeft(endpoint)) {
        return openGivenUp(endpoint, limits, onWriter, rank, within(LEFT_WITHIN));
      }
      if (given.isEmpty()) {
        throw refused;
      }
      ReservedSlots.Reservation reservation = given.get();
      try (reservation) {
        return openGivenUp(endpoint, limits, onWriter, rank, within(YIELDED_WITHIN));
      }
    }
  }

  /**
   * A connection to a standby that was opened before it was promoted.
   *
   * @return null if there is none, or if it is not proved to be as good as a new one: see {@link
   *     WarmConnections}
   */
  private @Nullable SessionConnection warm(Endpoint endpoint, RecoveryLimits limits) {
    WarmConnections.Share share = isBeginningKnown.getAsBoolean() ? handle.warm() : null;
    WarmConnection warm = share == null ? null : share.take(endpoint);
    if (warm == null) {
      return null;
    }
    SessionConnection connection =
        new SessionConnection(
            warm.begin(),
            cluster.register(endpoint, warm::giveUp),
            null,
            handle.kind(),
            handle.poolerNotice(),
            () -> cluster.topology().state(endpoint),
            fresh -> warm.baseline());
    DeadlineGuard guard =
        DeadlineGuard.abortAfter(
            WarmConnections.ANSWER_LIMIT, () -> warm.abort("the server does not answer"));
    boolean isGood = false;
    try (guard) {
      check.identify(connection, limits, warm::identity);
      EndpointState known = cluster.topology().state(endpoint).orElse(null);
      isGood =
          known != null && warm.leadsTo(connection.knownInstance(), known) && warm.isAsANewOne();
    } catch (SQLException gone) {
      LOG.debug("{} is not there any more: {}", warm, gone.getMessage());
    }
    if (isGood && !guard.fired()) {
      return connection;
    }
    connection.leave();
    return null;
  }

  /**
   * While a cut over holds transactions back, no session begins on the old side: it would begin
   * there with the fence for a default.
   *
   * @throws SQLException 08006 if the server was left meanwhile, so that another one is looked for;
   *     08001 if the cut over does not end in time
   */
  private void awaitCutover(Endpoint endpoint, RecoveryLimits limits) throws SQLException {
    Cutovers cutovers = cluster.cutovers();
    if (cutovers.isOfSuccessor(endpoint)) {
      return;
    }
    RecoveryLimits.Guard waking = limits.onStop(cluster::wakeWaiters);
    try (waking) {
      if (!rest.await(limits)) {
        throw new SQLException("A cut over to another cluster did not end in time", "08001");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw NoServerFound.interrupted(interrupted);
    }
    if (cutovers.isLeft(endpoint)) {
      throw new SQLException(endpoint + " was left for another cluster", "08006");
    }
  }

  /** A server process is gone a moment after its connection was closed. */
  private SessionConnection openGivenUp(
      Endpoint endpoint, RecoveryLimits limits, boolean onWriter, int rank, Deadline yielded)
      throws SQLException {
    for (long pause = FIRST_PAUSE_NANOS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS)) {
      LockSupport.parkNanos(Math.min(pause, limits.remaining().toNanos()));
      try {
        Duration longest = shorter(yielded.remaining(), half(limits.remaining()));
        return admitted(endpoint, limits, onWriter, rank, Patience.of(longest));
      } catch (SQLException refused) {
        if (!FailureKind.isFull(refused)
            || yielded.isOver()
            || limits.isOver()
            || limits.isStopped()) {
          throw refused;
        }
      }
    }
  }

  private SessionConnection admitted(
      Endpoint endpoint, RecoveryLimits limits, boolean onWriter, int rank, Patience patience)
      throws SQLException {
    Opening opening = handle.connector().opening(endpoint);
    Admission admission = cluster.admission();
    RecoveryLimits.Guard guard =
        limits.onStop(
            () -> {
              opening.abort("the call that needed it was stopped");
              admission.wake();
            });
    try (guard) {
      opening.askPassword(shorter(handle.connector().longestConnect(), limits.remaining()));
      Admission.Pass pass = admission.enter(endpoint, rank, patience, limits::isStopped);
      try (pass) {
        return begun && onWriter && rank != Admission.LAST
            ? inTurn(opening, () -> attempt(opening, endpoint, limits, true, pass))
            : attempt(opening, endpoint, limits, onWriter, pass);
      }
    }
  }

  /** An attempt to log in. */
  @FunctionalInterface
  private interface Attempt {
    SessionConnection make() throws SQLException;
  }

  /** Makes an attempt, unless it would be one too many with a password that was refused. */
  private SessionConnection inTurn(Opening opening, Attempt attempt) throws SQLException {
    RefusedSecrets secrets = handle.refusedSecrets();
    Object credentials = handle.connector().credentials();
    secrets.enter(credentials, opening.secret());
    try {
      return attempt.make();
    } catch (SQLException refused) {
      if (mayHaveAnotherSecret(refused)) {
        secrets.refused(credentials, opening.secret(), refused);
      }
      throw refused;
    }
  }

  /**
   * Half of the time is left for the login. Who is kept from a reader may read elsewhere, and a
   * session that begins hears soon that a server is full.
   */
  private Patience patience(RecoveryLimits limits, boolean onWriter) {
    Duration half = half(limits.remaining());
    if (!onWriter) {
      return Patience.of(shorter(half, LONGEST_WAIT_FOR_A_READER));
    }
    return new Patience(half, begun ? half : LONGEST_WAIT_TO_BEGIN);
  }

  /** Without the large decimals that {@link Duration} divides by, on the way of a recovery. */
  private static Duration half(Duration whole) {
    return Duration.ofNanos(whole.toNanos() / 2);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private SessionConnection attempt(
      Opening opening,
      Endpoint endpoint,
      RecoveryLimits limits,
      boolean onWriter,
      Admission.Pass pass)
      throws SQLException {
    Registration registration = cluster.register(endpoint, opening::giveUp);
    boolean isOpen = false;
    boolean isEarly = onWriter && !cluster.isSettled(); // Asked ahead of what is known.
    try {
      // Given up before the registration: then nothing else would tell it.
      cluster.topology().state(endpoint).map(EndpointState::abortReason).ifPresent(opening::abort);
      PhysicalConnection physical = opening.open(limits.remaining());
      pass.opened();
      handle.refusedSecrets().accepted(handle.connector().credentials());
      cluster.loginWorked(handle.connector());
      SessionConnection connection =
          new SessionConnection(
              physical,
              registration,
              onWriter ? null : cluster.load(endpoint),
              handle.kind(),
              handle.poolerNotice(),
              () -> cluster.topology().state(endpoint),
              handle.beginningAt(endpoint));
      if (isEarly) {
        connection.isOpenedEarly();
      }
      if (!onWriter) {
        check.reader(connection, limits);
      } else {
        check.writer(connection, limits, begun);
      }
      isOpen = true;
      return connection;
    } catch (SQLException refused) {
      pass.failed(refused);
      throw refused;
    } finally {
      if (!isOpen) {
        registration.close();
        opening.abort("it could not be opened for the session");
      }
    }
  }

  @Override
  public boolean isOnStandby(SessionConnection connection) {
    return connection.isOnStandby();
  }

  @Override
  public void discard(SessionConnection connection) {
    connection.leave();
  }
}
