package io.baton.routing.topology;

/** What a server is good for. */
public enum Role {
  /** Accepts writes, and is the one server of the cluster that is to be written to. */
  WRITER,
  /** A hot standby: answers queries and refuses writes. */
  READER,
  /**
   * Not known, or nothing to route to: it has not answered yet, is down, belongs to another
   * cluster, or accepts writes on a timeline that a later promotion has made void.
   */
  UNKNOWN;

  @Override
  public String toString() {
    return switch (this) {
      case WRITER -> "writer";
      case READER -> "reader";
      case UNKNOWN -> "unknown";
    };
  }
}
