package io.baton;

import java.util.List;

/**
 * A cluster as JMX shows it, under {@code io.baton:type=Cluster,name="h1:5432,h2:5432",id=...}; one
 * for each set of options and user that its servers are watched with.
 */
public interface BatonClusterMXBean {

  /** The endpoints, {@code host:port} each. */
  List<String> getEndpoints();

  /** What is known of each endpoint, a line each. */
  List<String> getTopology();

  /** How many sessions of this JVM there are. */
  int getSessions();

  /** The share of calls whose session could have been built again, from 0 to 1. */
  double getRestorableShare();

  /** The share of calls of which the loss of their server would not have been seen, from 0 to 1. */
  double getReplayableShare();

  /** What took covers away, the most frequent first, a line each. */
  List<String> getProtectionLosses();

  /** How the last hand-over ended; empty if there was none. */
  String getLastHandOver();

  /**
   * Has the sessions leave a server, and no new one begin there. Returns at once.
   *
   * @throws IllegalArgumentException if it is no endpoint of this cluster
   */
  void drain(String endpoint);

  /**
   * Allows a server to be used again.
   *
   * @throws IllegalArgumentException if it is no endpoint of this cluster
   */
  void undrain(String endpoint);

  /**
   * Has the sessions of one server move to another. Returns at once.
   *
   * @throws IllegalArgumentException if one is no endpoint of this cluster, or cannot take sessions
   */
  void handOver(String from, String to);
}
