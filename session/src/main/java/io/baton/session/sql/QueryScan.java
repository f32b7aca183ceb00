package io.baton.session.sql;

import io.baton.session.sql.Effect.AdvisoryLock.LockAction;
import io.baton.session.sql.Effect.UseSequence.SequenceUse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads SELECT, VALUES, TABLE, INSERT, UPDATE, DELETE, MERGE, each with or without WITH, and
 * expressions.
 *
 * <p>It does not parse them. It looks at every token and records whatever could be a write, a lock,
 * a function or a relation: a word {@code update} anywhere counts as a write, and every name as a
 * relation that it could name. So a read candidate is certain to show no write; a statement that is
 * no candidate may still be a read.
 */
final class QueryScan {
  private static final Set<String> WRITES = Set.of("insert", "update", "delete", "merge");
  private static final Set<String> LOCK_STRENGTHS = Set.of("update", "share", "no", "key");

  /** With any of these in it, an expression may run never, or more than once. */
  private static final Set<String> MAKE_UNCERTAIN =
      Set.of(
          "from",
          "where",
          "limit",
          "having",
          "case",
          "coalesce",
          "union",
          "intersect",
          "except",
          "offset",
          "fetch",
          "and",
          "or",
          "group",
          "nullif",
          "filter",
          "with");

  private final StatementReader reader;
  private final Tokens tokens;
  private final StatementDraft draft;

  private QueryScan(StatementReader reader, StatementDraft draft) {
    this.reader = reader;
    this.tokens = reader.tokens;
    this.draft = draft;
  }

  /** Reads a whole statement, which begins where the reader stands. */
  static void analyse(StatementReader reader, StatementDraft draft) {
    QueryScan scan = new QueryScan(reader, draft);
    CommandKind kind = scan.kind();
    if (kind == CommandKind.UNKNOWN) {
      draft.unknown();
      return;
    }
    draft.is(kind);
    draft.readCandidate =
        kind == CommandKind.SELECT || kind == CommandKind.VALUES || kind == CommandKind.TABLE;
    scan.scan();
    if (!draft.readCandidate && draft.relations.stream().anyMatch(QueryScan::holdsSettings)) {
      draft.effects.add(new Effect.RunHiddenCode());
    }
  }

  /** The system's view whose rows can be updated, which sets the settings of the session. */
  private static boolean holdsSettings(RelationName relation) {
    return relation.name().equals("pg_settings");
  }

  /** Records what an expression, or a list of expressions, calls. */
  static void expression(StatementReader reader, StatementDraft draft) {
    new QueryScan(reader, draft).scan();
  }

  /** Every name in what is left, each of which could be a relation. */
  static List<RelationName> names(StatementReader reader) {
    StatementDraft found = new StatementDraft();
    QueryScan scan = new QueryScan(reader, found);
    for (int index = reader.at; index < reader.end; index++) {
      scan.relation(index);
    }
    return List.copyOf(found.relations);
  }

  private CommandKind kind() {
    int index = reader.at;
    while (index < reader.end && tokens.isMark(index, '(')) {
      index++;
    }
    if (!tokens.isWord(index, "with")) {
      return index < reader.end ? kindOf(index) : CommandKind.UNKNOWN;
    }
    int depth = 0;
    for (int next = index + 1; next < reader.end; next++) {
      if (tokens.isMark(next, '(')) {
        depth++;
      } else if (tokens.isMark(next, ')')) {
        depth--;
      } else if (depth == 0 && kindOf(next) != CommandKind.UNKNOWN) {
        return kindOf(next);
      } else if (depth == 0 && tokens.isWord(next, "with")) {
        break;
      }
    }
    return CommandKind.UNKNOWN;
  }

  private CommandKind kindOf(int index) {
    if (tokens.kind(index) != TokenKind.WORD) {
      return CommandKind.UNKNOWN;
    }
    return switch (tokens.word(index)) {
      case "select" -> CommandKind.SELECT;
      case "values" -> CommandKind.VALUES;
      case "table" -> CommandKind.TABLE;
      case "insert" -> CommandKind.INSERT;
      case "update" -> CommandKind.UPDATE;
      case "delete" -> CommandKind.DELETE;
      case "merge" -> CommandKind.MERGE;
      default -> CommandKind.UNKNOWN;
    };
  }

