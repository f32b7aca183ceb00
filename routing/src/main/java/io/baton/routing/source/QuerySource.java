package io.baton.routing.source;

import io.baton.routing.monitor.AbortableConnection;
import io.baton.routing.monitor.Connector;
import io.baton.routing.monitor.EndpointSource;
import io.baton.routing.monitor.TextLimits;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.Role;
import io.baton.routing.topology.ServerStatus;
import io.baton.routing.topology.Topology;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A source that is asked by SQL: on one connection, which is kept, to a server that takes writes
 * while there is one, since standbys may be behind. A query asks within {@link TextLimits}.
 *
 * <p>Where the answer grants a lease and is data of the cluster, one that is older than what was
 * heard before counts for nothing: it may name a server whose lease was taken away since, or not
 * name the one that has it. So a standby is believed only if it has replayed all that the server
 * that answered last had written by then, and a server that takes writes only if it was not
 * superseded. Else the source has failed, and what it said last stays.
 */
public final class QuerySource implements EndpointSource {

  /** The question. */
  public interface Query {

    /** What it asks, for people. */
    String description();

    /** As {@link EndpointSource#grantsLeases}. */
    default boolean grantsLeases() {
      return false;
    }

    /**
     * Whether the answer is data of the cluster, which a standby shows as far as it has replayed
     * it.
     */
    default boolean isReplicated() {
      return false;
    }

    /** Asks a server of the cluster. */
    EndpointListing ask(Connection connection) throws SQLException;
  }

  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final Executor SAME_THREAD = Runnable::run;

  private final Query query;
  private final AbortableConnection held;
  private final List<Endpoint> seeds;

  /** What the server that answered last had by then; used by the asking thread only. */
  private @Nullable LogPosition newest;

  /** Where the held connection leads; used by the asking thread only. */
  private @Nullable Endpoint heldAt;

  /** Whether the server of the held connection may say its position; as above. */
  private boolean heldSaysPosition;

  /** Who is being asked, or a connection opened to; null between two questions. */
  private volatile @Nullable Endpoint asked;

  /** Who was given up last, since the last question was begun; null if nobody was. */
  private volatile @Nullable Endpoint givenUp;

  /**
   * Makes a source.
   *
   * @param seeds whom to ask as long as nobody else is known
   */
  public QuerySource(Query query, Connector connector, List<Endpoint> seeds) {
    this.query = query;
    this.held = new AbortableConnection(connector);
    this.seeds = List.copyOf(seeds);
  }

  @Override
  public String description() {
    return query.description();
  }

  @Override
  public boolean grantsLeases() {
    return query.grantsLeases();
  }

  @Override
  public EndpointListing list(Topology known) throws SQLException {
    givenUp = null;
    List<Endpoint> writing = writing(known);
    Set<Endpoint> candidates = candidates(known);
    SQLException first = null;
    if (held.current() != null && (writing.isEmpty() || writing.get(0).equals(heldAt))) {
      try {
        return askHeld(known);
      } catch (SQLException failure) {
        first = failure;
        leaveToTheLast(heldAt, failure, candidates);
      }
    }
    release();
    for (Endpoint candidate : candidates) {
      try {
        open(candidate);
        return askHeld(known);
      } catch (SQLException failure) {
        release();
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
      }
    }
    throw first == null ? new SQLException("there is nobody to ask", "08001") : first;
  }

  /** Another connection would wait for the same lock, or for the same silence. */
  private void leaveToTheLast(
      @Nullable Endpoint asked, SQLException failure, Set<Endpoint> candidates) {
    if (asked != null
        && (asked.equals(givenUp) || TextLimits.LOCKED.equals(failure.getSQLState()))) {
      candidates.remove(asked);
      candidates.add(asked);
    }
  }

  /** A question to a server that hangs is given up: another one may know of another writer. */
  @Override
  public void noticed(Topology now) {
    Endpoint present = asked;
    if (present != null
        && now.state(present).filter(state -> !state.availability().answers()).isPresent()) {
      givenUp = present;
      held.giveUp("the server does not answer");
    }
  }

  /**
   * Who takes writes, be it or be it not the writer, which may depend on what is asked here: the
   * writer first, if there is one, then the highest timeline.
   */
  private static List<Endpoint> writing(Topology known) {
    List<EndpointState> states = new ArrayList<>();
    for (EndpointState state : known.endpoints()) {
      ServerStatus status = state.status();
      if (status != null && !status.standby() && state.availability().answers()) {
        states.add(state);
      }
    }
    states.sort(
        Comparator.comparing((EndpointState state) -> state.role() != Role.WRITER)
            .thenComparing(Comparator.comparingLong(QuerySource::timeline).reversed()));
    return states.stream().map(EndpointState::endpoint).toList();
  }

  private static long timeline(EndpointState state) {
    ServerStatus status = state.status();
    return status == null ? 0 : status.timeline();
  }

  /** Who takes writes, readers, and then whoever there may be. */
  private Set<Endpoint> candidates(Topology known) {
    Set<Endpoint> candidates = new LinkedHashSet<>(writing(known));
    known.readers().forEach(state -> candidates.add(state.endpoint()));
    candidates.addAll(seeds);
    known.endpoints().forEach(state -> candidates.add(state.endpoint()));
    return candidates;
  }

  private void open(Endpoint endpoint) throws SQLException {
    asked = endpoint;
    Connection opened = held.open(endpoint, TIMEOUT);
    heldAt = endpoint;
    heldSaysPosition = true;
    opened.setNetworkTimeout(SAME_THREAD, Math.toIntExact(TIMEOUT.toMillis()));
  }

  private EndpointListing askHeld(Topology known) throws SQLException {
    Connection connection = held.current();
    if (connection == null) {
      throw new SQLException("the cluster is closed", "08003");
    }
    asked = heldAt;
    try {
      return query.grantsLeases() && query.isReplicated()
          ? askNewer(connection, known)
          : query.ask(connection);
    } finally {
      asked = null;
    }
  }

  private EndpointListing askNewer(Connection connection, Topology known) throws SQLException {
    LogPosition before = position(connection);
    if (isOlder(before, known)) {
      throw new SQLException(
          heldAt + " is not known to have all that the server that answered last had", "55000");
    }
    EndpointListing listing = query.ask(connection);
    newest = position(connection);
    return listing;
  }

  /** A server that refuses it once is not asked again on the same connection. */
  private @Nullable LogPosition position(Connection connection) throws SQLException {
    LogPosition position = heldSaysPosition ? LogPosition.of(connection) : null;
    heldSaysPosition = position != null;
    return position;
  }

  private boolean isOlder(@Nullable LogPosition answering, Topology known) {
    LogPosition last = newest;
    if (answering == null || last == null) {
      return last != null;
    }
    return answering.isOfStandby()
        ? !answering.lsn().hasReached(last.lsn())
        : answering.timeline() < known.timeline();
  }

  private void release() {
    asked = null;
    heldAt = null;
    held.close();
  }

  @Override
  public void close() {
    held.abort();
  }
}
