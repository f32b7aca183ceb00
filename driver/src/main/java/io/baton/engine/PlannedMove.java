package io.baton.engine;

import io.baton.failover.HandOvers;
import io.baton.failover.HandOvers.Attempt;
import io.baton.failover.HandOvers.Moved;
import io.baton.failover.HandOvers.NotThere;
import io.baton.failover.HandOvers.Staying;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.ReadBack;
import io.baton.session.Restoration;
import io.baton.session.ServerState;
import io.baton.session.SessionLoss;
import io.baton.session.SessionSnapshot;
import io.baton.session.SessionState;
import io.baton.session.SessionTracker;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One session's planned move from a server that works to another.
 *
 * <p>It is a state machine with one transition method, {@link #become}. While it is {@link
 * Preparing}, in the background, a connection to the other server is opened and, as far as the
 * session is not tied to the old one, brought in step; the application's calls go on meanwhile.
 * Then it is {@link Waiting} for a safe point: the session is between two transactions, and its
 * lock is held. There it is {@link Exchanging}: what has changed since is caught up with, temporary
 * relations are copied with what they hold, channels are listened to, and <em>both servers are
 * asked</em> what they hold for the session. Only if they say the same are the connections
 * exchanged. The old one stays whole until then, so whatever goes wrong before leaves the session
 * as it was. {@link Ended} is for good.
 *
 * <p>The old server is the authority: if it says something else than the new one, the tracker takes
 * over what the old one says, and it is tried once more.
 *
 * <p>Channels are listened to on the new server before the old one is left, and what the old one
 * has to say until then is kept for the application: nothing is missed. Where both endpoints lead
 * to one server, a notification sent in that moment may arrive twice.
 *
 * <p>The state is thread-safe; the work belongs to the thread that made the transition to it.
 */
final class PlannedMove {

  /** Where a move stands. */
  sealed interface State {}

  /** The new connection is opened and brought in step. */
  record Preparing() implements State {}

  /**
   * The new connection is ready, and waits for a safe point.
   *
   * @param reason what it waits for
   */
  record Waiting(HandOvers.Waiting reason) implements State {}

  /** The session is at a safe point, and its connection is exchanged. */
  record Exchanging() implements State {}

  /**
   * It is over.
   *
   * @param attempt how it ended
   */
  record Ended(Attempt attempt) implements State {}

  private static final Logger LOG = LoggerFactory.getLogger(PlannedMove.class);

  private static final Preparing PREPARING = new Preparing();
  private static final Waiting READY =
      new Waiting(new HandOvers.Waiting("a transaction is open, or a call is under way"));

  private final ClusterHandle cluster;
  private final SessionConnection from;
  private final SessionConnection to;
  private final AtomicReference<State> state = new AtomicReference<>(PREPARING);

  /** Used under the lock of the session's calls. */
  private boolean isWarm;

  /** The state that the new connection was last brought in step with; the same lock. */
  private @Nullable SessionState followed;

  /** The state that it was given as a whole, with what ties it to a server; the same lock. */
  private @Nullable SessionState finished;

  PlannedMove(ClusterHandle cluster, SessionConnection from, SessionConnection to) {
    this.cluster = cluster;
    this.from = from;
    this.to = to;
  }

  SessionConnection from() {
    return from;
  }

  /** The new connection. */
  SessionConnection to() {
    return to;
  }

  /** Whether one of the two connections is gone. */
  boolean isBroken() {
    return from.physical().isSevered() || to.physical().isSevered();
  }

  State state() {
    return Objects.requireNonNull(state.get());
  }

  /**
   * Goes from one state to the next; the only way that the state changes.
   *
   * @return whether it was in that state still
   */
  boolean become(State present, State next) {
    return state.compareAndSet(present, next);
  }

  /**
   * Brings the new connection in step with the session as far as that ties the session to no
   * server; nothing else uses the connection yet. Then the move waits for a safe point.
   *
   * <p>The question is asked here for the first time: a new backend has its catalogue caches to
   * fill, which takes ten times as long as the question itself.
   *
   * @throws SQLException if the connection breaks, or the server refuses a part of the session
   */
  void prepare(SessionSnapshot snapshot) throws SQLException {
    SessionState loose = snapshot.state().unpinned();
    ask(to, ReadBack.askingFor(List.of()));
    to.takeover(snapshot.began());
    if (!loose.isFresh()) {
      List<SessionLoss> losses =
          to.physical()
              .own(Restoration.forHandOver(SessionState.FRESH, loose, to.takeover())::runOn);
      if (losses.isEmpty()) {
        to.applied(loose);
      }
    }
    become(PREPARING, READY);
  }

  /**
   * Asks the old server once what it will be asked when the connections are exchanged: its backend
   * has caches to fill, too. To be called at a safe point, where there is time; later, all sessions
   * of a cut over ask at once.
   */
  void warmUp(ReadBack question) {
    if (!isWarm) {
      isWarm = true;
      try {
        ask(from, question);
      } catch (SQLException failure) {
        LOG.debug("The old server does not answer before a cut over", failure);
      }
    }
  }