  private void scan() {
    boolean certain = isCertain();
    int placeholders = placeholdersBefore(reader.at);
    for (int index = reader.at; index < reader.end; index++) {
      switch (tokens.kind(index)) {
        case WORD -> {
          word(index);
          name(index, certain, placeholders);
        }
        case QUOTED_IDENTIFIER, UNICODE_IDENTIFIER -> name(index, certain, placeholders);
        case PLACEHOLDER -> placeholders++;
        case OPERATOR -> draft.operators.add(tokens.raw(index).replace("??", "?"));
        case SYMBOL -> symbol(index);
        default -> {}
      }
    }
  }

  private void symbol(int index) {
    if (tokens.isCast(index)) {
      draft.operators.add(AnalysedStatement.CAST);
    } else if (tokens.isMark(index, '{') && tokens.isWord(index + 1, "fn")) {
      draft.readCandidate = false; // pgjdbc writes another name in its place
    }
  }

  private int placeholdersBefore(int limit) {
    int count = 0;
    for (int index = reader.from; index < limit; index++) {
      if (tokens.kind(index) == TokenKind.PLACEHOLDER) {
        count++;
      }
    }
    return count;
  }

  private boolean isCertain() {
    for (int index = reader.at; index < reader.end; index++) {
      if (tokens.kind(index) == TokenKind.WORD && MAKE_UNCERTAIN.contains(tokens.word(index))) {
        return false;
      }
    }
    return true;
  }

  private void word(int index) {
    if (tokens.isMark(index - 1, '.')) {
      return;
    }
    String word = tokens.word(index);
    if (WRITES.contains(word)) {
      draft.readCandidate = false;
    } else if (word.equals("for")
        && tokens.kind(index + 1) == TokenKind.WORD
        && LOCK_STRENGTHS.contains(tokens.word(index + 1))) {
      draft.readCandidate = false;
    } else if (word.equals("into") && draft.kind == CommandKind.SELECT && isSelectInto(index)) {
      selectInto(index);
    } else {
      operatorInWords(word);
    }
  }

  private void operatorInWords(String word) {
    switch (word) {
      case "cast" -> draft.operators.add(AnalysedStatement.CAST);
      case "like" -> draft.operators.addAll(List.of("~~", "!~~"));
      case "ilike" -> draft.operators.addAll(List.of("~~*", "!~~*"));
      case "similar" -> draft.operators.addAll(List.of("~", "!~"));
      default -> {}
    }
  }

  private boolean isSelectInto(int into) {
    return !tokens.isWord(into - 1, "insert") && !tokens.isWord(into - 1, "merge");
  }

  private void selectInto(int into) {
    draft.readCandidate = false;
    draft.kind = CommandKind.SELECT_INTO;
    StatementReader target = reader.part(into + 1, reader.end);
    boolean temporary = target.accept("local") || target.accept("global");
    temporary |= target.accept("temp") || target.accept("temporary");
    target.accept("unlogged");
    target.accept("table");
    RelationName name = target.relation();
    if (name != null && (temporary || "pg_temp".equals(name.schema()))) {
      draft.effects.add(
          new Effect.CreateTemporary(
              Effect.TemporaryKind.TABLE, name, null, true, Effect.OnCommit.PRESERVE_ROWS, false));
    }
  }

  /** The index after a name, and after what belongs to it. */
  private int afterName(int index) {
    boolean escaped =
        tokens.kind(index) == TokenKind.UNICODE_IDENTIFIER && tokens.isWord(index + 1, "uescape");
    return index + (escaped ? 3 : 1);
  }

  private void name(int index, boolean certain, int placeholders) {
    if (tokens.isMark(afterName(index), '(')) {
      call(index, certain, placeholders);
    } else {
      relation(index);
      if (tokens.isMark(index - 1, '.')) {
        // "row.f" calls f(row) where there is no such column.
        draft.functions.add(new FunctionCall(null, tokens.identifier(index), 1, false));
      }
    }
  }

