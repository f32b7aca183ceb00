package io.baton.routing;

/** A share in a {@link Cluster}, which is closed with its last lease. */
public interface ClusterLease extends AutoCloseable {

  /** The cluster, to be used no longer than this lease is open. */
  Cluster cluster();

  /**
   * Gives the share back; does nothing the second time. With the last share the cluster is closed:
   * its threads have ended when this returns.
   */
  @Override
  void close();
}
