package io.baton.session.sql;

import io.baton.session.sql.Effect.Discard.Discarded;

/** The commands on prepared statements, channels, cursors and libraries of a session. */
final class SessionCommands {
  private SessionCommands() {}

  static void prepare(StatementReader reader, StatementDraft draft) {
    if (reader.isWord("transaction") && reader.tokens.isString(reader.at + 1)) {
      reader.at++;
      TransactionCommands.prepareTransaction(reader, draft);
      return;
    }
    String name = reader.name();
    if (reader.isMark('(')) {
      reader.at = reader.afterParentheses(reader.at);
    }
    if (name == null || !reader.accept("as") || reader.isDone()) {
      draft.unknown();
      return;
    }
    StatementDraft body = new StatementDraft();
    int from = reader.at;
    QueryScan.analyse(reader.part(from, reader.end), body);
    draft.is(
        CommandKind.PREPARE,
        new Effect.Prepare(
            name, reader.textFrom(reader.from), body.finish(reader.tokens, from, reader.end)));
  }

  static void execute(StatementReader reader, StatementDraft draft) {
    String name = reader.name();
    if (name == null) {
      draft.unknown();
      return;
    }
    if (reader.isMark('(')) {
      // The arguments are expressions; what they call may have effects of its own.
      QueryScan.expression(reader.part(reader.at, reader.end), draft);
    }
    draft.is(CommandKind.EXECUTE, new Effect.Execute(name));
  }

  static void deallocate(StatementReader reader, StatementDraft draft) {
    if (reader.isWord("prepare") && reader.at + 1 < reader.end) {
      reader.at++;
    }
    boolean all = reader.accept("all");
    String name = all ? null : reader.name();
    if (!reader.isDone() || (!all && name == null)) {
      draft.unknown();
    } else {
      draft.is(CommandKind.DEALLOCATE, new Effect.Deallocate(name));
    }
  }

  static void discard(StatementReader reader, StatementDraft draft) {
    Discarded discarded;
    if (reader.accept("all")) {
      discarded = Discarded.ALL;
    } else if (reader.accept("plans")) {
      discarded = Discarded.PLANS;
    } else if (reader.accept("sequences")) {
      discarded = Discarded.SEQUENCES;
    } else if (reader.accept("temp") || reader.accept("temporary")) {
      discarded = Discarded.TEMP;
    } else {
      draft.unknown();
      return;
    }
    draft.is(CommandKind.DISCARD, new Effect.Discard(discarded));
    if (discarded == Discarded.ALL) {
      draft.worsen(Replayability.NON_TRANSACTIONAL);
    }
  }

  static void listen(StatementReader reader, StatementDraft draft) {
    String channel = reader.name();
    if (channel == null || !reader.isDone()) {
      draft.unknown();
    } else {
      draft.is(CommandKind.LISTEN, new Effect.Listen(channel));
    }
  }

  static void unlisten(StatementReader reader, StatementDraft draft) {
    boolean all = reader.acceptMark('*');
    String channel = all ? null : reader.name();
    if (!reader.isDone() || (!all && channel == null)) {
      draft.unknown();
    } else {
      draft.is(CommandKind.UNLISTEN, new Effect.Unlisten(channel));
    }
  }

  static void declare(StatementReader reader, StatementDraft draft) {
    String name = reader.name();
    int query = reader.find("for");
    int hold = reader.find("with", "hold");
    if (name == null || query < 0) {
      draft.unknown();
      return;
    }
    QueryScan.analyse(reader.part(query + 1, reader.end), draft);
    draft.readCandidate = false;
    draft.is(CommandKind.DECLARE, new Effect.DeclareCursor(name, hold >= 0 && hold < query));
  }

  static void close(StatementReader reader, StatementDraft draft) {
    boolean all = reader.accept("all");
    String name = all ? null : reader.name();
    if (!reader.isDone() || (!all && name == null)) {
      draft.unknown();
    } else {
      draft.is(CommandKind.CLOSE, new Effect.CloseCursor(name));
    }
  }

  static void load(StatementReader reader, StatementDraft draft) {
    String library = reader.string();
    if (library == null || !reader.isDone()) {
      draft.unknown();
    } else {
      draft.is(CommandKind.LOAD, new Effect.Load(library));
    }
  }
}
