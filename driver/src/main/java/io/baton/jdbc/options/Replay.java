package io.baton.jdbc.options;

/** What is rebuilt when a session moves to another server ({@code baton.replay}). */
public enum Replay {
  /** The session, and the transaction that was under way. */
  TRANSACTION,
  /** The session; a transaction that was under way is rolled back. */
  SESSION,
  /** Nothing: a session whose server is lost ends. */
  NONE
}
