package io.baton.session.sql;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a function, in SQL or PL/pgSQL, for what it does to its session.
 *
 * <p>It does not parse. It looks at every token, and takes a word for a command wherever it could
 * be one, so it errs only towards more. A string that is run as SQL is read in its turn, if it is
 * one constant, or one whose parts are constants, quoted identifiers and quoted literals; else the
 * body may do anything.
 *
 * <p>Confined to the reading of one body.
 */
final class FunctionBodyReader {

  /** How deep strings of SQL may be nested. */
  private static final int DEEPEST = 5;

  /** Behind these words, a statement of PL/pgSQL begins. */
  private static final Set<String> BEFORE_STATEMENTS =
      Set.of("begin", "then", "else", "loop", "atomic");

  /** Functions of the system that run a text as SQL. */
  private static final Set<String> RUN_ANYTHING =
      Set.of(
          "query_to_xml",
          "query_to_xmlschema",
          "query_to_xml_and_xmlschema",
          "ts_stat",
          "ts_rewrite",
          "database_to_xml",
          "schema_to_xml",
          "table_to_xml");

  private static final Set<String> IN_SESSIONS =
      Set.of(
          "prepare", "listen", "unlisten", "load", "discard", "deallocate", "security", "import");

  private static final Set<String> DEFINITIONS = Set.of("create", "alter", "drop");

  private final Set<String> settings = new HashSet<>();
  private final Set<String> localSettings = new HashSet<>();
  private final Set<String> written = new HashSet<>();
  private final Set<String> calls = new HashSet<>();
  private final Set<String> operators = new HashSet<>();
  private final Set<String> names = new HashSet<>();
  private boolean unnamedSettings;
  private boolean anyRelation;
  private boolean locks;
  private boolean other;

  private FunctionBodyReader() {}

  /** What {@link Scan#call} looks for, but for sequences: no table's default draws from ours. */
  static String serverPattern() {
    return "^(set_config|setseed|pg_.*advisory_.*|pg_c.*_slot|pg_replication_origin_.*|"
        + String.join("|", RUN_ANYTHING.stream().sorted().toList())
        + ")$";
  }

  static FunctionBody read(String source, boolean procedural) {
    FunctionBodyReader reader = new FunctionBodyReader();
    reader.read(source, procedural, 0);
    return new FunctionBody(
        reader.settings,
        reader.localSettings,
        reader.unnamedSettings,
        reader.unnamedSettings && PassedName.isIn(source),
        reader.written,
        reader.anyRelation,
        reader.locks,
        reader.other,
        reader.calls,
        reader.operators,
        reader.names);
  }

  private void read(String source, boolean procedural, int depth) {
    if (depth > DEEPEST) {
      anything();
      return;
    }
    new Scan(SqlLexer.lex(source, true), procedural, depth).all();
  }

  private void anything() {
    unnamedSettings = true;
    anyRelation = true;
    locks = true;
    other = true;
    written.add(FunctionBody.ANY);
    names.add(FunctionBody.ANY);
  }

  private void writes(String name) {
    written.add(DynamicText.isBuilt(name) ? FunctionBody.ANY : name);
    if (DynamicText.isBuilt(name)) {
      anyRelation = true;
    }
    if (name.equals("pg_settings")) {
      unnamedSettings = true; // Its rows are the settings.
    }
  }

  private static boolean isTemporarySchema(String name) {
    return name.equals("pg_temp") || name.startsWith("pg_temp_");
  }

  /** One text, the body itself or one that it runs. */
  private final class Scan {

    private final Tokens tokens;
    private final boolean procedural;
    private final int depth;

    Scan(Tokens tokens, boolean procedural, int depth) {
      this.tokens = tokens;
      this.procedural = procedural;
      this.depth = depth;
    }

