package io.baton.engine;

import io.baton.failover.Failovers;
import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Guard;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.consistency.Tables;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.FailureReport;
import io.baton.routing.topology.Topology;
import io.baton.session.SessionTracker;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a session from a connection that was lost to a server where it can go on.
 *
 * <p>Guarded by the calls of its session.
 */
final class SessionMove {

  private static final Logger LOG = LoggerFactory.getLogger(SessionMove.class);

  private final ConnectionOpener opener;
  private final SessionConnections connections;
  private final ConnectionPlacement placement;
  private final SessionRebuild rebuild;
  private final SessionTracker tracker;
  private final Failovers failovers;
  private final long session;

  SessionMove(
      ConnectionOpener opener,
      SessionConnections connections,
      ConnectionPlacement placement,
      SessionRebuild rebuild,
      SessionTracker tracker,
      Failovers failovers,
      long session) {
    this.opener = opener;
    this.connections = connections;
    this.placement = placement;
    this.rebuild = rebuild;
    this.tracker = tracker;
    this.failovers = failovers;
    this.session = session;
  }

  /**
   * Moves the session to where it can go on after its connection was lost, and rebuilds it there.
   *
   * @throws SQLException {@link NoServerFound} if no server is found in time; {@link
   *     RebuildRefused} if a part of the session cannot be rebuilt; else what a limit aborted, or
   *     the refusal of a login
   */
  void go(Departure departure) throws SQLException {
    MoveRecording recording = MoveRecording.begin();
    Endpoint to = null;
    try (Failovers.Recovering recovering = failovers.recovering(session)) {
      PhysicalConnection lost = departure.lost().physical();
      if (!departure.lost().isLeftOnPurpose()) {
        recovering.lost(lost.endpoint(), lost.age(), departure.failure());
      }
      SessionConnection own = ownWriter(departure);
      to = (own == null ? arrive(departure) : own).physical().endpoint();
      recovering.moved(to);
    } finally {
      recording.end(session, departure, to);
    }
  }

  /**
   * Goes on at the connection to the writer that the session has already, if it leaves a reader for
   * the writer: what was drawn from sequences there is known to that connection only.
   *
   * @return null if there is none that works
   */
  private @Nullable SessionConnection ownWriter(Departure departure) throws SQLException {
    SessionConnection own = connections.writer();
    SessionConnection lost = departure.lost();
    if (own == null
        || !lost.isLeftForWriter()
        || lost.physical().isExposed()
        || tracker.hasUnjudged()
        || tracker.needsReadBack()) {
      return null;
    }
    Guard guard = departure.limits().guard(own::abort);
    try (guard) {
      rebuild.bringInStepUnlessSevered(own);
      if (own.physical().isSevered()) {
        return null;
      }
      departure.arrival().at(own);
    } catch (SQLException failure) {
      if (own.physical().isSeveredBy(failure)) {
        return null;
      }
      throw failure;
    }
    connections.forget(lost);
    own.physical().takeDefaultsOf(lost.physical());
    connections.use(own);
    return own;
  }

  private SessionConnection arrive(Departure departure) throws SQLException {
    SessionConnection lost = departure.lost();
    RecoveryLimits limits = departure.limits();
    FailureReport report = lost.isLeftOnPurpose() ? null : opener.report(lost, departure.failure());
    connections.forget(lost);
    SessionConnection from = lost;
    List<LeftBackend> broken = new ArrayList<>(); // Where it did not stay.
    for (; ; ) {
      SessionConnection opened = nextServer(from, report, limits);
      Guard guard = limits.guard(opened::abort);
      try (guard) {
        connections.arrives(opened);
        if (connections.isLeft()) {
          opened.abort();
        }
        departure.arrival().at(opened);
        for (LeftBackend backend : broken) {
          backend.end(opened, false, limits);
        }
        rebuild.rebuild(opened, lost);
      } catch (SQLException failure) {
        boolean severed = opened.physical().isSeveredBy(failure);
        opened.leave();
        if (connections.isLeft()
            || limits.isOver()
            || !(severed || SessionRebuild.isTransient(failure))) {
          throw failure;
        }
        report = opener.report(opened, failure);
        from = opened;
        broken.add(new LeftBackend(opened, false));
        continue;
      } finally {
        connections.arrives(null);
      }
      connections.keep(opened);
      connections.use(opened);
      if (!tracker.state().channels().isEmpty()) {
        opened
            .physical()
            .warn(
                "Notifications may have been missed: the connection to "
                    + lost.physical().endpoint()
                    + " was lost");
      }
      if (connections.isLeft()) {
        opened.leave(); // Closed by a thread that could not see it yet.
      }
      return opened;
    }
  }

  /**
   * Another reader, if the session has lost its own; else the writer or, while there is none, a
   * reader, whichever comes first.
   */
  private SessionConnection nextServer(
      SessionConnection from, @Nullable FailureReport report, RecoveryLimits limits)
      throws SQLException {
    if (!mayBeOnReader(from)) {
      return opener.openWriter(report, limits);
    }
    NextServer next = null;
    Topology tried = opener.topology();
    for (; ; ) {
      SessionConnection reader = otherReader(limits);
      if (reader != null) {
        return reader;
      }
      if (next == null) {
        next = opener.nextServer(report, limits, tried);
      }
      Optional<SessionConnection> writer = next.await();
      if (writer.isPresent()) {
        return writer.get();
      }
      if (connections.isLeft()) {
        return opener.openWriter(report, limits);
      }
    }
  }

  /**
   * Whether a reader would do for a session that has lost its connection: it was on one, and has no
   * state that a reader cannot have.
   *
   * <p>A reader that was promoted may have been written to, as it told with the answer to that
   * write. What became of it is never to be judged by what a standby has replayed: then the session
   * goes to the writer.
   */
  private boolean mayBeOnReader(SessionConnection lost) {
    return !lost.isOnWriter()
        && !lost.isLeftOnPurpose()
        && lost.isProvedStandby()
        && !tracker.state().isPinned();
  }

  /** Another reader; null if none shows what it has to. */
  private @Nullable SessionConnection otherReader(RecoveryLimits limits) throws RebuildRefused {
    SessionConnection found = opener.readers().open(limits).orElse(null);
    if (found == null) {
      return null;
    }
    try {
      if (placement.showsEnough(found, Tables.ALL, () -> limits)) {
        return found;
      }
    } catch (SQLException broken) {
      LOG.debug("{} cannot take over a session: {}", found, broken.getMessage());
    }
    found.leave();
    return null;
  }
}
