package io.baton.jdbc;

import io.baton.BatonException.Interruption;
import io.baton.BatonException.Outcome;
import io.baton.NoServerException;
import io.baton.failover.Deadline;
import io.baton.failover.Failure;
import io.baton.failover.HandOvers;
import io.baton.failover.Recovery;
import io.baton.failover.ReplayGate;
import io.baton.failover.keys.SequenceMarks;
import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.options.SessionTarget;
import io.baton.jdbc.pgjdbc.Opening;
import io.baton.jdbc.pgjdbc.PgConnector;
import io.baton.routing.Cluster;
import io.baton.routing.ClusterKey;
import io.baton.routing.ClusterLease;
import io.baton.routing.ClusterRegistry;
import io.baton.routing.Registration;
import io.baton.routing.consistency.CausalClock;
import io.baton.routing.select.EndpointLoad;
import io.baton.routing.select.RouteDecision;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.FailureReport;
import io.baton.routing.topology.Role;
import io.baton.routing.topology.ServerKind;
import io.baton.routing.topology.Topology;
import io.baton.session.ProtectionTotals;
import io.baton.session.catalogue.FunctionCatalogue;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The servers of a cluster as one logical connection reaches them: it opens seats there, and holds
 * a share of the cluster until it is closed.
 *
 * <p>Thread-safe.
 */
final class Servers implements AutoCloseable, Recovery.Opener<Seat> {

  private final BatonUrl url;
  private final PgConnector connector;
  private final ClusterLease lease;
  private final Cluster cluster;
  private final Recovery<Seat> recovery;
  private final Duration failoverTimeout;
  private final Duration consistencyWait;
  private final SessionTarget target;
  private final @Nullable CausalClock clock;
  private final SessionReaders readers;

  private Servers(BatonUrl url, PgConnector connector, ClusterLease lease) {
    this.url = url;
    this.connector = connector;
    this.lease = lease;
    this.cluster = lease.cluster();
    this.recovery = new Recovery<>(cluster, this);
    this.failoverTimeout = url.option(BatonOption.FAILOVER_TIMEOUT);
    this.consistencyWait = url.option(BatonOption.CONSISTENCY_WAIT);
    this.target = url.option(BatonOption.TARGET);
    this.clock =
        switch (url.option(BatonOption.CONSISTENCY)) {
          case PROCESS -> ClusterRegistry.shared().clock(url.endpoints());
          case SESSION -> new CausalClock();
          case EVENTUAL -> null;
        };
    this.readers =
        new SessionReaders(url, cluster, (reader, timeout) -> open(reader, timeout, false));
  }

  /** The servers that a URL names; holds a share of their cluster. */
  static Servers of(BatonUrl url) {
    PgConnector connector = new PgConnector(url::pgUrl, url.pgProperties());
    return new Servers(url, connector, lease(url, connector));
  }

  /** A share of the cluster that a URL names. */
  static ClusterLease lease(BatonUrl url) {
    return lease(url, new PgConnector(url::pgUrl, url.pgProperties()));
  }

  private static ClusterLease lease(BatonUrl url, PgConnector connector) {
    ClusterSettings settings =
        new ClusterSettings(
            url.endpoints(),
            url.option(BatonOption.HEARTBEAT),
            url.option(BatonOption.TOPOLOGY_REFRESH),
            url.option(BatonOption.FAILOVER_TIMEOUT),
            EndpointSources.kind(url));
    return ClusterRegistry.shared()
        .acquire(key(url), settings, connector, EndpointSources.of(url, connector));
  }

  /** What makes two URLs name one cluster, as one user: all but how long one may wait. */
  private static ClusterKey key(BatonUrl url) {
    Properties properties = url.pgProperties();
    properties.remove("loginTimeout");
    Map<String, String> identity = new HashMap<>();
    properties.stringPropertyNames().forEach(n -> identity.put(n, properties.getProperty(n)));
    identity.put("database", url.database());
    identity.put(BatonOption.TOPOLOGY.name(), EndpointSources.identity(url));
    return new ClusterKey(url.endpoints(), identity);
  }

  /** What is known of the functions of the database, shared by its sessions. */
  FunctionCatalogue catalogue() {
    return cluster.attachment(FunctionCatalogue.class, FunctionCatalogue::new);
  }

  /** How the calls of all sessions of the cluster were covered. */
  ProtectionTotals protection() {
    return cluster.attachment(ProtectionTotals.class, ProtectionTotals::new);
  }

  /** What moves the cluster's sessions on request. */
  HandOvers handOvers() {
    HandOvers handOvers = cluster.attachment(HandOvers.class, () -> new HandOvers(cluster));
    handOvers.timeout(url.option(BatonOption.DRAIN_TIMEOUT));
    cluster.attachment(ClusterManagement.class, () -> ClusterManagement.show(cluster, handOvers));
    return handOvers;
  }

