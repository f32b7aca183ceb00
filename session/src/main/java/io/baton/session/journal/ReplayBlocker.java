package io.baton.session.journal;

import io.baton.session.sql.AnalysedStatement;
import io.baton.session.sql.Effect;
import io.baton.session.sql.Replayability;
import io.baton.session.sql.StatementAnalysis;
import org.jspecify.annotations.Nullable;

/**
 * A reason why the open transaction cannot be replayed. Its text continues "it could not be
 * replayed:".
 */
public enum ReplayBlocker {
  /** The option {@code baton.replay}, or the application at run time. */
  SWITCHED_OFF("replay is switched off for this connection"),
  /** A comment in a statement. */
  FORBIDDEN("a comment in one of its statements forbids it"),
  /** The journal is full. */
  TOO_LARGE("it is larger than baton.journal.maxBytes allows"),
  /** COPY FROM STDIN, or the driver's interface for it. */
  CLIENT_STREAM("it copied from or to a stream of the application"),
  /** A stream, Blob or Clob that was bound. */
  ONE_SHOT_PARAMETER("a parameter was a stream or a large object, which is gone once it was sent"),
  /** A Blob, Clob or refcursor that was read. */
  SERVER_OBJECT("it read an object that lives on the server: a large object or a cursor variable"),
  /** More than one result of one call. */
  SEVERAL_RESULTS("it read more than one result of one statement"),
  /** Rows changed, or read anew, through a result set. */
  UPDATED_ROWS("it changed or refreshed rows through a result set"),
  /** The columns of a statement that was not executed. */
  METADATA("it asked for metadata of a statement, and what it was told is not compared"),
  /** Warnings of the connection itself. */
  WARNINGS("it read warnings of its connection, and what it was told is not compared"),
  /** An object of the PostgreSQL driver was handed out. */
  RAW_ACCESS("an object of the PostgreSQL driver was unwrapped, and calls on it are not seen"),
  /** A command whose effects outlive a rollback. */
  NON_TRANSACTIONAL("one of its statements has effects that no rollback undoes"),
  /** PREPARE TRANSACTION and what ends it. */
  TWO_PHASE("it takes part in a two-phase commit"),
  /** SET TRANSACTION SNAPSHOT. */
  SNAPSHOT("it reads a snapshot that only one server had"),
  /** A text that ends one transaction and begins another. */
  CHAINED("one text of SQL ended a transaction and began this one"),
  /** A pooler that lends backends by transaction. */
  POOLED("a pooler is between that serves the connection with more than one backend"),
  /** A call that is not recorded began the transaction. */
  UNSEEN("it was begun by a call that is not recorded"),
  /** An error was raised while rows were fetched, or by a call that is not recorded. */
  UNRECORDED_ERROR("an error was raised by a call that is not recorded, such as a fetch of rows"),
  /** A call that ended with an exception which is no answer of the server. */
  BROKEN_OFF(
      "one of its calls ended with an exception of the program and not with an answer, so what it"
          + " did is not known"),
  /** The transaction was lost before, so nothing is left to replay. */
  LOST("it was lost before, and not rolled back since"),
  /** A statement that is not recognised. */
  NOT_RECOGNISED("one of its statements was not recognised"),

  // Under baton.replayStrict alone.

  /** A write whose rows are not asked for. */
  UNCOMPARED_WRITE(
      "with baton.replayStrict, rows as written are compared of single prepared INSERT, UPDATE,"
          + " DELETE and MERGE statements without RETURNING and generated keys, and one of its"
          + " statements wrote in another way"),
  /** A target whose rows the role must not read. */
  UNREADABLE_TARGET(
      "with baton.replayStrict, rows as written are compared where the role may read them, and it"
          + " wrote to a table that the role may not read, or that row-level security hides"),
  /** A target that is no ordinary table. */
  TARGET_IS_NO_TABLE(
      "with baton.replayStrict, rows as written are compared of ordinary and partitioned tables,"
          + " and it wrote to a view, a foreign table, or a table with children, rules or virtual"
          + " columns"),
  /** Code or other tables are reached by a write. */
  WRITES_BY_CODE(
      "with baton.replayStrict, rows as written are compared where nothing else is written, and it"
          + " called a function, fired a trigger or reached a foreign key that may write more");

  private final String reason;

  ReplayBlocker(String reason) {
    this.reason = reason;
  }

  /** Returns whether the transaction may have written without a statement that shows it. */
  public boolean hidesWrites() {
    return this == RAW_ACCESS || this == SERVER_OBJECT || this == UPDATED_ROWS;
  }

  /** Returns the reason as a part of a sentence. */
  public String reason() {
    return reason;
  }

  /**
   * Returns why a text of SQL that ran inside a transaction block, and left one open, cannot be
   * replayed; null if it can.
   */
  public static @Nullable ReplayBlocker by(StatementAnalysis analysis) {
    ReplayBlocker obstacle = by(analysis.replayability());
    return obstacle == null && analysis.isTransactionControl() && endsTransaction(analysis)
        ? CHAINED
        : obstacle;
  }

  private static boolean endsTransaction(StatementAnalysis analysis) {
    for (AnalysedStatement statement : analysis.statements()) {
      for (Effect effect : statement.effects()) {
        if (effect instanceof Effect.Commit || effect instanceof Effect.Rollback) {
          return true;
        }
      }
    }
    return false;
  }

  private static @Nullable ReplayBlocker by(Replayability replayability) {
    return switch (replayability) {
      // Inside a block the server refuses the commit, so such a statement is replayable.
      case REPLAYABLE, MAY_COMMIT_INSIDE -> null;
      case CLIENT_STREAM -> CLIENT_STREAM;
      case NON_TRANSACTIONAL -> NON_TRANSACTIONAL;
      case TWO_PHASE -> TWO_PHASE;
      case SNAPSHOT -> SNAPSHOT;
      case FORBIDDEN -> FORBIDDEN;
      case UNKNOWN -> NOT_RECOGNISED;
    };
  }
}
