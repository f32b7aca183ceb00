package io.baton.session.sql;

/** Reads one statement: tells the command by its first words, and hands it on. */
final class CommandScan {
  private CommandScan() {}

  /** What the statement between these tokens does. */
  static AnalysedStatement read(Tokens tokens, int from, int end) {
    StatementReader reader = new StatementReader(tokens, from, end);
    StatementDraft draft = new StatementDraft();
    if (reader.isDone()) {
      draft.is(CommandKind.EMPTY);
    } else if (reader.isMark('(')) {
      QueryScan.analyse(reader, draft);
    } else if (reader.isMark('{')) {
      escape(reader, draft);
    } else if (tokens.kind(from) == TokenKind.WORD) {
      command(tokens.word(from), reader, draft);
    } else {
      draft.unknown();
    }
    return draft.finish(tokens, from, end);
  }

  /** JDBC's {@code {call f(...)}} and {@code {?= call f(...)}}. */
  private static void escape(StatementReader reader, StatementDraft draft) {
    reader.at++;
    if (reader.tokens.kind(reader.at) == TokenKind.PLACEHOLDER) {
      reader.at++;
      reader.acceptMark('=');
    }
    if (reader.accept("call")) {
      call(reader, draft);
    } else {
      draft.unknown();
    }
  }

  private static void command(String word, StatementReader reader, StatementDraft draft) {
    switch (word) {
      case "select", "with", "values", "insert", "update", "delete", "merge" ->
          QueryScan.analyse(reader, draft);
      case "table" -> QueryScan.analyse(reader, draft);
      default -> {
        reader.at++;
        other(word, reader, draft);
      }
    }
  }

  private static void other(String word, StatementReader reader, StatementDraft draft) {
    switch (word) {
      case "begin" -> TransactionCommands.begin(reader, draft);
      case "start" -> TransactionCommands.start(reader, draft);
      case "commit", "end" -> TransactionCommands.commit(reader, draft);
      case "rollback", "abort" -> TransactionCommands.rollback(reader, draft);
      case "savepoint" -> TransactionCommands.savepoint(reader, draft);
      case "release" -> TransactionCommands.release(reader, draft);
      case "set" -> SettingCommands.set(reader, draft);
      case "reset" -> SettingCommands.reset(reader, draft);
      case "show" -> {
        draft.is(CommandKind.SHOW);
        draft.readCandidate = true;
        draft.needsWriter =
            WriterOnly.isSetting(reader.name())
                || reader.tokens.areWords(reader.from + 1, "transaction", "isolation", "level");
      }
      case "prepare" -> SessionCommands.prepare(reader, draft);
      case "execute" -> SessionCommands.execute(reader, draft);
      case "deallocate" -> SessionCommands.deallocate(reader, draft);
      case "discard" -> SessionCommands.discard(reader, draft);
      case "listen" -> SessionCommands.listen(reader, draft);
      case "unlisten" -> SessionCommands.unlisten(reader, draft);
      case "declare" -> SessionCommands.declare(reader, draft);
      case "close" -> SessionCommands.close(reader, draft);
      case "load" -> SessionCommands.load(reader, draft);
      case "notify" -> draft.is(CommandKind.NOTIFY);
      case "fetch" -> draft.is(CommandKind.FETCH);
      case "move" -> draft.is(CommandKind.MOVE);
      case "lock" -> draft.is(CommandKind.LOCK);
      case "explain" -> explain(reader, draft);
      case "copy" -> copy(reader, draft);
      case "call" -> call(reader, draft);
      case "do" -> {
        draft.is(CommandKind.DO, new Effect.RunHiddenCode());
        if (LastingFunctions.areCalledIn(reader.text())) {
          draft.worsen(Replayability.NON_TRANSACTIONAL);
        }
        draft.worsen(Replayability.MAY_COMMIT_INSIDE);
      }
      case "create" -> DefinitionCommands.create(reader, draft);
      case "drop" -> DefinitionCommands.drop(reader, draft);
      case "alter", "import" -> DefinitionCommands.alter(reader, draft);
      case "comment", "grant", "revoke", "security", "reassign" ->
          DefinitionCommands.annotate(reader, draft);
      case "truncate" -> DefinitionCommands.truncate(reader, draft);
      case "vacuum", "analyze", "analyse", "cluster", "reindex", "checkpoint", "refresh" ->
          DefinitionCommands.maintenance(word, reader, draft);
      default -> draft.unknown();
    }
  }

  private static void call(StatementReader reader, StatementDraft draft) {
    QueryScan.expression(reader, draft);
    draft.readCandidate = false;
    draft.is(CommandKind.CALL, new Effect.RunHiddenCode());
    draft.worsen(Replayability.MAY_COMMIT_INSIDE);
  }

  /**
   * EXPLAIN runs its statement only if it is told to ANALYZE. It is taken for told so unless each
   * of its options is known and none is ANALYZE, with whatever value: of one that is given twice,
   * the last counts, and what the values mean is for the server to say.
   */
  private static void explain(StatementReader reader, StatementDraft draft) {
    boolean analyze;
    // A parenthesis may also begin the query that is explained.
    if (reader.isMark('(') && !isQuery(reader)) {
      int end = reader.afterParentheses(reader.at);
      analyze = !ExplainOptions.showNoAnalyze(reader.part(reader.at + 1, end - 1));
      reader.at = end;
    } else {
      analyze = reader.accept("analyze") || reader.accept("analyse");
      reader.accept("verbose");
    }
    if (reader.isWord("explain")) {
      draft.unknown(); // The server explains no EXPLAIN.
      return;
    }
    if (!analyze) {
      draft.is(CommandKind.EXPLAIN);
      draft.readCandidate = true;
      return;
    }
    AnalysedStatement explained = read(reader.tokens, reader.at, reader.end);
    draft.effects.addAll(explained.effects());
    draft.functions.addAll(explained.functions());
    draft.relations.addAll(explained.relations());
    draft.operators.addAll(explained.operators());
    draft.needsWriter = explained.needsWriter();
    draft.worsen(explained.replayability());
    draft.is(CommandKind.EXPLAIN);
    draft.readCandidate = explained.readCandidate();
    if (explained.kind() == CommandKind.UNKNOWN || explained.kind() == CommandKind.EMPTY) {
      draft.unknown();
    }
  }

  private static boolean isQuery(StatementReader reader) {
    int index = reader.at;
    while (reader.tokens.isMark(index, '(')) {
      index++;
    }
    return reader.tokens.isWord(index, "select")
        || reader.tokens.isWord(index, "values")
        || reader.tokens.isWord(index, "table")
        || reader.tokens.isWord(index, "with");
  }

  private static void copy(StatementReader reader, StatementDraft draft) {
    if (reader.isMark('(')) {
      int close = reader.afterParentheses(reader.at);
      QueryScan.expression(reader.part(reader.at, close), draft);
      reader.at = close;
    }
    int from = reader.find("from");
    draft.readCandidate = false;
    draft.is(from < 0 ? CommandKind.COPY_OUT : CommandKind.COPY_IN);
    draft.relations.addAll(QueryScan.names(reader));
    if (from < 0) {
      boolean toClient = reader.find("to", "stdout") >= 0;
      draft.worsen(toClient ? Replayability.CLIENT_STREAM : Replayability.NON_TRANSACTIONAL);
    } else {
      boolean ofClient = reader.tokens.isWord(from + 1, "stdin");
      draft.worsen(ofClient ? Replayability.CLIENT_STREAM : Replayability.NON_TRANSACTIONAL);
    }
  }
}
