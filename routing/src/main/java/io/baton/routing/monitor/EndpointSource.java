package io.baton.routing.monitor;

import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.Topology;
import java.io.IOException;
import java.sql.SQLException;

/**
 * Where the endpoints of a cluster are listed, if not in the URL alone.
 *
 * <p>It says where servers are, and never what they are: each is watched like those of a URL, and
 * what it says of itself decides whether it is of the cluster, and the writer or a reader. So a
 * source that errs, or is behind, can hide a server, but not have anybody write to the wrong one.
 *
 * <p>Used by one thread, except that {@link #close} comes from any.
 */
public interface EndpointSource extends AutoCloseable {

  /** What it is, for people, without secrets. */
  String description();

  /**
   * Looks, within a few seconds.
   *
   * @param known what is known of the cluster, which may help to find somebody to ask
   * @return at least one endpoint
   * @throws IOException if it cannot be asked, or answers nonsense
   * @throws SQLException if a server that was asked could not be, or refused
   */
  EndpointListing list(Topology known) throws IOException, SQLException;

  /**
   * Whether it may grant a lease to the writer, so that nobody is to be written to before it has
   * answered for the first time.
   */
  default boolean grantsLeases() {
    return false;
  }

  /** Ends what is under way, and gives up what is held. */
  @Override
  void close();
}