    void all() {
      for (int index = 0; index < tokens.count(); index++) {
        if (tokens.isName(index)) {
          name(index);
        }
        if (tokens.kind(index) == TokenKind.WORD && !tokens.isMark(index - 1, '.')) {
          word(index);
          operators.addAll(QueryScan.operatorsInWord(tokens.word(index)));
        } else if (tokens.kind(index) == TokenKind.OPERATOR) {
          operators.add(tokens.raw(index));
        } else if (tokens.isCast(index)) {
          operators.add(AnalysedStatement.CAST);
        }
      }
    }

    private void name(int index) {
      String name = tokens.identifier(index);
      boolean built = DynamicText.isBuilt(name);
      names.add(built ? FunctionBody.ANY : name);
      boolean escaped = tokens.isWord(index + 1, "uescape");
      if (tokens.isMark(index + 1, '(') || escaped) {
        if (built || escaped) {
          anything();
          return;
        }
        calls.add(name);
        call(name, index);
      } else if (tokens.isMark(index - 1, '.') && !built) {
        calls.add(name); // "row.f" calls f(row) where there is no such column.
      }
      if (isTemporarySchema(name)) {
        anyRelation = true;
      }
    }

    private void call(String name, int index) {
      if (name.equals("set_config")) {
        boolean cast = tokens.isCast(index + 3) && tokens.isMark(index + 5, ',');
        if (tokens.isString(index + 2) && (cast || tokens.isMark(index + 3, ','))) {
          setting(tokens.string(index + 2), isLocal(index + 2));
        } else {
          unnamedSettings = true;
        }
      } else if (name.startsWith("pg_") && name.contains("advisory_") && !name.contains("_xact_")) {
        locks = true;
      } else if (name.equals("nextval") || name.equals("setval")) {
        written.add(FunctionBody.SEQUENCES);
      } else if (name.equals("setseed")) {
        settings.add(SettingNames.SEED);
      } else if (RUN_ANYTHING.contains(name)) {
        other = true;
      } else if (name.startsWith("dblink")
          || (name.startsWith("pg_c") && name.endsWith("_slot"))
          || name.startsWith("pg_replication_origin_")) {
        other = true;
      }
    }

    /** Whether the last argument of a call says that it is until the end of the transaction. */
    private boolean isLocal(int firstArgument) {
      int end = tokens.closing(firstArgument - 1);
      return tokens.isMark(end, ')')
          && tokens.isWord(end - 1, "true")
          && tokens.isMark(end - 2, ',');
    }

    private void setting(String name, boolean local) {
      if (DynamicText.isBuilt(name)) {
        unnamedSettings = true;
      } else {
        String normal = SettingNames.normalize(name);
        (local && SettingNames.isCustom(normal) ? localSettings : settings).add(normal);
      }
    }

    private void word(int index) {
      switch (tokens.word(index)) {
        case "insert", "merge" -> {
          if (tokens.isWord(index + 1, "into")) {
            target(index + 2);
          }
        }
        case "delete" -> {
          if (tokens.isWord(index + 1, "from")) {
            target(index + 2);
          }
        }
        case "update" -> update(index);
        case "truncate" -> truncate(index);
        case "copy" -> {
          if (isStatement(index)) {
            target(index + 1);
          }
        }
        case "into" -> into(index);
        case "execute" -> execute(index);
        case "do" -> doBlock(index);
        case "hold" -> other |= tokens.isWord(index - 1, "with");
        case "set", "reset" -> {
          if (isStatement(index)) {
            set(index);
          }
        }
        default -> {
          if (isStatement(index)) {
            statement(tokens.word(index), index);
          }
        }
      }
    }

    private void statement(String word, int index) {
      if (IN_SESSIONS.contains(word)) {
        other = true;
      } else if (DEFINITIONS.contains(word)) {
        definition(index);
      }
    }

