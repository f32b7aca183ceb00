package io.baton.session.sql;

/** Whether a statement may run a second time when the transaction around it is replayed. */
public enum Replayability {
  /** A rollback undoes all it does, so it may run again. */
  REPLAYABLE,
  /** It reads a stream of the client that cannot be read twice (COPY FROM STDIN). */
  CLIENT_STREAM,
  /**
   * It may commit inside when it runs outside of a transaction block (CALL, DO). Inside a block the
   * server refuses that, so it is replayable there.
   */
  MAY_COMMIT_INSIDE,
  /**
   * It has effects that no rollback undoes (VACUUM, CREATE DATABASE, CREATE INDEX CONCURRENTLY,
   * ...).
   */
  NON_TRANSACTIONAL,
  /** It prepares a transaction for two-phase commit, or ends one prepared before. */
  TWO_PHASE,
  /** It binds the transaction to a snapshot that only one server has. */
  SNAPSHOT,
  /** A comment {@code /*+ baton:no-replay *}{@code /} forbids it. */
  FORBIDDEN,
  /** It is not recognised, so it is not run again. */
  UNKNOWN
}
