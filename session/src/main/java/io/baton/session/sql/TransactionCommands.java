package io.baton.session.sql;

import org.jspecify.annotations.Nullable;

/** The commands that begin and end transactions and savepoints. */
final class TransactionCommands {
  private TransactionCommands() {}

  static void begin(StatementReader reader, StatementDraft draft) {
    if (!reader.accept("transaction")) {
      reader.accept("work");
    }
    finish(reader, draft, CommandKind.BEGIN, new Effect.Begin(modes(reader)));
  }

  /** START, behind which only TRANSACTION may come. */
  static void start(StatementReader reader, StatementDraft draft) {
    if (reader.isWord("transaction")) {
      begin(reader, draft);
    } else {
      draft.unknown();
    }
  }

  static void commit(StatementReader reader, StatementDraft draft) {
    if (reader.accept("prepared")) {
      finishPrepared(reader, draft);
      return;
    }
    workOrTransaction(reader);
    Boolean chain = chain(reader);
    if (chain == null) {
      draft.unknown();
    } else {
      finish(reader, draft, CommandKind.COMMIT, new Effect.Commit(chain));
    }
  }

  static void rollback(StatementReader reader, StatementDraft draft) {
    if (reader.accept("prepared")) {
      finishPrepared(reader, draft);
      return;
    }
    workOrTransaction(reader);
    if (reader.accept("to")) {
      reader.accept("savepoint");
      String name = reader.name();
      if (name == null) {
        draft.unknown();
      } else {
        finish(reader, draft, CommandKind.ROLLBACK_TO, new Effect.RollbackTo(name));
      }
      return;
    }
    Boolean chain = chain(reader);
    if (chain == null) {
      draft.unknown();
    } else {
      finish(reader, draft, CommandKind.ROLLBACK, new Effect.Rollback(chain));
    }
  }

  static void savepoint(StatementReader reader, StatementDraft draft) {
    String name = reader.name();
    if (name == null) {
      draft.unknown();
    } else {
      finish(reader, draft, CommandKind.SAVEPOINT, new Effect.Savepoint(name));
    }
  }

  static void release(StatementReader reader, StatementDraft draft) {
    if (reader.isWord("savepoint") && reader.at + 1 < reader.end) {
      reader.at++;
    }
    String name = reader.name();
    if (name == null) {
      draft.unknown();
    } else {
      finish(reader, draft, CommandKind.RELEASE, new Effect.Release(name));
    }
  }

  static void prepareTransaction(StatementReader reader, StatementDraft draft) {
    String identifier = reader.string();
    if (identifier == null) {
      draft.unknown();
    } else {
      finish(
          reader,
          draft,
          CommandKind.PREPARE_TRANSACTION,
          new Effect.PrepareTransaction(identifier));
      draft.worsen(Replayability.TWO_PHASE);
    }
  }

  private static void finishPrepared(StatementReader reader, StatementDraft draft) {
    if (reader.string() == null || !reader.isDone()) {
      draft.unknown();
    } else {
      draft.is(CommandKind.FINISH_PREPARED);
      draft.worsen(Replayability.TWO_PHASE);
    }
  }

  private static void workOrTransaction(StatementReader reader) {
    if (!reader.accept("work")) {
      reader.accept("transaction");
    }
  }

  /** Whether AND CHAIN follows; null where something else does. */
  private static @Nullable Boolean chain(StatementReader reader) {
    if (reader.isDone() || reader.acceptAll("and", "no", "chain")) {
      return Boolean.FALSE;
    }
    return reader.acceptAll("and", "chain") ? Boolean.TRUE : null;
  }

  private static void finish(
      StatementReader reader, StatementDraft draft, CommandKind kind, Effect effect) {
    if (reader.isDone()) {
      draft.is(kind, effect);
    } else {
      draft.unknown();
    }
  }

  /** The transaction modes from here on, separated by commas or not. */
  static TransactionModes modes(StatementReader reader) {
    String isolation = null;
    Boolean readOnly = null;
    Boolean deferrable = null;
    while (!reader.isDone()) {
      if (reader.acceptAll("isolation", "level")) {
        isolation = isolation(reader);
        if (isolation == null) {
          break;
        }
      } else if (reader.acceptAll("read", "only")) {
        readOnly = true;
      } else if (reader.acceptAll("read", "write")) {
        readOnly = false;
      } else if (reader.accept("deferrable")) {
        deferrable = true;
      } else if (reader.acceptAll("not", "deferrable")) {
        deferrable = false;
      } else {
        break;
      }
      reader.acceptMark(',');
    }
    return new TransactionModes(isolation, readOnly, deferrable);
  }

  private static @Nullable String isolation(StatementReader reader) {
    if (reader.acceptAll("read", "committed")) {
      return "read committed";
    }
    if (reader.acceptAll("read", "uncommitted")) {
      return "read uncommitted";
    }
    if (reader.acceptAll("repeatable", "read")) {
      return "repeatable read";
    }
    return reader.accept("serializable") ? "serializable" : null;
  }
}
