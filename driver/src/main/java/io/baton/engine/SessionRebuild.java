package io.baton.engine;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.topology.FailureText;
import io.baton.session.Restoration;
import io.baton.session.SessionLoss;
import io.baton.session.SessionSnapshot;
import io.baton.session.SessionState;
import io.baton.session.SessionTracker;
import io.baton.session.Takeover;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Gives a connection the session: all of it after a move, or what has changed since it was used
 * last.
 *
 * <p>Guarded by the calls of its session.
 */
final class SessionRebuild {

  private final CallRecorder recorder;
  private final SessionTracker tracker;
  private final ClientSettings client;

  /** Whether the server does not say what a session begins with. */
  private boolean refusesBeginning;

  /** Makes the rebuilding of one session. */
  SessionRebuild(CallRecorder recorder, ClientSettings client) {
    this.recorder = recorder;
    this.tracker = recorder.tracker();
    this.client = client;
  }

  /** Whether a connection has the session as it is now. */
  boolean isInStep(SessionConnection connection) {
    return connection.isInStep(tracker.state(), client);
  }

  /** That a connection is severed is found out by the call that is made on it. */
  void bringInStepUnlessSevered(SessionConnection connection) throws SQLException {
    try {
      bringInStep(connection);
    } catch (SQLException failure) {
      if (!connection.physical().isSeveredBy(failure)) {
        throw failure instanceof RebuildRefused
            ? failure
            : new RebuildRefused(refusal(failure), failure);
      }
      connection.physical().abort();
    }
  }

  /** Gives a connection outside of a transaction the session as it is now. */
  void bringInStep(SessionConnection connection) throws SQLException {
    SessionState state = tracker.state();
    boolean isNew = !connection.isCompared() && tracker.baseline() != null;
    if (isNew || !connection.applied().equals(state)) {
      Takeover takeover =
          isNew || connection.applied().isFresh()
              ? connection.takeover(tracker.baseline())
              : connection.takeover();
      Restoration restoration = Restoration.between(connection.applied(), state, takeover);
      if (!restoration.isEmpty()) {
        List<SessionLoss> losses = connection.physical().inAutocommit(restoration::runOn);
        if (!losses.isEmpty()) {
          throw new RebuildRefused(named(losses), null);
        }
      }
      connection.applied(state);
    }
    connection.apply(client);
  }

  /**
   * Gives a new connection the session.
   *
   * @param lost where the session was
   * @throws SQLException {@link RebuildRefused} if a part of it cannot be rebuilt; if the
   *     connection breaks, or the server refuses it for a moment
   */
  void rebuild(SessionConnection connection, SessionConnection lost) throws SQLException {
    PhysicalConnection physical = connection.physical();
    if (lost.physical().isExposed()) {
      tracker.touchedOutOfSight();
    }
    try {
      if (tracker.hasUnjudged()) {
        recorder.refreshCatalogue(connection);
        tracker.judge();
      }
      if (tracker.needsReadBack()) {
        throw new RebuildRefused("what the last statement changed was not read back in time", null);
      }
      SessionSnapshot session = tracker.snapshot();
      SessionState state = session.state();
      List<SessionLoss> losses = Restoration.losses(state);
      if (losses.isEmpty()) {
        Takeover takeover = connection.takeover(session.began());
        losses = physical.own(Restoration.of(state, takeover)::runOn);
      }
      if (!losses.isEmpty()) {
        throw new RebuildRefused(named(losses), null);
      }
      connection.applied(state);
      physical.takeDefaultsOf(lost.physical());
      connection.apply(client);
    } catch (SQLException refused) {
      throw refused instanceof RebuildRefused
              || physical.isSeveredBy(refused)
              || isTransient(refused)
          ? refused
          : new RebuildRefused(refusal(refused), refused);
    }
    enterFailedTransaction(connection);
  }

  /** Whether the session holds what cannot be rebuilt on any server. */
  boolean isHopeless() {
    return refusesBeginning
        || (!tracker.hasUnjudged()
            && !tracker.needsReadBack()
            && !Restoration.losses(tracker.state()).isEmpty());
  }

  /** Whether it is not known what the session took over when it began. */
  boolean isBeginningUnknown() {
    return !refusesBeginning && tracker.baseline() == null;
  }

  /**
   * Notes what the session took over when it began on this connection. A server that refuses to say
   * is not asked again; then the session cannot be rebuilt.
   *
   * @throws SQLException if the connection breaks
   */
  void began(SessionConnection first) throws SQLException {
    try {
      tracker.began(first.baseline());
      first.takeover(tracker.baseline());
    } catch (SQLException refused) {
      if (first.physical().isSeveredBy(refused)) {
        throw refused;
      }
      refusesBeginning = true;
    }
  }

  private static String refusal(SQLException refused) {
    return "the server refused a part of it: " + FailureText.message(refused);
  }

  /**
   * Puts a connection into the failed transaction that is owed to the application, so that it is
   * the server itself that refuses every statement until the application rolls back.
   */
  void enterFailedTransaction(SessionConnection connection) throws SQLException {
    OpenTransaction owed = recorder.transaction();
    if (owed != null && owed.isOwed()) {
      connection.physical().enterFailedTransaction();
      owed.failedOnServer();
    }
  }

  private static String named(List<SessionLoss> losses) {
    return losses.stream().map(SessionLoss::toString).collect(Collectors.joining("; "));
  }

  /**
   * Whether the statement was cancelled (57014). A cancel names a backend and not a statement, so
   * one that meets a question of Baton's was meant for another one.
   */
  static boolean isCancelled(SQLException refused) {
    return "57014".equals(refused.getSQLState());
  }

  /** Whether the same may go well a moment later: the server starts, stops, or is full. */
  static boolean isTransient(SQLException refused) {
    String state = refused.getSQLState();
    return state != null
        && (isCancelled(refused)
            || state.startsWith("57P")
            || state.startsWith("53")
            || state.equals("25006")
            || state.equals("40001")); // A standby that has to go on with its replay.
  }
}