  /**
   * Brings the new connection in step with what the session has become since, as far as that ties
   * it to no server. To be called at a safe point; asks a server only after a change.
   *
   * @return why the session, as it is now, could not be moved; null if nothing is known
   * @throws SQLException if the new connection breaks, or its server refuses a part of the session
   */
  @SuppressWarnings("ReferenceEquality") // an unchanged state is the same object: see SessionState
  @Nullable String follow(SessionState session) throws SQLException {
    if (session == followed) {
      return null;
    }
    List<SessionLoss> losses = Restoration.lossesOfAnyMove(session);
    SessionState loose = session.unpinned();
    if (losses.isEmpty() && !to.applied().equals(loose)) {
      losses =
          to.physical()
              .inAutocommit(Restoration.forHandOver(to.applied(), loose, to.takeover())::runOn);
      to.applied(loose);
    }
    if (!losses.isEmpty()) {
      return losses.get(0).toString();
    }
    followed = session;
    return null;
  }

  /**
   * Gives the new connection the whole session, ahead of the exchange: while the gate of a cut over
   * is closed, it does not change. To be called at a safe point; asks no server a second time.
   *
   * @return why the session could not be moved; null if it can
   * @throws SQLException if one of the connections breaks, or a server refuses something
   */
  @SuppressWarnings("ReferenceEquality") // an unchanged state is the same object: see SessionState
  @Nullable String finishAhead(CallRecorder recorder, ClientSettings client) throws SQLException {
    if (recorder.tracker().state() == finished) {
      return null;
    }
    Attempt obstacle = bringOver(recorder, client);
    if (obstacle == null) {
      finished = recorder.tracker().state();
    }
    return obstacle instanceof Staying staying
        ? staying.reason()
        : obstacle instanceof HandOvers.Waiting waiting ? waiting.reason() : null;
  }

  /**
   * Gives the new connection the session as it stands on the old one. To be called at a safe point.
   *
   * @param heard takes what the old server had to say
   * @return that the connections can be exchanged; or why not
   * @throws SQLException if one of the connections breaks, or a server refuses something
   */
  Attempt finish(CallRecorder recorder, ClientSettings client, List<PGNotification> heard)
      throws SQLException {
    long began = System.nanoTime();
    Attempt obstacle = bringOver(recorder, client);
    if (obstacle != null) {
      return obstacle;
    }
    heard.addAll(from.physical().takeNotifications());
    return new Moved(to.physical().endpoint(), Duration.ofNanos(System.nanoTime() - began));
  }

  /** Returns why the connections cannot be exchanged; null if they can. */
  private @Nullable Attempt bringOver(CallRecorder recorder, ClientSettings client)
      throws SQLException {
    SessionTracker tracker = recorder.tracker();
    PhysicalConnection old = from.physical();
    if (old.isSevered()) {
      return new NotThere();
    }
    if (!tracker.state().temporaries().isEmpty() && !old.isExposed()) {
      recorder.digest(from);
      from.applied(tracker.state());
    }
    if (tracker.hasUnjudged()) {
      recorder.refreshCatalogue(from);
      tracker.judge();
    }
    Attempt obstacle = obstacle(tracker);
    if (obstacle != null) {
      return obstacle;
    }
    String difference = exchangeable(recorder, client);
    return difference.isEmpty()
        ? null
        : new Staying("the two servers differ about the session: " + difference);
  }

  private @Nullable Attempt obstacle(SessionTracker tracker) {
    SessionState state = tracker.state();
    if (from.physical().isExposed()) {
      return new Staying("the application holds an object of the PostgreSQL driver");
    }
    if (tracker.needsReadBack()) {
      return new HandOvers.Waiting("what its last statement changed has not been read back");
    }
    if (!state.heldCursors().isEmpty()) {
      return new HandOvers.Waiting("a cursor WITH HOLD is open: " + state.heldCursors());
    }
    return null;
  }

  /** What differs when all has been done that can be; empty if nothing does. */
  private String exchangeable(CallRecorder recorder, ClientSettings client) throws SQLException {
    SessionTracker tracker = recorder.tracker();
    from.physical().inAutocommit(connection -> step(tracker.state()));
    to.physical().takeDefaultsOf(from.physical());
    to.apply(client);
    String difference = difference(tracker);
    if (!difference.isEmpty() && !tracker.state().isPinned()) {
      recorder.digest(from);
      from.applied(tracker.state());
      from.physical().inAutocommit(connection -> step(tracker.state()));
      difference = difference(tracker);
    }
    return difference;
  }

  private boolean step(SessionState state) throws SQLException {
    PhysicalConnection target = to.physical();
    if (to.applied().equals(state)) {
      return true;
    }
    List<SessionLoss> losses =
        target.inAutocommit(Restoration.forHandOver(to.applied(), state, to.takeover())::runOn);
    if (!losses.isEmpty()) {
      throw new SQLException(losses.get(0).toString(), "55000");
    }
    if (!state.temporaries().isEmpty()) {
      target.inAutocommit(
          connection -> {
            target.takeTemporaryRowsOf(from.physical());
            return true;
          });
    }
    to.applied(state);
    return true;
  }

  /** Asks both servers. */
  private String difference(SessionTracker tracker) throws SQLException {
    ServerState there = ask(from, tracker.readBack());
    ServerState here = ask(to, tracker.readBack());
    List<String> names = new ArrayList<>();
    Set<String> onlyThere = there.settingsNotIn(here);
    Set<String> onlyHere = here.settingsNotIn(there);
    names.addAll(onlyThere);
    names.addAll(onlyHere);
    if (!names.isEmpty()) {
      // Set on one side only, perhaps to what is the default on the other.
      there = ask(from, ReadBack.askingFor(names));
      here = ask(to, ReadBack.askingFor(names));
    }
    return there.differencesTo(here);
  }

  private ServerState ask(SessionConnection connection, ReadBack question) throws SQLException {
    return cluster.underUrl(
        connection.physical().inAutocommit(question::ask), connection.physical().endpoint());
  }
}