    /** Whether a statement may begin here. */
    private boolean isStatement(int index) {
      int before = index - 1;
      if (before < 0 || tokens.isMark(before, ';')) {
        return true;
      }
      return switch (tokens.kind(before)) {
        case WORD -> BEFORE_STATEMENTS.contains(tokens.word(before));
        case OPERATOR -> tokens.raw(before).equals(">>");
        default -> false;
      };
    }

    private int endOfStatement(int from) {
      int index = from;
      while (index < tokens.count() && !tokens.isMark(index, ';')) {
        index++;
      }
      return index;
    }

    private void target(int index) {
      StatementReader reader = new StatementReader(tokens, index, tokens.count());
      reader.accept("only");
      RelationName relation = reader.relation();
      if (relation != null) {
        writes(relation.name());
      }
    }

    private void update(int index) {
      boolean locksRows = tokens.isWord(index - 1, "for") || tokens.isWord(index - 1, "key");
      boolean isPart =
          tokens.isWord(index + 1, "set")
              || tokens.isWord(index - 1, "on")
              || tokens.isWord(index - 1, "or");
      if (!locksRows && !isPart) {
        target(index + 1);
      }
    }

    private void truncate(int index) {
      if (!isStatement(index)) {
        return;
      }
      StatementReader reader = new StatementReader(tokens, index + 1, tokens.count());
      reader.accept("table");
      for (RelationName relation : reader.relations()) {
        writes(relation.name());
      }
    }

    /** SELECT INTO: in PL/pgSQL, it names variables. */
    private void into(int index) {
      if (tokens.isWord(index - 1, "insert") || tokens.isWord(index - 1, "merge")) {
        return;
      }
      StatementReader reader = new StatementReader(tokens, index + 1, tokens.count());
      boolean scoped = reader.accept("local") || reader.accept("global");
      if (reader.accept("temp") || reader.accept("temporary") || scoped) {
        anyRelation = true;
      } else if (!procedural) {
        reader.accept("unlogged");
        reader.accept("table");
        RelationName relation = reader.relation();
        if (relation != null) {
          writes(relation.name());
        }
      }
    }

    private void set(int index) {
      AnalysedStatement read = CommandScan.read(tokens, index, endOfStatement(index));
      if (read.kind() == CommandKind.UNKNOWN) {
        unnamedSettings = true;
        other = true;
      }
      for (Effect effect : read.effects()) {
        if (effect instanceof Effect.SetSetting set) {
          setting(set.name(), set.local());
        } else if (effect instanceof Effect.ResetAll) {
          unnamedSettings = true;
          other = true;
        }
      }
    }

    private void definition(int index) {
      int end = endOfStatement(index);
      StatementReader reader = new StatementReader(tokens, index + 1, end);
      for (RelationName name : QueryScan.names(reader)) {
        writes(name.name());
      }
      for (int at = index + 1; at < end; at++) {
        other |= tokens.isName(at) && isTemporarySchema(tokens.identifier(at));
      }
      for (int at = index + 1; at < Math.min(end, index + 5); at++) {
        if (tokens.isWord(at, "temp") || tokens.isWord(at, "temporary")) {
          anyRelation = true;
        } else if (tokens.isWord(at, "extension")) {
          other = true;
        }
      }
    }

    private void doBlock(int index) {
      if (!isStatement(index)) {
        return;
      }
      int at = index + 1;
      if (tokens.isWord(at, "language")) {
        if (!tokens.isWord(at + 1, "plpgsql")) {
          anything();
          return;
        }
        at += 2;
      }
      if (tokens.isString(at)) {
        boolean otherLanguage =
            tokens.isWord(at + 1, "language") && !tokens.isWord(at + 2, "plpgsql");
        if (otherLanguage) {
          anything();
        } else {
          FunctionBodyReader.this.read(tokens.string(at), true, depth + 1);
        }
      }
    }

