package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.consistency.CausalClock;
import io.baton.routing.consistency.ConsistencyToken;
import io.baton.routing.consistency.PositionQuery;
import io.baton.routing.select.RouteDecision;
import io.baton.routing.topology.Endpoint;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out where a call is to be made: it has the session use its connection to the writer, or
 * to a reader that shows what it must, opened if need be and brought in step.
 *
 * <p>Guarded by the calls of its session.
 */
final class ConnectionPlacement {

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionPlacement.class);

  private final ClusterHandle cluster;
  private final ConnectionOpener opener;
  private final SessionConnections connections;
  private final SessionRebuild rebuild;

  ConnectionPlacement(
      ClusterHandle cluster,
      ConnectionOpener opener,
      SessionConnections connections,
      SessionRebuild rebuild) {
    this.cluster = cluster;
    this.opener = opener;
    this.connections = connections;
    this.rebuild = rebuild;
  }

  /**
   * The connection for the next call, outside of a transaction. The present one stays while it is
   * severed, for that is found out by the call.
   *
   * @throws SQLException 22023 if the statement names a server that there is not; or that there is
   *     no server, or it refuses the session
   */
  SessionConnection take(RouteDecision decision) throws SQLException {
    SessionConnection now = connections.current();
    if (now.physical().isSevered()) {
      return now;
    }
    switch (decision.target()) {
      case WRITER -> {
        if (now.isOnWriter()) {
          stayInStep(now);
        } else {
          connections.use(onWriter());
        }
      }
      case READER -> connections.use(onReader(null));
      case ANY -> {
        if (now.isOnWriter() || !cluster.hasWriter()) {
          stayInStep(now);
        } else {
          connections.use(onWriter());
        }
      }
      case CURRENT -> stayInStep(now);
      case ENDPOINT -> connections.use(named(Objects.requireNonNull(decision.endpoint())));
    }
    return connections.current();
  }

  private void stayInStep(SessionConnection connection) throws SQLException {
    if (!rebuild.isInStep(connection)) {
      rebuild.bringInStepUnlessSevered(connection);
    }
  }

  private SessionConnection named(Endpoint endpoint) throws SQLException {
    if (cluster.isWriter(endpoint)) {
      return onWriter();
    }
    if (!cluster.endpoints().contains(endpoint)) {
      throw new SQLException(
          "The statement's hint names "
              + endpoint
              + ", which is none of the servers of the URL: "
              + cluster.endpoints(),
          "22023");
    }
    return onReader(endpoint);
  }

  /**
   * A connection to a reader that shows what it has to; to the writer if there is none.
   *
   * @param endpoint where it has to be, null for any
   */
  private SessionConnection onReader(@Nullable Endpoint endpoint) throws SQLException {
    if (!mayShowEnough()) {
      return onWriter();
    }
    SessionConnection found = connections.reader();
    if (found != null && !isRightReader(found, endpoint)) {
      connections.forget(found);
      found = null;
    }
    if (found == null) {
      if (!opener.readers().exist()) {
        return onWriter();
      }
      RecoveryLimits limits = opener.limits();
      found =
          (endpoint == null ? opener.readers().open(limits) : opener.openNamed(endpoint, limits))
              .orElse(null);
      if (found != null) {
        connections.keep(found);
      }
    }
    if (found != null) {
      try {
        if (!rebuild.isInStep(found)) {
          rebuild.bringInStep(found);
        }
        if (showsEnough(found)) {
          return found;
        }
      } catch (SQLException broken) {
        LOG.debug("{} cannot take over a session: {}", found, broken.getMessage());
        connections.forget(found);
      }
    }
    return onWriter();
  }

  private boolean isRightReader(SessionConnection connection, @Nullable Endpoint endpoint) {
    return !connection.physical().isSevered()
        && (endpoint == null
            ? opener.readers().keep(connection)
            : connection.physical().endpoint().equals(endpoint));
  }

  /**
   * Whether there can be a reader that is known to show what it must: always where positions can be
   * compared, elsewhere only as long as there is nothing to be shown.
   */
  private boolean mayShowEnough() {
    CausalClock clock = cluster.clock();
    if (clock == null || cluster.kind().hasPositions()) {
      return true;
    }
    noteUnseenWrites(clock);
    return ConsistencyToken.NONE.equals(clock.known());
  }

  private void noteUnseenWrites(CausalClock clock) {
    SessionConnection onWriter = connections.writer();
    if (onWriter != null && onWriter.physical().isExposed()) {
      clock.wrote(); // What the application did there was not seen.
    }
  }

  /** Whether a reader has replayed every write that it must show, or does within a short time. */
  boolean showsEnough(SessionConnection connection) throws SQLException {
    CausalClock clock = cluster.clock();
    if (clock == null) {
      return true;
    }
    if (!cluster.kind().hasPositions()) {
      return mayShowEnough();
    }
    noteUnseenWrites(clock);
    ConsistencyToken token = clock.known();
    return connection.reaches(token == null ? sample(clock) : token, cluster.consistencyWait());
  }

  /**
   * Asks the writer where it is.
   *
   * @throws SQLException 0A000 if servers of its kind do not say; if the connection breaks, or the
   *     server has been superseded: what it says covers nothing that its successor has acknowledged
   */
  ConsistencyToken sample(CausalClock clock) throws SQLException {
    if (!cluster.kind().hasPositions()) {
      throw new SQLFeatureNotSupportedException(
          "Aurora has no positions of a log that could be compared, so there are no consistency"
              + " tokens",
          "0A000");
    }
    long count = clock.writes();
    PhysicalConnection physical = onWriter().physical();
    ConsistencyToken token = physical.inAutocommit(PositionQuery::ofWriter);
    if (token.timeline() < cluster.timeline()) {
      throw new SQLException(physical.endpoint() + " has been superseded", "08006");
    }
    return clock.sampled(count, token);
  }

  private SessionConnection onWriter() throws SQLException {
    SessionConnection found = connections.writer();
    if (found == null) {
      found = opener.openWriter(null, opener.limits());
      connections.keep(found);
    }
    if (!found.physical().isSevered()) {
      rebuild.bringInStepUnlessSevered(found);
    }
    return found;
  }
}
