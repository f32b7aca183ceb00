package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.failover.RecoveryLimits.Guard;
import io.baton.routing.topology.FailureReport;
import io.baton.session.SessionTracker;
import java.sql.SQLException;
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

  SessionMove(
      ConnectionOpener opener,
      SessionConnections connections,
      ConnectionPlacement placement,
      SessionRebuild rebuild,
      SessionTracker tracker) {
    this.opener = opener;
    this.connections = connections;
    this.placement = placement;
    this.rebuild = rebuild;
    this.tracker = tracker;
  }

  /**
   * Moves the session to where it can go on after its connection was lost, and rebuilds it there.
   *
   * @throws SQLException {@link NoServerFound} if no server is found in time; {@link
   *     RebuildRefused} if a part of the session cannot be rebuilt; else what a limit aborted, or
   *     the refusal of a login
   */
  void go(Departure departure) throws SQLException {
    SessionConnection lost = departure.lost();
    RecoveryLimits limits = departure.limits();
    long began = System.nanoTime();
    FailureReport report = opener.report(lost, departure.failure());
    connections.forget(lost);
    SessionConnection from = lost;
    for (; ; ) {
      SessionConnection next = otherReader(from, limits);
      if (next == null) {
        next = opener.openWriter(report, limits);
      }
      SessionConnection opened = next;
      Guard guard = limits.guard(opened::abort);
      try (guard) {
        connections.arrives(opened);
        if (connections.isLeft()) {
          opened.abort();
        }
        departure.arrival().at(opened);
        rebuild.rebuild(opened, lost);
      } catch (SQLException broken) {
        boolean severed = opened.physical().isSeveredBy(broken);
        opened.leave();
        if (connections.isLeft()
            || limits.isOver()
            || !(severed || SessionRebuild.isTransient(broken))) {
          throw broken;
        }
        report = opener.report(opened, broken);
        from = opened;
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
      LOG.warn(
          "Session moved from {} to {} in {} ms: {}",
          lost.physical().endpoint(),
          opened,
          (System.nanoTime() - began) / 1_000_000,
          departure.failure().getMessage());
      return;
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
  private @Nullable SessionConnection otherReader(SessionConnection lost, RecoveryLimits limits) {
    if (lost.isOnWriter() || !lost.physical().isOnStandby() || tracker.state().isPinned()) {
      return null;
    }
    SessionConnection found = opener.readers().open(limits).orElse(null);
    if (found == null) {
      return null;
    }
    try {
      if (placement.showsEnough(found)) {
        return found;
      }
    } catch (SQLException broken) {
      LOG.debug("{} cannot take over a session: {}", found, broken.getMessage());
    }
    found.leave();
    return null;
  }
}