    private void execute(int index) {
      if (tokens.isWord(index + 1, "function")
          || tokens.isWord(index + 1, "procedure")
          || tokens.isWord(index + 1, "on")
          || tokens.isMark(index + 1, ',')) {
        return; // Of CREATE TRIGGER, or GRANT.
      }
      if (!procedural) {
        anything(); // A prepared statement.
        return;
      }
      String text = DynamicText.read(tokens, index + 1, endOfExpression(index + 1));
      if (text == null) {
        anything();
      } else {
        FunctionBodyReader.this.read(text, false, depth + 1);
      }
    }

    private int endOfExpression(int from) {
      int parentheses = 0;
      for (int index = from; index < tokens.count(); index++) {
        if (tokens.isMark(index, '(')) {
          parentheses++;
        } else if (tokens.isMark(index, ')')) {
          parentheses--;
        } else if (tokens.isMark(index, ';')
            || (parentheses == 0
                && (tokens.isWord(index, "using")
                    || tokens.isWord(index, "into")
                    || tokens.isWord(index, "loop")))) {
          return index;
        }
      }
      return tokens.count();
    }
  }

  /** The text that an expression of PL/pgSQL builds, with marks for what only running it shows. */
  private static final class DynamicText {

    /** No name or constant of a source has it. */
    private static final char BUILT = '\u0001';

    private static final String IDENTIFIER = "\"" + BUILT + "\"";
    private static final String LITERAL = "'" + BUILT + "'";

    private DynamicText() {}

    static boolean isBuilt(String name) {
      return name.indexOf(BUILT) >= 0;
    }

    /** Returns the text; null if it may be anything. */
    static @Nullable String read(Tokens tokens, int from, int end) {
      StringBuilder text = new StringBuilder();
      int start = from;
      int parentheses = 0;
      for (int index = from; index <= end; index++) {
        boolean between =
            index == end
                || (parentheses == 0
                    && tokens.kind(index) == TokenKind.OPERATOR
                    && tokens.raw(index).equals("||"));
        if (between) {
          String piece = piece(tokens, start, index);
          if (piece == null) {
            return null;
          }
          text.append(piece);
          start = index + 1;
        } else if (tokens.isMark(index, '(')) {
          parentheses++;
        } else if (tokens.isMark(index, ')')) {
          parentheses--;
        }
      }
      return text.toString();
    }

    private static @Nullable String piece(Tokens tokens, int from, int end) {
      if (end == from + 1 && tokens.isString(from)) {
        return tokens.string(from);
      }
      if (tokens.isMark(from, '(')
          && new StatementReader(tokens, from, end).afterParentheses(from) == end
          && tokens.isMark(end - 1, ')')) {
        return read(tokens, from + 1, end - 1);
      }
      boolean isCall =
          tokens.isMark(from + 1, '(')
              && new StatementReader(tokens, from, end).afterParentheses(from + 1) == end;
      if (!isCall) {
        return null;
      }
      if (tokens.isWord(from, "quote_ident")) {
        return IDENTIFIER;
      }
      if (tokens.isWord(from, "quote_literal") || tokens.isWord(from, "quote_nullable")) {
        return LITERAL;
      }
      boolean hasTemplate =
          tokens.isWord(from, "format")
              && tokens.isString(from + 2)
              && (tokens.isMark(from + 3, ',') || from + 4 == end);
      return hasTemplate ? formatted(tokens.string(from + 2)) : null;
    }

    private static @Nullable String formatted(String template) {
      StringBuilder text = new StringBuilder(template.length());
      int index = 0;
      while (index < template.length()) {
        char c = template.charAt(index++);
        if (c != '%') {
          text.append(c);
          continue;
        }
        while (index < template.length() && "0123456789$-*".indexOf(template.charAt(index)) >= 0) {
          index++;
        }
        char type = index < template.length() ? template.charAt(index++) : ' ';
        switch (type) {
          case '%' -> text.append('%');
          case 'I' -> text.append(IDENTIFIER);
          case 'L' -> text.append(LITERAL);
          default -> {
            return null;
          }
        }
      }
      return text.toString();
    }
  }
}
