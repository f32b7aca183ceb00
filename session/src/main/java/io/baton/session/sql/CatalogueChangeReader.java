package io.baton.session.sql;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads from definitions which names may mean other code afterwards. */
final class CatalogueChangeReader {

  private static final Set<String> BEFORE_KIND =
      Set.of(
          "or",
          "replace",
          "temp",
          "temporary",
          "local",
          "global",
          "unlogged",
          "unique",
          "recursive",
          "foreign",
          "constraint",
          "materialized");

  /** What is of no consequence to code. */
  private static final Set<String> WITHOUT_CODE =
      Set.of(
          "sequence",
          "database",
          "role",
          "user",
          "group",
          "tablespace",
          "publication",
          "subscription",
          "statistics",
          "server",
          "system",
          "default",
          "collation",
          "large",
          "text");

  /** What the text names, with all that becomes different. */
  private static final Set<String> NAMED =
      Set.of(
          "function",
          "procedure",
          "routine",
          "aggregate",
          "view",
          "trigger",
          "rule",
          "policy",
          "type");

  /** What changes nothing when it is made but what its own name, which comes first, stands for. */
  private static final Set<String> NAMED_FIRST =
      Set.of("function", "procedure", "aggregate", "view", "type");

  /** With one of these in it, a definition of a table may change what its name stands for. */
  private static final Set<String> CHANGE_TABLES =
      Set.of(
          "trigger",
          "rule",
          "policy",
          "security",
          "inherit",
          "inherits",
          "attach",
          "rename",
          "of",
          "like",
          "cascade",
          "references");

  /** Behind these words, a name before a parenthesis is that of a table, or of a method. */
  private static final Set<String> BEFORE_NAMES =
      Set.of("on", "references", "using", "table", "exists", "only", "by");

  /** The functions of the system that do something that lasts in a session. */
  private static final Pattern OF_SESSION = Pattern.compile(FunctionBody.serverPattern());

  private final Tokens tokens;
  private final int from;
  private final int end;

  private CatalogueChangeReader(Tokens tokens, int from, int end) {
    this.tokens = tokens;
    this.from = from;
    this.end = end;
  }

  static CatalogueChange read(List<AnalysedStatement> statements, Tokens tokens) {
    CatalogueChange change = CatalogueChange.NOTHING;
    int index = 0;
    for (AnalysedStatement statement : statements) {
      if (!statement.definesCode()) {
        continue;
      }
      while (index < tokens.count() && tokens.start(index) < statement.start()) {
        index++;
      }
      int end = index;
      while (end < tokens.count() && tokens.end(end) <= statement.end()) {
        end++;
      }
      change =
          change.and(
              statement.kind() == CommandKind.DEFINITION
                  ? new CatalogueChangeReader(tokens, index, end).change()
                  : CatalogueChange.EVERYTHING);
    }
    return change;
  }

  private CatalogueChange change() {
    if (!tokens.isWord(from, "create") && !tokens.isWord(from, "alter")) {
      return tokens.isWord(from, "import") ? CatalogueChange.NOTHING : CatalogueChange.EVERYTHING;
    }
    int kind = from + 1;
    while (kind < end
        && tokens.kind(kind) == TokenKind.WORD
        && BEFORE_KIND.contains(tokens.word(kind))) {
      kind++;
    }
    if (kind >= end || tokens.kind(kind) != TokenKind.WORD) {
      return CatalogueChange.EVERYTHING;
    }
    String word = tokens.word(kind);
    if (word.equals("table") || word.equals("index")) {
      return ofTable(kind + 1);
    }
    if (NAMED.contains(word)) {
      return CatalogueChange.of(named(word, kind + 1));
    }
    return WITHOUT_CODE.contains(word) ? CatalogueChange.NOTHING : CatalogueChange.EVERYTHING;
  }

  private Set<String> named(String kind, int first) {
    if (tokens.isWord(from, "create") && NAMED_FIRST.contains(kind)) {
      RelationName name = new StatementReader(tokens, first, end).relation();
      if (name != null) {
        return Set.of(name.name());
      }
    }
    return names(first);
  }

  private CatalogueChange ofTable(int first) {
    Set<String> names = names(first);
    Set<String> calls = new HashSet<>();
    Set<String> operators = new HashSet<>();
    for (int index = first; index < end; index++) {
      if (tokens.kind(index) == TokenKind.WORD
          && !tokens.isMark(index - 1, '.')
          && CHANGE_TABLES.contains(tokens.word(index))
          && !(tokens.isWord(index, "references") && !hasAction(index))) {
        return CatalogueChange.of(names);
      }
      if (tokens.kind(index) == TokenKind.OPERATOR) {
        operators.add(tokens.operator(index));
      } else if (tokens.isCast(index) || tokens.isWord(index, "cast")) {
        operators.add(AnalysedStatement.CAST);
      }
      if (isCall(index)) {
        calls.add(tokens.identifier(index));
      }
    }
    return calls.stream().anyMatch(called -> OF_SESSION.matcher(called).matches())
        ? CatalogueChange.of(names)
        : new CatalogueChange(false, Set.of(), names, calls, operators);
  }

  private boolean isCall(int index) {
    return tokens.isName(index)
        && tokens.isMark(index + 1, '(')
        && !isKeyword(index)
        && !isKeyword(index - 1, BEFORE_NAMES);
  }

  private boolean isKeyword(int index) {
    return tokens.kind(index) == TokenKind.WORD
        && !tokens.isMark(index - 1, '.')
        && Keywords.isKeyword(tokens.word(index));
  }

  private boolean isKeyword(int index, Set<String> words) {
    return tokens.kind(index) == TokenKind.WORD && words.contains(tokens.word(index));
  }

  /** Whether a foreign key does more than to refuse. */
  private boolean hasAction(int references) {
    for (int index = references; index < end; index++) {
      if (tokens.isWord(index, "on")
          && (tokens.isWord(index + 1, "delete") || tokens.isWord(index + 1, "update"))) {
        return true;
      }
    }
    return false;
  }

  private Set<String> names(int first) {
    Set<String> names = new HashSet<>();
    for (int index = first; index < end; index++) {
      boolean isWordOfSql =
          tokens.kind(index) == TokenKind.WORD && Keywords.isReserved(tokens.word(index));
      if (tokens.isName(index) && !isWordOfSql) {
        names.add(tokens.identifier(index));
      }
    }
    return names;
  }
}
