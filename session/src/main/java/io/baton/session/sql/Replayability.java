package io.baton.session.sql;

/** Whether a statement may run a second time when the transaction around it is replayed. */
public enum Replayability {
  /** All it does is undone with its transaction, so it may run again. */
  REPLAYABLE,
  /** It reads a stream of the client that cannot be read twice (COPY FROM STDIN). */
  CLIENT_STREAM,
  /**
   * It may commit inside when it runs outside of a transaction block (CALL, DO). Inside a block it
   * is refused to, and is replayable there.
   */
  MAY_COMMIT_INSIDE,
  /** It does what no rollback undoes (VACUUM, CREATE DATABASE, CREATE INDEX CONCURRENTLY, ...). */
  NON_TRANSACTIONAL,
  /** It prepares a transaction for two-phase commit, or ends one prepared before. */
  TWO_PHASE,
  /** It binds the transaction to a snapshot that only one server has. */
  SNAPSHOT,
  /** A comment {@code /*+ baton:no-replay *}{@code /} forbids it. */
  FORBIDDEN,
  /** Not recognised, so not run again. */
  UNKNOWN
}
