package io.baton.routing.select;

/** The kind of place where a statement is to run. */
public enum RouteTarget {
  /** The cluster's writer. */
  WRITER,
  /** A reader, or the writer if there is none. */
  READER,
  /** The writer; while there is none, the server where the session is. */
  ANY,
  /** The server where the session is. */
  CURRENT,
  /** A server named in the statement. */
  ENDPOINT
}
