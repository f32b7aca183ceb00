package io.baton.routing;

/** A share in a {@link Cluster}, which lives until its last lease is closed. */
public interface ClusterLease extends AutoCloseable {

  /** The cluster, to be used no longer than this lease is open. */
  Cluster cluster();

  /** Gives the share back; does nothing the second time. The last one stops the monitors. */
  @Override
  void close();
}
