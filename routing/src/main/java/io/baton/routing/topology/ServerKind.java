package io.baton.routing.topology;

/** What the servers of a cluster are, which decides what may be asked of them. */
public enum ServerKind {
  /** Servers that each keep their data, and follow one of them by its write-ahead log. */
  POSTGRESQL,
  /**
   * Instances of Amazon Aurora, which share one storage. There is no log that each replays, so no
   * timeline, and no position that could be asked of two of them and compared: the functions that
   * give positions are refused or, with logical replication, speak of something else.
   */
  AURORA;

  /** Whether what one server shows can be told from what another one has written. */
  public boolean hasPositions() {
    return this == POSTGRESQL;
  }
}
