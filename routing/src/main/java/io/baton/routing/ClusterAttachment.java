package io.baton.routing;

/** What another module keeps for a cluster and has to end with it. */
public interface ClusterAttachment {

  /** The cluster is closed, as its last lease is. Must not block. */
  void close();
}