  /** What is known of the sequences of the database, shared by its sessions. */
  SequenceMarks sequenceMarks() {
    return cluster.attachment(SequenceMarks.class, SequenceMarks::new);
  }

  /** Where sessions wait for the replays of others. */
  ReplayGate replayGate() {
    return cluster.attachment(ReplayGate.class, ReplayGate::new);
  }

  BatonUrl url() {
    return url;
  }

  Duration failoverTimeout() {
    return failoverTimeout;
  }

  /** A deadline that lies this far ahead. */
  Deadline within(Duration duration) {
    return Deadline.after(duration, System::nanoTime);
  }

  /** Tells the cluster that a connection was lost. */
  FailureReport report(Seat lost, SQLException failure) {
    if (!lost.isOnWriter()) {
      cluster.load(lost.physical().endpoint()).reliability().lost();
    }
    return cluster.reportFailure(lost.physical().endpoint(), failure);
  }

  /**
   * Opens the first seat of a session.
   *
   * <p>A server that is starting, or a standby without a writer, may be in the middle of a failover
   * and is waited for. Where nobody answers and never did, there is nothing to wait for. A session
   * that may be on a reader ({@code baton.target}) need not wait for a writer.
   */
  Seat openFirst() throws SQLException {
    Deadline deadline = within(connectTimeout());
    try {
      Topology topology = cluster.awaitFirstRound(deadline.remaining());
      if (!topology.hasWriter()) {
        refuseWithoutHope(topology, deadline);
      }
      Optional<Seat> reader = awaitReaderIfMeant(deadline);
      return reader.isPresent()
          ? reader.get()
          : seated(recovery.connect(null, deadline), Outcome.NOT_COMMITTED, null);
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted, null);
    }
  }

  /**
   * A seat on a reader for a session that is meant to be on one, or may be while there is no
   * writer.
   *
   * @return empty as soon as the session is to be on the writer
   */
  private Optional<Seat> awaitReaderIfMeant(Deadline deadline) throws InterruptedException {
    while (target == SessionTarget.READER || (target == SessionTarget.ANY && !hasWriter())) {
      Optional<Seat> reader = readers.open(deadline);
      if (reader.isPresent() || hasWriter() || deadline.isOver()) {
        return reader;
      }
      Topology tried = cluster.topology();
      cluster.awaitTopology(
          topology -> topology.hasWriter() || !topology.readers().equals(tried.readers()),
          deadline.remaining());
    }
    return Optional.empty();
  }

  /** Whether there is a server that takes writes, as far as is known. */
  boolean hasWriter() {
    return cluster.topology().hasWriter();
  }

  /** The servers to read from. */
  SessionReaders readers() {
    return readers;
  }

  /** Where a statement is to run of which nothing else is said. */
  RouteDecision target() {
    return switch (target) {
      case WRITER -> RouteDecision.TO_WRITER;
      case READER -> RouteDecision.TO_READER;
      case ANY -> RouteDecision.TO_ANY;
    };
  }

  private Duration connectTimeout() {
    Duration login = url.loginTimeout();
    if (login.isZero()) {
      login = Duration.ofSeconds(DriverManager.getLoginTimeout());
    }
    return login.isZero() || login.compareTo(failoverTimeout) > 0 ? failoverTimeout : login;
  }

  private void refuseWithoutHope(Topology topology, Deadline deadline) throws SQLException {
    SQLException first = null;
    boolean anybody = topology.systemIdentifier().isPresent() || !topology.isComplete();
    for (EndpointState state : topology.endpoints()) {
      SQLException failure = state.failure();
      if (failure == null) {
        continue;
      }
      if (!Failure.isWorthAnotherAttempt(failure)) {
        // Asked once more, for an error of its own with its own stack.
        connector.opening(state.endpoint(), deadline.remaining()).open().close();
      }
      anybody |= state.isSilent();
      anybody |= failure.getSQLState() != null && !failure.getSQLState().startsWith("08");
      first = joined(first, failure);
    }
    if (!anybody) {
      throw noServer(
          "No server answers at "
              + url.displayText()
              + ". Check hosts, ports and firewalls, and that the servers run",
          topology.describe(),
          first,
          Outcome.NOT_COMMITTED,
          null);
    }
  }

  private static SQLException joined(@Nullable SQLException first, SQLException next) {
    if (first == null) {
      return new SQLException(next.getMessage(), next.getSQLState(), next);
    }
    first.addSuppressed(next);
    return first;
  }

  /**
   * Opens a seat on the writer that there is after a failure.
   *
   * @param outcome what is known of the interrupted work, for the error if there is no writer
   */
  Seat openAfter(FailureReport report, Seat lost, Outcome outcome, Deadline deadline)
      throws SQLException {
    String left = lost.physical().endpoint().toString();
    try {
      return seated(recovery.connect(report, deadline), outcome, left);
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted, left);
    }
  }

  /** Opens a seat on the writer as it is known. */
  Seat openWriter(Deadline deadline) throws SQLException {
    try {
      return seated(recovery.connect(null, deadline), Outcome.NOT_COMMITTED, null);
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted, null);
    }
  }

  /**
   * Opens a seat for a session that is to leave another one.
   *
   * @param to where it is to go, null for any server that is right
   * @return empty if there is none
   * @throws SQLException if it cannot be reached, or takes no writes although it must
   */
  Optional<Seat> openInsteadOf(Seat leaving, @Nullable Endpoint to, Deadline deadline)
      throws SQLException {
    Endpoint from = leaving.physical().endpoint();
    Topology topology = cluster.topology();
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
    Seat seat = open(target.endpoint(), deadline.remaining(), target.role() == Role.WRITER);
    if (leaving.isOnWriter() && isOnStandby(seat)) {
      seat.leave();
      return Optional.empty();
    }
    return Optional.of(seat);
  }

  /** Opens a seat on a server that a statement names; empty if no session can read there. */
  Optional<Seat> openNamed(Endpoint endpoint, Deadline deadline) throws SQLException {
    Optional<EndpointState> named = cluster.topology().state(endpoint);
    return named.isEmpty() || named.get().role() != Role.READER || !named.get().isUsable()
        ? Optional.empty()
        : Optional.of(open(endpoint, deadline.remaining(), false));
  }

  /** Whether the writer, as it is known, is at this endpoint. */
  boolean isWriter(Endpoint endpoint) {
    return cluster
        .topology()
        .writer()
        .filter(writer -> writer.endpoint().equals(endpoint))
        .isPresent();
  }

  /** The highest timeline that a server of the cluster has shown; 0 if none has. */
  long timeline() {
    return cluster.topology().timeline();
  }

  /** The endpoints there are. */
  List<Endpoint> endpoints() {
    return cluster.topology().endpoints().stream().map(EndpointState::endpoint).toList();
  }

  /** What readers must have reached; null if they may show whatever they have. */
  @Nullable CausalClock clock() {
    return clock;
  }

  /** What the servers are. */
  ServerKind kind() {
    return cluster.settings().kind();
  }

  /** How long a reader that is behind is waited for. */
  Duration consistencyWait() {
    return consistencyWait;
  }

  /** The load of a server. */
  EndpointLoad load(Endpoint endpoint) {
    return cluster.load(endpoint);
  }

  private Seat seated(Recovery.Result<Seat> result, Outcome outcome, @Nullable String left)
      throws NoServerException {
    if (result instanceof Recovery.Connected<Seat> connected) {
      return connected.connection();
    }
    Recovery.NoWriter<Seat> none = (Recovery.NoWriter<Seat>) result;
    throw noServer(
        "There was no server that takes writes in time. Check that one of the hosts is a primary,"
            + " or give it longer to be promoted (baton.failoverTimeout)",
        none.account(),
        none.failure(),
        outcome,
        left);
  }

  private static NoServerException noServer(
      String message,
      String account,
      @Nullable SQLException cause,
      Outcome outcome,
      @Nullable String left) {
    return new NoServerException(
        message + ":" + System.lineSeparator() + account,
        new Interruption(outcome, "the connection of the transaction is gone", left, null),
        cause);
  }

  private static NoServerException interrupted(
      InterruptedException interrupted, @Nullable String left) {
    Thread.currentThread().interrupt();
    return new NoServerException(
        "The thread was interrupted while it waited for a server",
        new Interruption(Outcome.UNKNOWN, "nothing was found out", left, null),
        interrupted);
  }

  @Override
  public Seat open(Endpoint endpoint, Duration timeout) throws SQLException {
    return open(endpoint, timeout, true);
  }

  private Seat open(Endpoint endpoint, Duration timeout, boolean onWriter) throws SQLException {
    Opening opening = connector.opening(endpoint, timeout);
    Registration registration = cluster.register(endpoint, opening::condemn);
    // Given up before the registration: nobody would tell it.
    cluster.topology().state(endpoint).map(EndpointState::abortReason).ifPresent(opening::condemn);
    try {
      return new Seat(
          opening.open(), registration, onWriter ? null : cluster.load(endpoint), kind());
    } catch (SQLException refused) {
      registration.close();
      throw refused;
    }
  }

  @Override
  public boolean isOnStandby(Seat seat) {
    return seat.physical().isOnStandby();
  }

  @Override
  public void discard(Seat seat) {
    leave(seat);
  }

  private static void leave(Seat seat) {
    seat.leave();
  }

  @Override
  public void close() {
    lease.close();
  }
}
