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

  /** The methods of TABLESAMPLE that every server has: they stand where a call would. */
  private static final Set<String> SAMPLING = Set.of("bernoulli", "system");

  private static final Set<String> WRITES = Set.of("insert", "update", "delete", "merge");
  private static final Set<String> LOCK_STRENGTHS = Set.of("update", "share", "no", "key");

  /** Operators that some words use. */
  private static final List<String> EQUALITY = List.of("=", "<>");

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
          "with",
          "exists",
          "update",
          "merge",
          "conflict");

  private final StatementReader reader;
  private final Tokens tokens;
  private final StatementDraft draft;
  private @Nullable Boolean certain;

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
    for (int index = reader.at; index < reader.end && !found.isTooLarge(); index++) {
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
    for (int index = reader.at; index < reader.end && !draft.isTooLarge(); index++) {
      switch (tokens.kind(index)) {
        case WORD -> {
          word(index);
          name(index);
        }
        case QUOTED_IDENTIFIER, UNICODE_IDENTIFIER -> name(index);
        case OPERATOR -> draft.operators.add(tokens.operator(index));
        case SYMBOL -> symbol(index);
        case PLACEHOLDER, NUMBERED_PARAMETER -> draft.operators.add(AnalysedStatement.PARAMETER);
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

  /** Whether what is called runs once. It is worked out where there is an effect. */
  private boolean isCertain() {
    Boolean known = certain;
    if (known == null) {
      known = !showsUncertainty();
      certain = known;
    }
    return known;
  }

  private boolean showsUncertainty() {
    if (draft.runsLater) {
      return true;
    }
    int queries = 0;
    for (int index = reader.at; index < reader.end; index++) {
      if (tokens.kind(index) == TokenKind.WORD) {
        String word = tokens.word(index);
        // What a query in a query is for, it may be worked out without.
        queries += word.equals("select") ? 1 : 0;
        if (queries > 1 || MAKE_UNCERTAIN.contains(word)) {
          return true;
        }
      }
    }
    return false;
  }

  private void word(int index) {
    if (tokens.isMark(index - 1, '.')) {
      return;
    }
    switch (tokens.length(index)) {
      case 2 -> {
        if (tokens.isWord(index, "in")) {
          draft.operators.addAll(EQUALITY);
        }
      }
      case 3 -> {
        if (tokens.isWord(index, "for")
            && tokens.kind(index + 1) == TokenKind.WORD
            && LOCK_STRENGTHS.contains(tokens.word(index + 1))) {
          draft.readCandidate = false;
        }
      }
      case 4, 5, 6, 7, 8 -> wordOfInterest(tokens.word(index), index);
      default -> {}
    }
  }

  private void wordOfInterest(String word, int index) {
    if (WRITES.contains(word)) {
      draft.readCandidate = false;
    } else if (word.equals("into") && draft.kind == CommandKind.SELECT && isSelectInto(index)) {
      selectInto(index);
    } else {
      draft.operators.addAll(operatorsInWord(word));
    }
  }

  /** The operators that a word stands for. */
  static List<String> operatorsInWord(String word) {
    return switch (word) {
      case "cast" -> List.of(AnalysedStatement.CAST);
      case "like" -> List.of("~~", "!~~");
      case "ilike" -> List.of("~~*", "!~~*");
      case "similar" -> List.of("~", "!~");
      case "case", "nullif", "distinct", "using", "natural" -> EQUALITY;
      case "between" -> List.of(">=", "<=", "<", ">");
      default -> List.of();
    };
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
              Effect.TemporaryKind.TABLE,
              name,
              null,
              true,
              Effect.OnCommit.PRESERVE_ROWS,
              false,
              true));
    }
  }

  /** The index after a name, and after what belongs to it. */
  private int afterName(int index) {
    boolean escaped =
        tokens.kind(index) == TokenKind.UNICODE_IDENTIFIER && tokens.isWord(index + 1, "uescape");
    return index + (escaped ? 3 : 1);
  }

  private void name(int index) {
    if (tokens.isMark(afterName(index), '(')) {
      call(index);
    } else {
      relation(index);
      if (tokens.isMark(index - 1, '.')) {
        // "row.f" calls f(row) where there is no such column.
        draft.functions.add(
            SharedNames.function(new FunctionCall(null, tokens.identifier(index), 1, false)));
      }
    }
  }

  private void relation(int index) {
    if (!tokens.isName(index) || tokens.isMark(index + 1, '.')) {
      return;
    }
    boolean qualified = tokens.isMark(index - 1, '.') && tokens.isName(index - 2);
    String name = tokens.identifier(index);
    if (!qualified && tokens.kind(index) == TokenKind.WORD && Keywords.isReserved(name)) {
      return;
    }
    String schema = qualified ? tokens.identifier(index - 2) : null;
    draft.relations.add(SharedNames.relation(new RelationName(schema, name)));
    draft.needsWriter |= WriterOnly.isRelation(schema, name);
  }

  private void call(int index) {
    boolean qualified = tokens.isMark(index - 1, '.') && tokens.isName(index - 2);
    String name = tokens.identifier(index);
    if (!qualified
        && tokens.kind(index) == TokenKind.WORD
        && (Keywords.isReserved(name) || (Keywords.isColumn(name) && !Keywords.isRecent(name)))) {
      return;
    }
    if (tokens.isWord(index - 1, "tablesample") && SAMPLING.contains(name)) {
      return;
    }
    String schema = qualified ? tokens.identifier(index - 2) : null;
    int open = afterName(index);
    int close = reader.afterParentheses(open) - 1;
    boolean counted = !tokens.isWord(open + 1, "variadic") && !tokens.isMark(open + 1, '*');
    draft.functions.add(
        SharedNames.function(
            new FunctionCall(
                schema,
                name,
                counted ? countOfArguments(open + 1, close) : -1,
                isCertainly(index, qualified, close))));
    // A table named with its columns, as in INSERT INTO t (a, b).
    draft.relations.add(SharedNames.relation(new RelationName(schema, name)));
    draft.needsWriter |=
        WriterOnly.isFunction(schema, name)
            || (name.equals("current_setting")
                && tokens.isString(open + 1)
                && WriterOnly.isSetting(tokens.string(open + 1)));
    if (LastingFunctions.contains(name) && !isToldTransactional(name, open + 1, close)) {
      draft.worsen(Replayability.NON_TRANSACTIONAL);
    }
    if (schema == null || schema.equals("pg_catalog")) {
      effectOf(name, open + 1, close);
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
    int open = as + (tokens.isWord(as + 1, "not") ? 2 : 1);
    open += tokens.isWord(open, "materialized") ? 1 : 0;
    // Behind a function, in parentheses, are names of columns, each with its type.
    return tokens.isMark(open, '(')
        && (tokens.isMark(open + 1, '(')
            || tokens.isWord(open + 1, "with")
            || kindOf(open + 1) != CommandKind.UNKNOWN);
  }

  /** A message of logical decoding belongs to its transaction if its first argument is true. */
  private boolean isToldTransactional(String name, int from, int close) {
    return name.equals("pg_logical_emit_message")
        && tokens.isWord(from, "true")
        && (from + 1 >= close || tokens.isMark(from + 1, ','));
  }

  private int countOfArguments(int from, int close) {
    int count = from < close ? 1 : 0;
    for (int index = nextComma(from, close); index < close; index = nextComma(index + 1, close)) {
      count++;
    }
    return count;
  }

  /** The index of the next comma that is in no inner parentheses or brackets, or the last index. */
  private int nextComma(int from, int close) {
    int index = from;
    while (index < close && !tokens.isMark(index, ',')) {
      // What is inside of it is looked at for the call that it belongs to, if it is one.
      boolean opens = tokens.isMark(index, '(') || tokens.isMark(index, '[');
      index = opens ? tokens.closing(index) + 1 : index + 1;
    }
    return Math.min(index, close);
  }

  /** The arguments between these indices, each as the indices of its first token and its end. */
  private List<int[]> arguments(int from, int close) {
    List<int[]> arguments = new ArrayList<>();
    for (int start = from; start < close; ) {
      int end = nextComma(start, close);
      arguments.add(new int[] {start, end});
      start = end + 1;
    }
    return arguments;
  }

  /** The arguments of one call. */
  private final class Arguments {
    private final List<int[]> ranges;

    Arguments(int from, int close) {
      ranges = arguments(from, close);
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
        case PLACEHOLDER -> new Argument.Parameter(placeholder(index));
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

    private int placeholder(int index) {
      return tokens.placeholdersBefore(index) - tokens.placeholdersBefore(reader.from) + 1;
    }
  }

  private void effectOf(String name, int from, int close) {
    switch (name) {
      case "set_config" -> setConfig(new Arguments(from, close));
      case "nextval", "setval" -> draft.effects.add(new Effect.UseSequence(SequenceUse.DRAW));
      case "currval", "lastval" -> draft.effects.add(new Effect.UseSequence(SequenceUse.RECALL));
      case "set_limit" -> // of pg_trgm
          draft.effects.add(
              new Effect.CallSetConfig(
                  new Argument.Text("pg_trgm.similarity_threshold"),
                  Argument.HIDDEN,
                  new Argument.Text("false"),
                  false));
      case "setseed" -> draft.effects.add(new Effect.SeedRandom());
      case "pg_replication_origin_session_setup" ->
          draft.effects.add(new Effect.CreateElsewhere("a replication origin"));
      case "pg_export_snapshot" -> draft.worsen(Replayability.SNAPSHOT);
      default -> {
        LockAction action = lockAction(name);
        if (action != null) {
          lock(action, name.endsWith("_shared"), new Arguments(from, close));
        }
      }
    }
  }

  private static @Nullable LockAction lockAction(String name) {
    return switch (name) {
      case "pg_advisory_lock", "pg_advisory_lock_shared" -> LockAction.LOCK;
      case "pg_try_advisory_lock", "pg_try_advisory_lock_shared" -> LockAction.TRY_LOCK;
      case "pg_advisory_unlock", "pg_advisory_unlock_shared" -> LockAction.UNLOCK;
      case "pg_advisory_unlock_all" -> LockAction.UNLOCK_ALL;
      default -> null;
    };
  }

  private void setConfig(Arguments arguments) {
    if (arguments.count() == 3) {
      draft.effects.add(
          new Effect.CallSetConfig(
              arguments.get(0), arguments.get(1), arguments.get(2), isCertain()));
    }
  }

  private void lock(LockAction action, boolean shared, Arguments arguments) {
    draft.effects.add(new Effect.AdvisoryLock(action, shared, arguments.all(), isCertain()));
  }

  /** Where the query begins that this is a definition of, or null. */
  static @Nullable StatementReader queryAfterAs(StatementReader reader) {
    int as = reader.find("as");
    return as < 0 ? null : reader.part(as + 1, reader.end);
  }
}
