package io.baton.session.sql;

import io.baton.session.sql.Effect.Discard.Discarded;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    Effect effect = execution(reader, draft);
    if (effect == null) {
      draft.unknown();
    } else {
      draft.is(CommandKind.EXECUTE, effect);
    }
  }

  /** Reads what follows the word EXECUTE; null if it names no statement. */
  static @Nullable Effect execution(StatementReader reader, StatementDraft draft) {
    String name = reader.name();
    if (name == null) {
      return null;
    }
    List<Argument> arguments = List.of();
    if (reader.isMark('(')) {
      // The arguments are expressions; what they call may have effects of its own.
      QueryScan.expression(reader.part(reader.at, reader.end), draft);
      arguments = arguments(reader);
    }
    return new Effect.Execute(name, arguments);
  }

  /** The arguments in parentheses; those that are no constants are hidden. */
  private static List<Argument> arguments(StatementReader reader) {
    List<Argument> arguments = new ArrayList<>();
    reader.at++;
    while (!reader.isDone() && !reader.isMark(')')) {
      int begin = reader.at;
      String constant = reader.string();
      boolean isNull = constant == null && reader.accept("null");
      boolean isWhole = reader.isMark(',') || reader.isMark(')');
      if (!isWhole) {
        reader.at = begin;
        skipArgument(reader);
      }
      arguments.add(
          isWhole && isNull
              ? Argument.NULL
              : isWhole && constant != null ? new Argument.Text(constant) : Argument.HIDDEN);
      reader.acceptMark(',');
    }
    return List.copyOf(arguments);
  }

  private static void skipArgument(StatementReader reader) {
    int depth = 0;
    for (; !reader.isDone(); reader.at++) {
      if (depth == 0 && (reader.isMark(',') || reader.isMark(')'))) {
        return;
      }
      if (reader.isMark('(') || reader.isMark('[')) {
        depth++;
      } else if (reader.isMark(')') || reader.isMark(']')) {
        depth--;
      }
    }
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
    draft.runsLater = true;
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
