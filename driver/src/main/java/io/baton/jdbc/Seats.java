package io.baton.jdbc;

import io.baton.BatonException.Interruption;
import io.baton.BatonException.Outcome;
import io.baton.SessionLostException;
import io.baton.failover.Deadline;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.consistency.CausalClock;
import io.baton.routing.consistency.ConsistencyToken;
import io.baton.routing.consistency.PositionQuery;
import io.baton.routing.select.RouteDecision;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.FailureReport;
import io.baton.session.Restoration;
import io.baton.session.SessionLoss;
import io.baton.session.SessionState;
import io.baton.session.SessionTracker;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The seats of one session: one on the writer, one on a reader once it reads there, and which of
 * them it sits on now. Seats are opened when they are needed, and the session is rebuilt on them
 * before they are used.
 *
 * <p>Guarded by the calls of its session, but for {@link #current} and {@link #leave}.
 */
final class Seats {

  private static final Logger LOG = LoggerFactory.getLogger(Seats.class);

  private final Servers servers;
  private final SessionTracker tracker;
  private final ClientSettings client;

  private volatile Seat current;
  private volatile boolean left;
  private Consumer<PhysicalConnection> follower = moved -> {};
  private volatile @Nullable Seat writer;
  private volatile @Nullable Seat reader;

  /** Whether the next seat must be put into a failed transaction, in place of one that was lost. */
  private boolean owesFailedTransaction;

  Seats(Servers servers, SessionTracker tracker, ClientSettings client) throws SQLException {
    this.servers = servers;
    this.tracker = tracker;
    this.client = client;
    Seat first = servers.openFirst();
    try {
      first.apply(client);
    } catch (SQLException refused) {
      first.leave();
      throw refused;
    }
    this.current = first;
    keep(first);
  }

  private void keep(Seat seat) {
    if (seat.isOnWriter()) {
      writer = seat;
    } else {
      reader = seat;
    }
  }

  /** Has somebody know of every move. */
  void follow(Consumer<PhysicalConnection> newFollower) {
    follower = newFollower;
  }

  /** Where the session sits. */
  Seat current() {
    return current;
  }

  private void sitOn(Seat seat) {
    if (current != seat) {
      current = seat;
      follower.accept(seat.physical());
    }
  }

  /**
   * The seat for the next call, outside of a transaction. The present one stays while it is
   * severed, for that is found out by the call.
   *
   * @throws SQLException 22023 if the statement names a server that there is not
   */
  Seat take(RouteDecision decision) throws SQLException {
    Seat now = current;
    if (now.physical().isSevered()) {
      return now;
    }
    switch (decision.target()) {
      case WRITER -> {
        if (now.isOnWriter()) {
          stayInStep(now);
        } else {
          sitOn(onWriter());
        }
      }
      case READER -> sitOn(onReader(null));
      case ANY -> {
        if (now.isOnWriter() || !servers.hasWriter()) {
          stayInStep(now);
        } else {
          sitOn(onWriter());
        }
      }
      case CURRENT -> stayInStep(now);
      case ENDPOINT -> sitOn(named(Objects.requireNonNull(decision.endpoint())));
    }
    return current;
  }

  private void stayInStep(Seat seat) throws SQLException {
    if (!seat.isInStep(tracker.state(), client)) {
      bringInStepUnlessSevered(seat);
    }
  }

  private Seat named(Endpoint endpoint) throws SQLException {
    if (servers.isWriter(endpoint)) {
      return onWriter();
    }
    if (!servers.endpoints().contains(endpoint)) {
      throw new SQLException(
          "The statement's hint names "
              + endpoint
              + ", which is none of the servers of the URL: "
              + servers.endpoints(),
          "22023");
    }
    return onReader(endpoint);
  }

  /**
   * A seat on a reader that shows what it has to; on the writer if there is none.
   *
   * @param endpoint where it has to be, null for any
   */
  private Seat onReader(@Nullable Endpoint endpoint) throws SQLException {
    if (!mayShowEnough()) {
      return onWriter();
    }
    Seat seat = reader;
    if (seat != null && !isRightReader(seat, endpoint)) {
      reader = null;
      seat.leave();
      seat = null;
    }
    if (seat == null) {
      if (!servers.readers().exist()) {
        return onWriter();
      }
      Deadline deadline = servers.within(servers.failoverTimeout());
      seat =
          (endpoint == null
                  ? servers.readers().open(deadline)
                  : servers.openNamed(endpoint, deadline))
              .orElse(null);
      reader = seat;
    }
    if (seat != null) {
      try {
        if (!seat.isInStep(tracker.state(), client)) {
          bringInStep(seat);
        }
        if (showsEnough(seat)) {
          return seat;
        }
      } catch (SQLException broken) {
        LOG.debug("{} cannot take over a session: {}", seat, broken.getMessage());
        seat.leave();
        reader = null;
      }
    }
    return onWriter();
  }

  private boolean isRightReader(Seat seat, @Nullable Endpoint endpoint) {
    return !seat.physical().isSevered()
        && (endpoint == null
            ? servers.readers().keep(seat)
            : seat.physical().endpoint().equals(endpoint));
  }

  /**
   * Whether there can be a reader that is known to show what it must: always where positions can be
   * compared, elsewhere only as long as there is nothing to be shown.
   */
  private boolean mayShowEnough() {
    CausalClock clock = servers.clock();
    if (clock == null || servers.kind().hasPositions()) {
      return true;
    }
    noteUnseenWrites(clock);
    return ConsistencyToken.NONE.equals(clock.known());
  }

  private void noteUnseenWrites(CausalClock clock) {
    Seat onWriter = writer;
    if (onWriter != null && onWriter.physical().isExposed()) {
      clock.wrote(); // What the application did there was not seen.
    }
  }

  /** Whether a reader has replayed every write that it must show, or does within a short time. */
  private boolean showsEnough(Seat seat) throws SQLException {
    CausalClock clock = servers.clock();
    if (clock == null) {
      return true;
    }
    if (!servers.kind().hasPositions()) {
      return mayShowEnough();
    }
    noteUnseenWrites(clock);
    ConsistencyToken token = clock.known();
    return seat.reaches(token == null ? sample(clock) : token, servers.consistencyWait());
  }

  /**
   * Asks the writer where it is.
   *
   * @throws SQLException 0A000 if servers of its kind do not say; if the connection breaks, or the
   *     server has been superseded: what it says covers nothing that its successor has acknowledged
   */
  ConsistencyToken sample(CausalClock clock) throws SQLException {
    if (!servers.kind().hasPositions()) {
      throw new SQLFeatureNotSupportedException(
          "Aurora has no positions of a log that could be compared, so there are no consistency"
              + " tokens",
          "0A000");
    }
    long count = clock.writes();
    PhysicalConnection physical = onWriter().physical();
    ConsistencyToken token = inAutocommit(physical, PositionQuery::ofWriter);
    if (token.timeline() < servers.timeline()) {
      throw new SQLException(physical.endpoint() + " has been superseded", "08006");
    }
    return clock.sampled(count, token);
  }

  private Seat onWriter() throws SQLException {
    Seat seat = writer;
    if (seat == null) {
      seat = servers.openWriter(servers.within(servers.failoverTimeout()));
      writer = seat;
    }
    if (!seat.physical().isSevered()) {
      bringInStepUnlessSevered(seat);
    }
    return seat;
  }

  /** That a seat is severed is found out by the call that is made on it. */
  private void bringInStepUnlessSevered(Seat seat) throws SQLException {
    try {
      bringInStep(seat);
    } catch (SQLException failure) {
      if (!seat.physical().isSeveredBy(failure)) {
        throw failure;
      }
      seat.physical().abort();
    }
  }

  /** Gives a seat outside of a transaction the session as it is now. */
  private void bringInStep(Seat seat) throws SQLException {
    SessionState state = tracker.state();
    if (!seat.applied().equals(state)) {
      Restoration restoration = Restoration.between(seat.applied(), state);
      if (!restoration.isEmpty()) {
        List<SessionLoss> losses = inAutocommit(seat.physical(), restoration::runOn);
        if (!losses.isEmpty()) {
          throw new SQLException(named(losses), "08006");
        }
      }
      seat.applied(state);
    }
    seat.apply(client);
  }

  /**
   * Runs something on a connection outside of a transaction, and leaves its autocommit as it is.
   */
  static <R> R inAutocommit(PhysicalConnection physical, Execution<Connection, R> execution)
      throws SQLException {
    Connection connection = physical.connection();
    if (connection.getAutoCommit()) {
      return execution.on(connection);
    }
    // Without a transaction, the driver sends nothing for either.
    connection.setAutoCommit(true);
    try {
      return execution.on(connection);
    } finally {
      if (!physical.isSevered()) {
        connection.setAutoCommit(false);
      }
    }
  }

  /**
   * Moves the session to where it can go on after its seat was lost, and rebuilds it there.
   *
   * @return what was found out on arrival about the interrupted work
   * @throws SQLException if no server is found in time, or a part of the session cannot be rebuilt;
   *     in the latter case the seats have been left
   */
  Outcome move(Departure departure) throws SQLException {
    owesFailedTransaction |= departure.failed();
    Seat lost = departure.lost();
    long began = System.nanoTime();
    FailureReport report = servers.report(lost, departure.failure());
    forget(lost);
    Seat from = lost;
    for (; ; ) {
      Seat seat = otherReader(from, departure.deadline());
      if (seat == null) {
        seat = servers.openAfter(report, from, departure.outcome(), departure.deadline());
      }
      try {
        Outcome outcome = departure.arrival().at(seat);
        rebuild(seat, lost, outcome);
        if (left) {
          seat.leave();
          throw new SQLException("This connection has been closed.", "08003");
        }
        keep(seat);
        sitOn(seat);
        LOG.warn(
            "Session moved from {} to {} in {} ms: {}",
            lost.physical().endpoint(),
            seat,
            (System.nanoTime() - began) / 1_000_000,
            departure.failure().getMessage());
        return outcome;
      } catch (SQLException broken) {
        boolean severed = seat.physical().isSeveredBy(broken);
        seat.leave();
        if (!severed || left) {
          throw broken;
        }
        report = servers.report(seat, broken);
        from = seat;
      }
    }
  }

  /**
   * Another reader for a session that has lost its own; null if none shows what it has to, or the
   * session has state that a reader cannot have.
   *
   * <p>A reader that was promoted may have been written to, as it told with the answer to that
   * write. What became of it is never to be judged by what a standby has replayed: then the session
   * goes to the writer.
   */
  private @Nullable Seat otherReader(Seat lost, Deadline deadline) {
    if (lost.isOnWriter() || !lost.physical().isOnStandby() || tracker.state().isPinned()) {
      return null;
    }
    Seat seat = servers.readers().open(deadline).orElse(null);
    if (seat == null) {
      return null;
    }
    try {
      if (showsEnough(seat)) {
        return seat;
      }
    } catch (SQLException broken) {
      LOG.debug("{} cannot take over a session: {}", seat, broken.getMessage());
    }
    seat.leave();
    return null;
  }

  /** Whether the session has a seat on this server; for any thread, and only a hint. */
  boolean isAt(Endpoint endpoint) {
    return !left && (isAt(current, endpoint) || isAt(writer, endpoint) || isAt(reader, endpoint));
  }

  private static boolean isAt(@Nullable Seat seat, Endpoint endpoint) {
    return seat != null && seat.physical().endpoint().equals(endpoint);
  }

  /** Leaves the seat on this server that the session does not sit on, if it has one. */
  void leaveSpare(Endpoint endpoint) {
    for (Seat spare : Arrays.asList(writer, reader)) {
      if (spare != null && spare != current && isAt(spare, endpoint)) {
        forget(spare);
      }
    }
  }

  /** Sits on another seat, on which the session has been rebuilt, and leaves the present one. */
  void exchange(Seat from, Seat to) {
    keep(to);
    sitOn(to);
    if (from.isOnWriter() != to.isOnWriter()) {
      forget(from);
    } else {
      from.leave();
    }
  }

  private void forget(Seat lost) {
    lost.leave();
    if (writer == lost) {
      writer = null;
    }
    if (reader == lost) {
      reader = null;
    }
  }

  private void rebuild(Seat seat, Seat lost, Outcome outcome) throws SQLException {
    PhysicalConnection physical = seat.physical();
    SessionState state = tracker.state();
    if (tracker.needsReadBack()) {
      throw sessionLost(
          "what the last statement changed was not read back in time", lost, seat, outcome);
    }
    if (!state.isFresh()) {
      List<SessionLoss> losses = Restoration.of(state).runOn(physical.connection());
      if (!losses.isEmpty()) {
        throw sessionLost(named(losses), lost, seat, outcome);
      }
    }
    seat.applied(state);
    physical.takeDefaultsOf(lost.physical());
    seat.apply(client);
    if (owesFailedTransaction) {
      physical.enterFailedTransaction();
      owesFailedTransaction = false;
    }
  }

  private static String named(List<SessionLoss> losses) {
    return losses.stream().map(SessionLoss::toString).collect(Collectors.joining("; "));
  }

  private SessionLostException sessionLost(String what, Seat lost, Seat seat, Outcome outcome) {
    leave();
    return new SessionLostException(
        "The session could not be rebuilt on "
            + seat.physical().endpoint()
            + " and is closed. Lost: "
            + what,
        new Interruption(
            outcome,
            "the connection was lost, and the session with it",
            lost.physical().endpoint().toString(),
            null),
        null);
  }

  /** Gives all seats up for good, from any thread. */
  void leave() {
    left = true;
    Seat now = current;
    now.leave();
    Seat otherWriter = writer;
    if (otherWriter != null && otherWriter != now) {
      otherWriter.leave();
    }
    Seat otherReader = reader;
    if (otherReader != null && otherReader != now) {
      otherReader.leave();
    }
  }

  /** Whether the session has no seat any more, and never will. */
  boolean isLeft() {
    return left;
  }
}
