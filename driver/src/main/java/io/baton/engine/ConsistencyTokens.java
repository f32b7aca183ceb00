package io.baton.engine;

import io.baton.routing.consistency.CausalClock;
import io.baton.routing.consistency.ConsistencyToken;
import io.baton.routing.consistency.TimelinePosition;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.ServerStatus;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The consistency tokens of one session: those it hands out, and those it is to follow.
 *
 * <p>A token comes from another program and may be anything, so it is believed only if it is known
 * to be of the past of this cluster: by what the monitors and earlier reads know, by the reader of
 * the session, or else by its writer, which is asked. It concerns the reads of this session alone.
 *
 * <p>Guarded by the calls of its session.
 */
final class ConsistencyTokens {

  private final ClusterHandle cluster;
  private final SessionConnections connections;
  private final ConnectionPlacement placement;

  ConsistencyTokens(
      ClusterHandle cluster, SessionConnections connections, ConnectionPlacement placement) {
    this.cluster = cluster;
    this.connections = connections;
    this.placement = placement;
  }

  /**
   * A token that stands for all that was acknowledged so far. Outside of a transaction.
   *
   * @throws SQLException 0A000 if servers of its kind do not say; if there is no writer, or the
   *     connection breaks
   */
  ConsistencyToken take() throws SQLException {
    mustHavePositions();
    return placement.askWriter();
  }

  private void mustHavePositions() throws SQLException {
    if (!cluster.kind().hasPositions()) {
      throw new SQLFeatureNotSupportedException(
          "Aurora has no positions of a log that could be compared, so there are no consistency"
              + " tokens",
          "0A000");
    }
  }

  /**
   * Has the session's reads on readers show what a token stands for.
   *
   * @param text the token
   * @param isIdle whether no transaction is open, so that servers may be asked
   * @throws SQLException 22023 if it is no token of the past of this cluster; 55000 if nothing can
   *     be required; 25001 if that could not be told without asking, in a transaction
   */
  void require(String text, boolean isIdle) throws SQLException {
    if (cluster.clock() == null) {
      throw new SQLException(
          "With baton.consistency=eventual nothing can be required of readers: use process or"
              + " session",
          "55000");
    }
    mustHavePositions();
    ConsistencyToken token = parsed(text);
    Optional<Long> identifier = cluster.cluster().topology().systemIdentifier();
    if (identifier.isPresent()) {
      refuseIf(token.refusalByCluster(identifier.get()));
    }
    if (identifier.isEmpty() || !isKnownToBePast(token.position())) {
      if (!isIdle) {
        throw new SQLException(
            "A consistency token that is not known to be of the past is required outside of a"
                + " transaction.",
            "25001");
      }
      if (identifier.isEmpty() || !hasReaderReached(token.position())) {
        refuseIf(token.refusalBy(placement.askWriter()));
      }
    }
    placement.require(token.position());
  }

  private static ConsistencyToken parsed(String text) throws SQLException {
    try {
      return ConsistencyToken.parse(text);
    } catch (IllegalArgumentException malformed) {
      throw new SQLException(malformed.getMessage(), "22023", malformed);
    }
  }

  private static void refuseIf(@Nullable String refusal) throws SQLException {
    if (refusal != null) {
      throw new SQLException(refusal, "22023");
    }
  }

  /** Whether the writer is known, without being asked, to have written that much. */
  private boolean isKnownToBePast(TimelinePosition position) {
    CausalClock clock = cluster.clock();
    if (clock != null && clock.newest().hasReached(position)) {
      return true;
    }
    ServerStatus writer =
        cluster.cluster().topology().writer().map(EndpointState::status).orElse(null);
    return writer != null
        && writer.lsn() != null
        && new TimelinePosition(writer.timeline(), writer.lsn()).hasReached(position);
  }

  /** What a standby has replayed was written. */
  private boolean hasReaderReached(TimelinePosition position) {
    SessionConnection reader = connections.reader();
    try {
      return reader != null && !reader.physical().isSevered() && reader.hasReached(position);
    } catch (SQLException broken) {
      return false; // The next call finds it out.
    }
  }
}
