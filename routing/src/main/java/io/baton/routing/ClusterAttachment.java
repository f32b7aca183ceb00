package io.baton.routing;

/** What another module keeps for a cluster and has to end with it. */
public interface ClusterAttachment {

  /**
   * Somebody has taken a share in the cluster again, or nobody has one for the moment: {@link
   * Cluster#isHeld}. Must not block.
   */
  default void heldChanged() {}

  /** The cluster is closed: nobody uses it any more. Must not block. */
  void close();
}