  private void relation(int index) {
    if (!tokens.isName(index) || tokens.isMark(index + 1, '.')) {
      return;
    }
    boolean qualified = tokens.isMark(index - 1, '.') && tokens.isName(index - 2);
    if (!qualified
        && tokens.kind(index) == TokenKind.WORD
        && Keywords.isReserved(tokens.word(index))) {
      return;
    }
    String schema = qualified ? tokens.identifier(index - 2) : null;
    draft.relations.add(new RelationName(schema, tokens.identifier(index)));
  }

  private void call(int index, boolean certain, int placeholders) {
    boolean qualified = tokens.isMark(index - 1, '.') && tokens.isName(index - 2);
    if (!qualified && tokens.kind(index) == TokenKind.WORD) {
      String word = tokens.word(index);
      if (Keywords.isReserved(word) || (Keywords.isColumn(word) && !Keywords.isRecent(word))) {
        return;
      }
    }
    String schema = qualified ? tokens.identifier(index - 2) : null;
    String name = tokens.identifier(index);
    int open = afterName(index);
    int close = reader.afterParentheses(open) - 1;
    List<int[]> arguments = arguments(open + 1, close);
    boolean counted = !tokens.isWord(open + 1, "variadic") && !tokens.isMark(open + 1, '*');
    draft.functions.add(
        new FunctionCall(
            schema, name, counted ? arguments.size() : -1, isCertainly(index, qualified, close)));
    // A table named with its columns, as in INSERT INTO t (a, b).
    draft.relations.add(new RelationName(schema, name));
    if (LastingFunctions.contains(name) && !isToldTransactional(name, arguments)) {
      draft.worsen(Replayability.NON_TRANSACTIONAL);
    }
    if (schema == null || schema.equals("pg_catalog")) {
      effectOf(name, new Arguments(arguments, placeholders), certain);
    }
  }

  /**
   * Whether a name with parentheses behind it is certainly called, or is a type. It may also be a
   * key word, or a table that is named with its columns: behind AS, another name or a parenthesis,
   * or where a WITH defines it.
   */
  private boolean isCertainly(int index, boolean qualified, int close) {
    boolean word = !qualified && tokens.kind(index) == TokenKind.WORD;
    if (word && Keywords.mayStandBeforeParenthesis(tokens.word(index))) {
      return false;
    }
    int before = index - (qualified ? 3 : 1);
    if (before < reader.from) {
      return true;
    }
    return switch (tokens.kind(before)) {
      case WORD ->
          Keywords.isKeyword(tokens.word(before))
              && !tokens.isWord(before, "as")
              && !isDefinedByWith(before, close);
      case QUOTED_IDENTIFIER, UNICODE_IDENTIFIER -> false;
      default -> !tokens.isMark(before, ')') && !isDefinedByWith(before, close);
    };
  }

  private boolean isDefinedByWith(int before, int close) {
    int as = close + 1;
    boolean listed =
        tokens.isMark(before, ',')
            || tokens.isWord(before, "with")
            || tokens.isWord(before, "recursive");
    if (!listed || !tokens.isWord(as, "as")) {
      return false;
    }
    int open = as + 1;
    while (tokens.isWord(open, "not") || tokens.isWord(open, "materialized")) {
      open++;
    }
    // Behind a function, in parentheses, are names of columns, each with its type.
    return tokens.isMark(open, '(')
        && (tokens.isMark(open + 1, '(')
            || tokens.isWord(open + 1, "with")
            || kindOf(open + 1) != CommandKind.UNKNOWN);
  }

  /** A message of logical decoding belongs to its transaction if its first argument is true. */
  private boolean isToldTransactional(String name, List<int[]> arguments) {
    return name.equals("pg_logical_emit_message")
        && !arguments.isEmpty()
        && arguments.get(0)[1] == arguments.get(0)[0] + 1
        && tokens.isWord(arguments.get(0)[0], "true");
  }

  /** The arguments between these indices, each as the indices of its first token and its end. */
  private List<int[]> arguments(int from, int close) {
    List<int[]> arguments = new ArrayList<>();
    int depth = 0;
    int start = from;
    for (int index = from; index < close; index++) {
      if (tokens.isMark(index, '(') || tokens.isMark(index, '[')) {
        depth++;
      } else if (tokens.isMark(index, ')') || tokens.isMark(index, ']')) {
        depth--;
      } else if (depth == 0 && tokens.isMark(index, ',')) {
        arguments.add(new int[] {start, index});
        start = index + 1;
      }
    }
    if (start < close) {
      arguments.add(new int[] {start, close});
    }
    return arguments;
  }

