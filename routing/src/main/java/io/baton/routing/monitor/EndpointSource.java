package io.baton.routing.monitor;

import io.baton.routing.topology.EndpointListing;
import io.baton.routing.topology.Topology;
import java.io.IOException;
import java.sql.SQLException;

/**
 * Where the endpoints of a cluster are listed, if not in the URL alone.
 *
 * <p>It says where servers are, and, if it knows, who of them may be written to. What they are they
 * say themselves: each is watched like those of a URL, and what it says of itself decides whether
 * it is of the cluster, and whether it takes writes. So a source that errs, or is behind, can hide
 * a server, but not have anybody write to the wrong one.
 *
 * <p>Used by one thread, except that {@link #noticed} and {@link #close} come from any.
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

  /**
   * Whether servers say who is the writer while it has not answered at all, though it grants leases
   * or names the leader.
   */
  default boolean isDispensable() {
    return false;
  }

  /**
   * Takes note that the cluster is in trouble: its writer is lost, or another server claims to be
   * one. A source that waits for a server which is known to be lost asks another one. Does not
   * block.
   *
   * @param now what is known of the cluster now
   */
  default void noticed(Topology now) {}

  /** Ends what is under way, and gives up what is held. */
  @Override
  void close();
}
