package io.baton.routing;

/** What another module keeps for a cluster and has to end with it. */
public interface ClusterAttachment {

  /** The cluster is closed: nobody uses it any more. Must not block. */
  void close();
}
