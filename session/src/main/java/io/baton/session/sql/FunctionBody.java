package io.baton.session.sql;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the source of a function shows it to do to its session by itself, and what else it may run.
 *
 * <p>Immutable.
 *
 * @param settings names of settings that it sets, normalised
 * @param localSettings names of custom settings that it sets until the end of the transaction
 * @param unnamedSettings whether it sets one whose name it builds
 * @param passesName whether that is only since the name is an argument of its own, as it is
 * @param written bare names of relations that it writes, creates, alters or drops; {@link #ANY}
 *     stands for one whose name it builds
 * @param anyRelation whether it creates temporary relations
 * @param locks whether it takes or frees advisory locks of the session
 * @param other whether it may do anything else that lasts in the session, or is not understood
 * @param calls names that it may call as functions
 * @param operators the operators in it; {@link AnalysedStatement#CAST} stands for any cast
 * @param names all names in it, each of which may be a relation that it reads; {@link #ANY} stands
 *     for one that it builds
 */
public record FunctionBody(
    Set<String> settings,
    Set<String> localSettings,
    boolean unnamedSettings,
    boolean passesName,
    Set<String> written,
    boolean anyRelation,
    boolean locks,
    boolean other,
    Set<String> calls,
    Set<String> operators,
    Set<String> names) {

  /** Stands for a relation whose name is built. */
  public static final String ANY = "*";

  /** Stands, among the relations that are written, for sequences that values are drawn from. */
  public static final String SEQUENCES = "nextval()";

  /** Does nothing. */
  public static final FunctionBody EMPTY =
      new FunctionBody(
          Set.of(), Set.of(), false, false, Set.of(), false, false, false, Set.of(), Set.of(),
          Set.of());

  /** May do anything. */
  public static final FunctionBody ANYTHING =
      new FunctionBody(
          Set.of(),
          Set.of(),
          true,
          false,
          Set.of(ANY),
          true,
          true,
          true,
          Set.of(),
          Set.of(),
          Set.of(ANY));

  /** Copies the sets. */
  public FunctionBody {
    settings = Set.copyOf(settings);
    localSettings = Set.copyOf(localSettings);
    written = Set.copyOf(written);
    calls = Set.copyOf(calls);
    operators = Set.copyOf(operators);
    names = Set.copyOf(names);
  }

  /**
   * Judges a source.
   *
   * @param language the name of its language; all but {@code sql} and {@code plpgsql} may do
   *     anything
   * @param source the body as {@code pg_proc.prosrc} has it, or as {@code pg_get_function_sqlbody}
   *     shows it
   */
  public static FunctionBody of(String language, String source) {
    return switch (language) {
      case "sql" -> FunctionBodyReader.read(source, false);
      case "plpgsql" -> FunctionBodyReader.read(source, true);
      default -> ANYTHING;
    };
  }

  /**
   * Returns the regular expression, in the server's own syntax, that the names of the system's
   * functions match which do something that lasts in a session.
   */
  public static String serverPattern() {
    return FunctionBodyReader.serverPattern();
  }

  /**
   * Judges a block of code, as DO runs it.
   *
   * @param command the text of DO
   */
  public static FunctionBody ofBlock(String command) {
    Tokens tokens = SqlLexer.lex(command, true);
    FunctionBody body = ANYTHING;
    for (int index = 0; index < tokens.count(); index++) {
      if (tokens.isWord(index, "language") && !isPlpgsql(tokens, index + 1)) {
        return ANYTHING;
      }
      if (tokens.isString(index) && !tokens.isWord(index - 1, "language")) {
        body = of("plpgsql", tokens.string(index));
      }
    }
    return body;
  }

  /**
   * Judges a function by the text that makes it.
   *
   * @param command CREATE FUNCTION or PROCEDURE; whatever is no such command may do anything, and
   *     so may a function with defaults, which call others
   */
  public static FunctionBody ofDefinition(String command) {
    Tokens tokens = SqlLexer.lex(command, true);
    String language = null;
    String source = null;
    int arguments = firstMark(tokens, '(');
    int behind = arguments < 0 ? tokens.count() : tokens.closing(arguments);
    if (behind == tokens.count() || hasRunningDefault(tokens, arguments, behind)) {
      return ANYTHING;
    }
    // Behind them, an operator is in a SET clause, whose settings count within the function alone.
    for (int index = behind + 1; index < tokens.count(); index++) {
      if (tokens.isWord(index - 1, "language")) {
        language = tokens.isString(index) ? tokens.string(index) : name(tokens, index);
      } else if (tokens.isWord(index - 1, "as") && tokens.isString(index)) {
        source = tokens.string(index);
      }
    }
    return language == null || source == null || !tokens.isWord(0, "create")
        ? ANYTHING
        : of(language.toLowerCase(Locale.ROOT), source);
  }

  /**
   * Judges the expressions and rules in the text that makes a relation, or a part of one. What it
   * makes does not count.
   */
  public static FunctionBody ofExpressionsIn(String definition) {
    FunctionBody read = FunctionBodyReader.read("select " + definition, false);
    return new FunctionBody(
        read.settings,
        read.localSettings,
        read.unnamedSettings,
        false,
        read.written,
        read.written.contains(ANY),
        read.locks,
        read.other,
        read.calls,
        read.operators,
        read.names);
  }

  /** Returns the same, as if it drew no values from sequences. */
  public FunctionBody withoutSequences() {
    Set<String> others = new HashSet<>(written);
    others.remove(SEQUENCES);
    return new FunctionBody(
        settings,
        localSettings,
        unnamedSettings,
        passesName,
        others,
        anyRelation,
        locks,
        other,
        calls,
        operators,
        names);
  }

  /** Returns what both together do. */
  public FunctionBody and(FunctionBody that) {
    return new FunctionBody(
        both(settings, that.settings),
        both(localSettings, that.localSettings),
        unnamedSettings || that.unnamedSettings,
        passesName || that.passesName,
        both(written, that.written),
        anyRelation || that.anyRelation,
        locks || that.locks,
        other || that.other,
        both(calls, that.calls),
        both(operators, that.operators),
        both(names, that.names));
  }

  private static Set<String> both(Set<String> one, Set<String> other) {
    Set<String> both = new HashSet<>(one);
    both.addAll(other);
    return both;
  }

  private static int firstMark(Tokens tokens, char mark) {
    for (int index = 0; index < tokens.count(); index++) {
      if (tokens.isMark(index, mark)) {
        return index;
      }
    }
    return -1;
  }

  /** Whether an argument has a default that may run something: all but a constant alone. */
  private static boolean hasRunningDefault(Tokens tokens, int open, int close) {
    for (int index = open + 1; index < close; index++) {
      boolean begins = tokens.isWord(index, "default") || tokens.isMark(index, '=');
      if (begins ? !isConstant(tokens, index + 1, close) : isOperator(tokens, index)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOperator(Tokens tokens, int index) {
    return tokens.kind(index) == TokenKind.OPERATOR;
  }

  /** Whether nothing but a constant stands between this token and the end of an argument. */
  private static boolean isConstant(Tokens tokens, int index, int close) {
    boolean isLiteral =
        index < close
            && (tokens.isString(index)
                || tokens.kind(index) == TokenKind.NUMBER
                || tokens.isWord(index, "null")
                || tokens.isWord(index, "true")
                || tokens.isWord(index, "false"));
    return isLiteral && (index + 1 == close || tokens.isMark(index + 1, ','));
  }

  private static @Nullable String name(Tokens tokens, int index) {
    return tokens.isName(index) ? tokens.identifier(index) : null;
  }

  private static boolean isPlpgsql(Tokens tokens, int index) {
    return tokens.isString(index)
        ? tokens.string(index).equals("plpgsql")
        : tokens.isName(index) && tokens.identifier(index).equals("plpgsql");
  }
}
