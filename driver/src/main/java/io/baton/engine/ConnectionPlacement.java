package io.baton.engine;

import io.baton.failover.RecoveryLimits;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.consistency.CausalClock;
import io.baton.routing.consistency.ConsistencyToken;
import io.baton.routing.consistency.PositionQuery;
import io.baton.routing.consistency.Tables;
import io.baton.routing.consistency.TimelinePosition;
import io.baton.routing.cutover.CutoverNotice;
import io.baton.routing.cutover.CutoverStage;
import io.baton.routing.select.EndpointLoad;
import io.baton.routing.select.Needs;
import io.baton.routing.select.RouteDecision;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.Topology;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
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

  /** A call that is to be placed. */
  interface Placing extends Limited {

    /** The tables that it reads. */
    Tables read();
  }

  private final ClusterHandle cluster;
  private final ConnectionOpener opener;
  private final SessionConnections connections;
  private final SessionRebuild rebuild;

  /** What readers must show because of tokens. */
  private TimelinePosition required = TimelinePosition.NONE;

  /** The cut over that has opened, and of which is known here; null if there is none. */
  private @Nullable UUID knownCutover;

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
   * @param call the call
   * @throws SQLException 22023 if the statement names a server that there is not; or that there is
   *     no server, or it refuses the session
   */
  SessionConnection take(RouteDecision decision, Placing call) throws SQLException {
    CutoverNotice cutover = cluster.cluster().cutovers().present();
    if (cutover != null
        && cutover.stage() == CutoverStage.OPENED
        && !cutover.id().equals(knownCutover)) {
      knownCutover = cutover.id();
      forgetPredecessor();
    }
    SessionConnection now = connections.current();
    if (now.physical().isSevered()) {
      return now;
    }
    switch (decision.target()) {
      case WRITER -> {
        if (now.isOnWriter()) {
          stayInStep(now);
        } else {
          use(now, onWriter(call));
        }
        if (!decision.needs().isEmpty()) {
          needs().mustBeMetByNamed(connections.current().physical().endpoint(), decision.needs());
        }
      }
      case READER -> use(now, onReader(null, decision.needs(), call));
      case ANY -> {
        if (now.isOnWriter() || !cluster.hasWriter()) {
          stayInStep(now);
        } else {
          use(now, onWriter(call));
        }
      }
      case CURRENT -> stayInStep(now);
      case ENDPOINT -> use(now, named(decision, call));
    }
    return connections.current();
  }

  /** What was set through the driver's own interface, it keeps on the connection itself. */
  private void use(SessionConnection now, SessionConnection next) throws SQLException {
    if (next != now) {
      next.physical().takeDefaultsOf(now.physical());
    }
    connections.use(next);
  }

  /**
   * What was known of another cluster's history says nothing of the successor's; what is known of
   * its functions counts until those of the successor are read, for they are meant to be the same.
   */
  private void forgetPredecessor() {
    required = TimelinePosition.NONE;
    CausalClock clock = cluster.clock();
    if (clock != null) {
      clock.wrote(); // So the successor is asked where it is, before a reader of its is trusted.
    }
    cluster.catalogue().renew();
  }

  private void stayInStep(SessionConnection connection) throws SQLException {
    if (!rebuild.isInStep(connection)) {
      rebuild.bringInStepUnlessSevered(connection);
    }
  }

  private ReaderNeeds needs() {
    return opener.readers().needs();
  }

  private SessionConnection named(RouteDecision decision, Placing call) throws SQLException {
    Endpoint endpoint = Objects.requireNonNull(decision.endpoint());
    if (!decision.needs().isEmpty()) {
      needs().mustBeMetByNamed(endpoint, decision.needs());
    }
    if (cluster.isWriter(endpoint)) {
      return onWriter(call);
    }
    if (!cluster.endpoints().contains(endpoint)) {
      throw new SQLException(
          "The statement's hint names "
              + endpoint
              + ", which is none of the servers of the URL: "
              + cluster.endpoints(),
          "22023");
    }
    return onReader(endpoint, Needs.NONE, call);
  }

  /**
   * A connection to a reader that shows what it has to; to the writer if there is none. While there
   * is neither, whichever comes first.
   *
   * @param endpoint where it has to be, null for any
   * @param more what the server must have besides
   * @param call what is to be read, and its limits
   * @throws SQLException 55000 if no server has what is needed
   */
  private SessionConnection onReader(@Nullable Endpoint endpoint, Needs more, Placing call)
      throws SQLException {
    if (mayShowEnough()) {
      Topology tried = opener.topology();
      SessionConnection found = rightReader(endpoint, more, call);
      if (found == null && endpoint == null && needs().awaitTold(needs().with(more))) {
        found = rightReader(null, more, call);
      }
      if (found != null) {
        return found;
      }
      if (endpoint == null && connections.writer() == null) {
        return onNextServer(tried, more, call);
      }
    }
    SessionConnection writer = onWriter(call);
    if (endpoint == null) {
      mustMeet(writer, more);
    }
    return writer;
  }

  /** A writer that is severed is found out by the call. */
  private void mustMeet(SessionConnection writer, Needs more) throws SQLException {
    if (!writer.physical().isSevered()) {
      needs().mustBeMetBy(writer.physical().endpoint(), needs().with(more));
    }
  }

  /** On the writer or, while there is none, on a reader, whichever comes first. */
  private SessionConnection onNextServer(Topology tried, Needs more, Placing call)
      throws SQLException {
    NextServer next = opener.nextServer(null, call.limits(), tried);
    while (!connections.isLeft()) {
      Optional<SessionConnection> writer = next.await();
      if (writer.isPresent()) {
        connections.keep(writer.get());
        break;
      }
      SessionConnection found = rightReader(null, more, call);
      if (found != null) {
        return found;
      }
    }
    SessionConnection found = onWriter(call);
    mustMeet(found, more);
    return found;
  }

  /** A connection to a reader that shows what it has to; null if there is none. */
  private @Nullable SessionConnection rightReader(
      @Nullable Endpoint endpoint, Needs more, Placing call) throws SQLException {
    SessionConnection found = connections.reader();
    if (found != null && !isRightReader(found, endpoint, more)) {
      connections.forget(found);
      found = null;
    }
    if (found == null) {
      if (!opener.readers().exist()) {
        return null;
      }
      RecoveryLimits limits = call.limits();
      found =
          (endpoint == null
                  ? opener.readers().open(limits, more)
                  : opener.openNamed(endpoint, limits))
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
        if (showsEnough(found, call.read(), call)) {
          return found;
        }
      } catch (NoServerFound none) {
        throw none; // The writer was to say what the reader must show.
      } catch (SQLException broken) {
        LOG.debug("{} cannot take over a session: {}", found, broken.getMessage());
        connections.forget(found);
      }
    }
    return null;
  }

  private boolean isRightReader(
      SessionConnection connection, @Nullable Endpoint endpoint, Needs more) {
    return !connection.physical().isSevered()
        && (endpoint == null
            ? opener.readers().keep(connection, more)
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
    return TimelinePosition.NONE.equals(clock.known(Tables.ALL));
  }

  private void noteUnseenWrites(CausalClock clock) {
    SessionConnection onWriter = connections.writer();
    if (onWriter != null && onWriter.physical().isExposed()) {
      clock.wrote(); // What the application did there was not seen.
    } else {
      clock.noteUnseenWrites();
    }
  }

  /** Has readers show this, too. */
  void require(TimelinePosition position) {
    required = required.orLater(position);
  }

  /**
   * Whether a reader has replayed every write that it must show, or does within a short time.
   *
   * @param read what is to be read
   * @param limited how long it may take
   */
  boolean showsEnough(SessionConnection connection, Tables read, Limited limited)
      throws SQLException {
    CausalClock clock = cluster.clock();
    EndpointLoad load = connection.load();
    if (clock == null || load == null) {
      return true;
    }
    if (!cluster.kind().hasPositions()) {
      return mayShowEnough();
    }
    noteUnseenWrites(clock);
    TimelinePosition written = clock.known(read);
    if (written == null) {
      written = askWriter(limited).position();
    }
    boolean enough =
        connection.reaches(
            written.orLater(required), load.progress(), cluster.consistencyWait(), limited);
    if (enough) {
      load.enough();
    } else {
      load.inVain();
    }
    return enough;
  }

  /**
   * Asks the writer where it is.
   *
   * @throws SQLException if the connection breaks, or the server has been superseded: what it says
   *     covers nothing that its successor has acknowledged
   */
  ConsistencyToken askWriter() throws SQLException {
    return askWriter(opener::limits);
  }

  private ConsistencyToken askWriter(Limited limited) throws SQLException {
    CausalClock clock = cluster.clock();
    long count = clock == null ? 0 : clock.writes();
    PhysicalConnection physical = onWriter(limited).physical();
    ConsistencyToken token = physical.inAutocommit(PositionQuery::tokenOfWriter);
    if (token.position().timeline() < cluster.timeline()) {
      throw new SQLException(physical.endpoint() + " has been superseded", "08006");
    }
    if (clock != null) {
      clock.sampled(count, token.position());
    }
    return token;
  }

  private SessionConnection onWriter(Limited limited) throws SQLException {
    SessionConnection found = connections.writer();
    if (found == null) {
      found = opener.openWriter(null, limited.limits());
      connections.keep(found);
    }
    if (!found.physical().isSevered()) {
      rebuild.bringInStepUnlessSevered(found);
    }
    return found;
  }
}
