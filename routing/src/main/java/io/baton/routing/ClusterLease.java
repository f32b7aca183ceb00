package io.baton.routing;

/** A share in a {@link Cluster}, which lives until its last lease has been closed for a while. */
public interface ClusterLease extends AutoCloseable {

  /** The cluster, to be used no longer than this lease is open. */
  Cluster cluster();

  /**
   * Gives the share back; does nothing the second time. A while after the last one, monitors stop.
   */
  @Override
  void close();
}
