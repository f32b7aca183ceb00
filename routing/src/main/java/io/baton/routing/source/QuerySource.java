package io.baton.routing.source;

import io.baton.routing.Connector;
import io.baton.routing.Endpoint;
import io.baton.routing.EndpointListing;
import io.baton.routing.EndpointSource;
import io.baton.routing.EndpointState;
import io.baton.routing.Topology;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A source that is asked by SQL: on one connection, which is kept, to the writer while there is
 * one, since standbys may be behind.
 */
public final class QuerySource implements EndpointSource {

  /** The question. */
  public interface Query {

    /** What it asks, for people. */
    String description();

    /** Asks a server of the cluster. */
    EndpointListing ask(Connection connection) throws SQLException;
  }

  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final Executor SAME_THREAD = Runnable::run;

  private final Query query;
  private final Connector connector;
  private final List<Endpoint> seeds;
  private volatile @Nullable Connection held;
  private volatile boolean closed;

  /** Where the held connection leads; used by the asking thread only. */
  private @Nullable Endpoint heldAt;

  /**
   * Makes a source.
   *
   * @param seeds whom to ask as long as nobody else is known
   */
  public QuerySource(Query query, Connector connector, List<Endpoint> seeds) {
    this.query = query;
    this.connector = connector;
    this.seeds = List.copyOf(seeds);
  }

  @Override
  public String description() {
    return query.description();
  }

  @Override
  public EndpointListing list(Topology known) throws SQLException {
    Endpoint writer = known.writer().map(EndpointState::endpoint).orElse(null);
    if (held != null && (writer == null || writer.equals(heldAt))) {
      try {
        return askHeld();
      } catch (SQLException gone) {
        release();
      }
    }
    release();
    SQLException first = null;
    for (Endpoint candidate : candidates(known)) {
      try {
        open(candidate);
        return askHeld();
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

  /** The writer, readers, and then whoever there may be. */
  private Set<Endpoint> candidates(Topology known) {
    List<EndpointState> states = new ArrayList<>();
    known.writer().ifPresent(states::add);
    states.addAll(known.readers());
    Set<Endpoint> candidates = new LinkedHashSet<>();
    states.forEach(state -> candidates.add(state.endpoint()));
    candidates.addAll(seeds);
    known.endpoints().forEach(state -> candidates.add(state.endpoint()));
    return candidates;
  }

  private void open(Endpoint endpoint) throws SQLException {
    Connection opened = connector.open(endpoint, TIMEOUT);
    held = opened;
    heldAt = endpoint;
    if (closed) {
      release();
      throw new SQLException("the cluster is closed", "08003");
    }
    opened.setNetworkTimeout(SAME_THREAD, Math.toIntExact(TIMEOUT.toMillis()));
  }

  private EndpointListing askHeld() throws SQLException {
    Connection connection = held;
    if (connection == null) {
      throw new SQLException("the cluster is closed", "08003");
    }
    return query.ask(connection);
  }

  private void release() {
    Connection connection = held;
    held = null;
    heldAt = null;
    if (connection != null) {
      try {
        connection.abort(SAME_THREAD);
      } catch (SQLException | RuntimeException alreadyUseless) {
        // It is not used any more either way.
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    Connection connection = held;
    if (connection != null) {
      try {
        connection.abort(SAME_THREAD);
      } catch (SQLException | RuntimeException alreadyUseless) {
        // It is not used any more either way.
      }
    }
  }
}
