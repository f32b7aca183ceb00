package io.baton.session.sql;

/** The command that a statement is, as finely as sessions, routing and replay need to know it. */
public enum CommandKind {
  /** SELECT, and WITH whose main statement is SELECT. */
  SELECT,
  /** VALUES. */
  VALUES,
  /** TABLE name. */
  TABLE,
  /** SELECT ... INTO, which creates a table. */
  SELECT_INTO,
  /** INSERT. */
  INSERT,
  /** UPDATE. */
  UPDATE,
  /** DELETE. */
  DELETE,
  /** MERGE. */
  MERGE,
  /** COPY into a table, from the client, a file or a program. */
  COPY_IN,
  /** COPY out of a table or a query, to the client, a file or a program. */
  COPY_OUT,
  /** EXPLAIN, with or without ANALYZE. */
  EXPLAIN,
  /** SHOW. */
  SHOW,
  /** SET in all of its forms but those of roles and transactions. */
  SET,
  /** RESET. */
  RESET,
  /** SET ROLE, RESET ROLE, SET and RESET SESSION AUTHORIZATION. */
  SET_ROLE,
  /** SET TRANSACTION. */
  SET_TRANSACTION,
  /** SET CONSTRAINTS. */
  SET_CONSTRAINTS,
  /** DISCARD. */
  DISCARD,
  /** BEGIN and START TRANSACTION. */
  BEGIN,
  /** COMMIT and END. */
  COMMIT,
  /** ROLLBACK and ABORT, of the whole transaction. */
  ROLLBACK,
  /** SAVEPOINT. */
  SAVEPOINT,
  /** RELEASE. */
  RELEASE,
  /** ROLLBACK TO. */
  ROLLBACK_TO,
  /** PREPARE TRANSACTION. */
  PREPARE_TRANSACTION,
  /** COMMIT PREPARED and ROLLBACK PREPARED. */
  FINISH_PREPARED,
  /** PREPARE of a statement. */
  PREPARE,
  /** EXECUTE of a prepared statement. */
  EXECUTE,
  /** DEALLOCATE. */
  DEALLOCATE,
  /** DECLARE of a cursor. */
  DECLARE,
  /** FETCH. */
  FETCH,
  /** MOVE. */
  MOVE,
  /** CLOSE. */
  CLOSE,
  /** LISTEN. */
  LISTEN,
  /** UNLISTEN. */
  UNLISTEN,
  /** NOTIFY. */
  NOTIFY,
  /** LOCK. */
  LOCK,
  /** TRUNCATE. */
  TRUNCATE,
  /** CALL of a procedure, in SQL or as a JDBC escape. */
  CALL,
  /** DO. */
  DO,
  /** LOAD of a library. */
  LOAD,
  /** CREATE, ALTER, DROP, COMMENT, GRANT and their kin: what changes the catalogue. */
  DEFINITION,
  /** VACUUM, ANALYZE, CLUSTER, REINDEX, CHECKPOINT, REFRESH: work on storage. */
  MAINTENANCE,
  /** Nothing but white space and comments. */
  EMPTY,
  /** Not recognised: it runs on the writer, and the session is read back after it. */
  UNKNOWN
}
