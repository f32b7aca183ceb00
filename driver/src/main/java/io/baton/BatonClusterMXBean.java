package io.baton;

import java.util.List;

/**
 * The JMX view of a cluster, under {@code io.baton:type=Cluster,name="h1:5432,h2:5432",id=...}; one
 * for each combination of options and user that the cluster is used with.
 */
public interface BatonClusterMXBean {

  /** Returns the endpoints, {@code host:port} each. */
  List<String> getEndpoints();

  /** Returns the state of each endpoint, a line each. */
  List<String> getTopology();

  /** Returns the number of sessions of this JVM. */
  int getSessions();

  /** Returns the share of calls whose session could have been rebuilt, from 0 to 1. */
  double getRestorableShare();

  /** Returns the share of calls that could have been replayed or run again, from 0 to 1. */
  double getReplayableShare();

  /** Returns the causes of lost cover, the most frequent first, a line each. */
  List<String> getProtectionLosses();

  /** Returns the number of failovers: losses of servers that sessions noticed at the same time. */
  long getFailovers();

  /** Returns how often a session was rebuilt on a server after a loss. */
  long getSessionsMoved();

  /** Returns the number of transactions that were replayed and went on. */
  long getTransactionsReplayed();

  /** Returns of how many cut-off COMMITs it was found out whether they took place. */
  long getCommitsSettled();

  /** Returns the number of transactions that ended as not committed (40001). */
  long getTransactionsLost();

  /** Returns how often it is not known whether work took place (08007). */
  long getOutcomesUnknown();

  /** Returns the number of connections closed as their session could not be rebuilt (08006). */
  long getSessionsLost();

  /** Returns the longest time, in milliseconds, that a call waited for its recovery. */
  long getLongestPauseMillis();

  /** Returns the result of the last hand-over; empty if there was none. */
  String getLastHandOver();

  /**
   * Moves the sessions off a server, and keeps new ones from it. Returns at once.
   *
   * @throws IllegalArgumentException if it is not an endpoint of this cluster
   */
  void drain(String endpoint);

  /**
   * Allows a server to be used again.
   *
   * @throws IllegalArgumentException if it is not an endpoint of this cluster
   */
  void undrain(String endpoint);

  /**
   * Moves the sessions of one server to another. Returns at once.
   *
   * @throws IllegalArgumentException if one is not an endpoint of this cluster, or {@code to}
   *     cannot take sessions
   */
  void handOver(String from, String to);

  /**
   * Announces that another server is going to be the writer; see {@link
   * BatonCluster#announceSwitchover}.
   *
   * @param at when the switchover begins, such as {@code 2026-01-01T00:00:00Z}
   * @throws IllegalArgumentException if the announcement is refused
   */
  void announceSwitchover(String to, String at);
}