  /** The arguments of one call. */
  private final class Arguments {
    private final List<int[]> ranges;
    private final int placeholders;

    Arguments(List<int[]> ranges, int placeholders) {
      this.ranges = ranges;
      this.placeholders = placeholders;
    }

    int count() {
      return ranges.size();
    }

    List<Argument> all() {
      List<Argument> all = new ArrayList<>();
      for (int index = 0; index < ranges.size(); index++) {
        all.add(get(index));
      }
      return all;
    }

    Argument get(int argument) {
      int index = ranges.get(argument)[0];
      int end = ranges.get(argument)[1];
      boolean cast = index + 2 < end && tokens.isCast(index + 1);
      if (index + 1 != end && !cast && !tokens.isWord(index + 1, "uescape")) {
        return signed(index, end);
      }
      return switch (tokens.kind(index)) {
        case PLACEHOLDER -> new Argument.Parameter(placeholder(argument));
        case NUMBERED_PARAMETER ->
            new Argument.Parameter(Integer.parseInt(tokens.raw(index).substring(1)));
        case NUMBER -> new Argument.Text(tokens.raw(index));
        case WORD -> constant(tokens.word(index));
        default ->
            tokens.isString(index) ? new Argument.Text(tokens.string(index)) : Argument.HIDDEN;
      };
    }

    private Argument signed(int index, int end) {
      boolean negative =
          tokens.isMark(index, '-')
              && index + 2 == end
              && tokens.kind(index + 1) == TokenKind.NUMBER;
      return negative ? new Argument.Text("-" + tokens.raw(index + 1)) : Argument.HIDDEN;
    }

    private Argument constant(String word) {
      return switch (word) {
        case "null" -> Argument.NULL;
        case "true", "false" -> new Argument.Text(word);
        default -> Argument.HIDDEN;
      };
    }

    private int placeholder(int argument) {
      int number = placeholders + 1;
      for (int index = ranges.get(0)[0]; index < ranges.get(argument)[0]; index++) {
        if (tokens.kind(index) == TokenKind.PLACEHOLDER) {
          number++;
        }
      }
      return number;
    }
  }

  private void effectOf(String name, Arguments arguments, boolean certain) {
    switch (name) {
      case "set_config" -> {
        if (arguments.count() == 3) {
          draft.effects.add(
              new Effect.CallSetConfig(
                  arguments.get(0), arguments.get(1), arguments.get(2), certain));
        }
      }
      case "pg_advisory_lock" -> lock(LockAction.LOCK, false, arguments, certain);
      case "pg_advisory_lock_shared" -> lock(LockAction.LOCK, true, arguments, certain);
      case "pg_try_advisory_lock" -> lock(LockAction.TRY_LOCK, false, arguments, certain);
      case "pg_try_advisory_lock_shared" -> lock(LockAction.TRY_LOCK, true, arguments, certain);
      case "pg_advisory_unlock" -> lock(LockAction.UNLOCK, false, arguments, certain);
      case "pg_advisory_unlock_shared" -> lock(LockAction.UNLOCK, true, arguments, certain);
      case "pg_advisory_unlock_all" -> lock(LockAction.UNLOCK_ALL, false, arguments, certain);
      case "nextval", "setval" -> draft.effects.add(new Effect.UseSequence(SequenceUse.DRAW));
      case "currval", "lastval" -> draft.effects.add(new Effect.UseSequence(SequenceUse.RECALL));
      case "setseed" -> draft.effects.add(new Effect.SeedRandom());
      case "pg_export_snapshot" -> draft.worsen(Replayability.SNAPSHOT);
      default -> {}
    }
  }

  private void lock(LockAction action, boolean shared, Arguments arguments, boolean certain) {
    draft.effects.add(new Effect.AdvisoryLock(action, shared, arguments.all(), certain));
  }

  /** Where the query begins that this is a definition of, or null. */
  static @Nullable StatementReader queryAfterAs(StatementReader reader) {
    int as = reader.find("as");
    return as < 0 ? null : reader.part(as + 1, reader.end);
  }
}
