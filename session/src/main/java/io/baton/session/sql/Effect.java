package io.baton.session.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a statement does to its session, as its text shows it.
 *
 * <p>Where an effect has {@code certain}, false means that the text does not show whether, or how
 * often, it happens: the session has to ask the server afterwards.
 */
public sealed interface Effect {

  /** SET and RESET of one setting, roles and session authorization among them. */
  record SetSetting(String name, Argument value, boolean local) implements Effect {}

  /** A call of {@code set_config(name, value, local)}. */
  record CallSetConfig(Argument name, Argument value, Argument local, boolean certain)
      implements Effect {}

  /** RESET ALL. */
  record ResetAll() implements Effect {}

  /** SET TRANSACTION. */
  record SetTransaction(TransactionModes modes) implements Effect {}

  /** BEGIN and START TRANSACTION. */
  record Begin(TransactionModes modes) implements Effect {}

  /** COMMIT and END. */
  record Commit(boolean chain) implements Effect {}

  /** ROLLBACK and ABORT of the whole transaction. */
  record Rollback(boolean chain) implements Effect {}

  /** SAVEPOINT. */
  record Savepoint(String name) implements Effect {}

  /** RELEASE. */
  record Release(String name) implements Effect {}

  /** ROLLBACK TO. */
  record RollbackTo(String name) implements Effect {}

  /** PREPARE TRANSACTION. */
  record PrepareTransaction(String identifier) implements Effect {}

  /**
   * PREPARE of a statement.
   *
   * @param sql the whole PREPARE statement, so written that it means the same whatever the setting
   *     standard_conforming_strings
   * @param body what the prepared statement does when executed
   */
  record Prepare(String name, String sql, AnalysedStatement body) implements Effect {}

  /**
   * EXECUTE of a prepared statement.
   *
   * @param arguments the values of its parameters, in order
   */
  record Execute(String name, List<Argument> arguments) implements Effect {}

  /** DEALLOCATE of one prepared statement, or of all when the name is null. */
  record Deallocate(@Nullable String name) implements Effect {}

  /** DISCARD. */
  record Discard(Discarded kind) implements Effect {
    /** What is discarded. */
    public enum Discarded {
      /** DISCARD ALL. */
      ALL,
      /** DISCARD PLANS. */
      PLANS,
      /** DISCARD SEQUENCES. */
      SEQUENCES,
      /** DISCARD TEMP. */
      TEMP
    }
  }

  /** LISTEN. */
  record Listen(String channel) implements Effect {}

  /** UNLISTEN of one channel, or of all when the channel is null. */
  record Unlisten(@Nullable String channel) implements Effect {}

  /**
   * A call of a function on session-level advisory locks.
   *
   * @param key one argument for the bigint form, two for the form of two integers, none for {@link
   *     LockAction#UNLOCK_ALL}
   */
  record AdvisoryLock(LockAction kind, boolean shared, List<Argument> key, boolean certain)
      implements Effect {
    /** What is done to the lock. */
    public enum LockAction {
      /** Waits for the lock. */
      LOCK,
      /** Takes the lock if it is free; the text does not show the outcome. */
      TRY_LOCK,
      /** Gives the lock back once. */
      UNLOCK,
      /** Gives all locks back. */
      UNLOCK_ALL
    }
  }

  /**
   * Creation of a relation, function or type that is temporary, or may turn out to be.
   *
   * @param definition SQL that creates it again without its rows, or null where the text does not
   *     give it
   * @param holdsRows whether it is created with rows in it
   * @param declared whether the text says that it is temporary; if not, it is where the search path
   *     begins with {@code pg_temp}, or a view reads what is temporary
   */
  record CreateTemporary(
      TemporaryKind kind,
      RelationName name,
      @Nullable String definition,
      boolean holdsRows,
      OnCommit onCommit,
      boolean ifNotExists,
      boolean declared)
      implements Effect {}

  /** The kind of something temporary. */
  enum TemporaryKind {
    /** A table. */
    TABLE(""),
    /** A view. */
    VIEW(""),
    /** A sequence. */
    SEQUENCE(""),
    /** A function or procedure. */
    FUNCTION("function "),
    /** A type or domain. */
    TYPE("type ");

    private final String prefix;

    TemporaryKind(String prefix) {
      this.prefix = prefix;
    }

    /** Returns what a thing of this kind and name goes by among all that is temporary. */
    public String key(String name) {
      return prefix + name;
    }
  }

  /** What becomes of a temporary table at commit. */
  enum OnCommit {
    /** It stays, with its rows. */
    PRESERVE_ROWS,
    /** It stays, emptied. */
    DELETE_ROWS,
    /** It is dropped. */
    DROP
  }

  /**
   * A definition command (ALTER, CREATE INDEX, COMMENT, ...) on something that may be temporary, or
   * may belong to it.
   *
   * @param relations every name in it
   * @param target what it changes
   * @param sql the command
   */
  record ChangeRelations(List<RelationName> relations, DefinitionTarget target, String sql)
      implements Effect {}

  /**
   * DROP of something that may be temporary.
   *
   * @param kind what is dropped
   * @param cascade whether objects not named may go with it
   */
  record DropTemporary(TemporaryKind kind, List<RelationName> names, boolean cascade)
      implements Effect {}

  /** ALTER ... RENAME TO of something that may be temporary. */
  record RenameTemporary(RelationName from, String to, String sql) implements Effect {}

  /** TRUNCATE of tables that may be temporary. */
  record TruncateTemporary(List<RelationName> relations) implements Effect {}

  /** DECLARE of a cursor. */
  record DeclareCursor(String name, boolean hold) implements Effect {}

  /** CLOSE of one cursor, or of all when the name is null. */
  record CloseCursor(@Nullable String name) implements Effect {}

  /** CREATE of something temporary of which nobody can tell how to make it again. */
  record CreateElsewhere(String what) implements Effect {

    /** An aggregate, a collation, an operator and the like, in {@code pg_temp}. */
    public static final String IN_TEMPORARY_SCHEMA = "an object of pg_temp";
  }

  /** LOAD. */
  record Load(String library) implements Effect {}

  /** A use of sequence values that the session remembers (currval, lastval). */
  record UseSequence(SequenceUse kind) implements Effect {
    /** How the sequence is used. */
    public enum SequenceUse {
      /** nextval or setval: currval and lastval have a value from now on. */
      DRAW,
      /** currval or lastval: the value of this session is asked for. */
      RECALL
    }
  }

  /** setseed: random() answers in an order that only this server knows. */
  record SeedRandom() implements Effect {}

  /**
   * Code runs that the text does not show: DO, CALL, a function that runs SQL given as text, or a
   * statement not recognised.
   */
  record RunHiddenCode() implements Effect {}
}
