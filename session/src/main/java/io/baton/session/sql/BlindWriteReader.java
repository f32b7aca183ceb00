package io.baton.session.sql;

import org.jspecify.annotations.Nullable;

/**
 * Reads a {@link BlindWrite} out of the tokens of a text. Whatever is not certain is no blind
 * write: a second command that changes rows, a name that two relations of the statement have, a
 * text that is not whole.
 */
final class BlindWriteReader {

  private static final int NONE = -1;
  private static final int UNCERTAIN = -2;

  /** What our own names begin with. */
  private static final String OUR_NAMES = "baton_";

  private final AnalysedStatement statement;
  private final Tokens tokens;
  private final StatementReader reader;

  private BlindWriteReader(AnalysedStatement statement, Tokens tokens, int end) {
    this.statement = statement;
    this.tokens = tokens;
    this.reader = new StatementReader(tokens, 0, end);
  }

  /**
   * Returns the blind write that a text of one statement is; null if it is none, or it cannot be
   * told for certain.
   */
  static @Nullable BlindWrite read(AnalysedStatement statement, Tokens tokens) {
    int end = tokens.count();
    while (end > 0 && tokens.isMark(end - 1, ';')) {
      end--;
    }
    return new BlindWriteReader(statement, tokens, end).read();
  }

  /**
   * Returns the only relation that a text of one statement names as the target of a change; null if
   * it may change another, or that cannot be told for certain.
   */
  static @Nullable RelationName soleTarget(AnalysedStatement statement, Tokens tokens) {
    BlindWriteReader sole = new BlindWriteReader(statement, tokens, tokens.count());
    int command = sole.command();
    if (command < 0 || sole.changesMore(command)) {
      return null;
    }
    sole.reader.at = command;
    RelationName target = sole.reader.writtenRelation();
    for (int index = command; index < sole.reader.at; index++) {
      if (tokens.kind(index) == TokenKind.UNICODE_IDENTIFIER) {
        return null;
      }
    }
    return target;
  }

  /**
   * Returns whether a word of a text shows that it inserts, updates or deletes rows, also inside of
   * a WITH.
   */
  static boolean showsChange(Tokens tokens) {
    for (int index = 0; index < tokens.count(); index++) {
      if (isChange(tokens, index)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isChange(Tokens tokens, int index) {
    if (tokens.isMark(index - 1, '.')) {
      return false;
    }
    return tokens.isWord(index, "insert")
        || tokens.isWord(index, "delete")
        || tokens.isWord(index, "merge")
        || (tokens.isWord(index, "update")
            && !tokens.isWord(index - 1, "for")
            && !(tokens.isWord(index - 1, "key") && tokens.isWord(index - 2, "no")));
  }

  private @Nullable BlindWrite read() {
    int command = command();
    if (command < 0
        || !isWhole()
        || changesMore(command)
        || TextSearch.contains(tokens.text(), OUR_NAMES)) {
      return null;
    }
    reader.at = command;
    CommandKind kind = statement.kind();
    RelationName target = reader.writtenRelation();
    int last = reader.at - 1;
    if (target == null || tokens.kind(last) == TokenKind.UNICODE_IDENTIFIER) {
      return null;
    }
    if (kind != CommandKind.INSERT && reader.isMark('*')) {
      reader.at++;
    }
    int alias = alias(kind);
    if (alias == UNCERTAIN
        || tokens.kind(alias) == TokenKind.UNICODE_IDENTIFIER
        || (alias == NONE && hasNamesake(target))) {
      return null;
    }
    boolean merges = kind == CommandKind.MERGE;
    return new BlindWrite(
        kind,
        target,
        tokens.text(),
        tokens.raw(alias == NONE ? last : alias),
        tokens.start(0),
        tokens.end(reader.end - 1),
        kind == CommandKind.UPDATE
            || merges
            || (kind == CommandKind.INSERT && reader.find("on", "conflict") >= 0),
        kind == CommandKind.DELETE || merges);
  }

  /** The index of the command, behind a WITH if there is one; -1 if there is none. */
  private int command() {
    String word =
        switch (statement.kind()) {
          case INSERT -> "insert";
          case UPDATE -> "update";
          case DELETE -> "delete";
          case MERGE -> "merge";
          default -> null;
        };
    if (word == null || reader.end == 0) {
      return -1;
    }
    return tokens.isWord(0, word) ? 0 : tokens.isWord(0, "with") ? reader.find(word) : -1;
  }

  /**
   * Whether every parenthesis is closed, and none is closed that is not open. A string or an
   * identifier may be left open: there is no quote in what is put behind it, so it stays open.
   */
  private boolean isWhole() {
    int depth = 0;
    for (int index = 0; index < reader.end; index++) {
      if (tokens.isWord(index, "returning") || tokens.isMark(index, ';')) {
        return false;
      }
      if (tokens.isMark(index, '(')) {
        depth++;
      } else if (tokens.isMark(index, ')') && --depth < 0) {
        return false;
      }
    }
    return depth == 0;
  }

  /** Whether there is another command in it that changes rows. */
  private boolean changesMore(int command) {
    for (int index = 0; index < reader.end; index++) {
      if (index != command && isChange(tokens, index) && !isActionOfThis(index)) {
        return true;
      }
    }
    return false;
  }

  private boolean isActionOfThis(int index) {
    return switch (statement.kind()) {
      case MERGE -> tokens.isWord(index - 1, "then");
      case INSERT -> tokens.isWord(index, "update") && tokens.isWord(index - 1, "do");
      default -> false;
    };
  }

  /** The index of the alias of the target, or {@link #NONE}, or {@link #UNCERTAIN}. */
  private int alias(CommandKind kind) {
    if (kind == CommandKind.INSERT) {
      return reader.accept("as") ? name() : NONE;
    }
    if (!reader.accept("as") && follows(kind)) {
      return NONE;
    }
    int alias = name();
    return follows(kind) ? alias : UNCERTAIN;
  }

  private int name() {
    if (reader.isDone() || !tokens.isName(reader.at)) {
      return UNCERTAIN;
    }
    return reader.at++;
  }

  /** Whether what follows the target, with its alias, is next. */
  private boolean follows(CommandKind kind) {
    return switch (kind) {
      case UPDATE -> reader.isWord("set");
      case DELETE -> reader.isDone() || reader.isWord("using") || reader.isWord("where");
      default -> reader.isWord("using");
    };
  }

  /** Whether a relation of another schema may have the same name in the statement. */
  private boolean hasNamesake(RelationName target) {
    for (RelationName named : statement.relations()) {
      if (named.name().equals(target.name()) && !named.equals(target)) {
        return true;
      }
    }
    return false;
  }
}
