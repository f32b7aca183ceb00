package io.baton.jdbc.options;

/** The kind of server a session starts on ({@code baton.target}). */
public enum SessionTarget {
  /** The server that accepts writes. */
  WRITER,
  /** A standby. */
  READER,
  /** Whichever is there. */
  ANY
}
