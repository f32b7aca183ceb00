package io.baton.session.sql;

import io.baton.session.sql.KeyDraw.Insertion;
import io.baton.session.sql.KeyDraw.Insertion.Row;
import io.baton.session.sql.KeyDraw.Insertion.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a {@link KeyDraw} out of the tokens of a text. */
final class KeyDrawReader {

  private final StatementReader reader;
  private final Tokens tokens;

  private KeyDrawReader(Tokens tokens) {
    int end = tokens.count();
    while (end > 0 && tokens.isMark(end - 1, ';')) {
      end--;
    }
    this.tokens = tokens;
    this.reader = new StatementReader(tokens, 0, end);
  }

  /**
   * Returns how a text draws keys; null if it draws none, or not in a form that can be rewritten.
   */
  static @Nullable KeyDraw read(Tokens tokens) {
    KeyDrawReader draw = new KeyDrawReader(tokens);
    if (draw.reader.accept("select")) {
      return draw.call();
    }
    return draw.reader.acceptAll("insert", "into") ? draw.insertion() : null;
  }

  private KeyDraw.@Nullable Call call() {
    int from = reader.at;
    RelationName function = reader.relation();
    if (function == null
        || !function.name().equals("nextval")
        || (function.schema() != null && !function.schema().equals("pg_catalog"))
        || !reader.acceptMark('(')) {
      return null;
    }
    String named = reader.string();
    if (named != null && reader.at < reader.end && tokens.isCast(reader.at)) {
      reader.at++;
      named = reader.accept("regclass") ? named : null;
    }
    RelationName sequence = named == null ? null : relation(named);
    if (sequence == null || !reader.acceptMark(')')) {
      return null;
    }
    String column = function.name();
    if (!reader.isDone()) {
      reader.accept("as");
      column = reader.name();
    }
    return column == null || !reader.isDone()
        ? null
        : new KeyDraw.Call(
            sequence, tokens.text(), tokens.start(from), tokens.end(reader.at - 1), column);
  }

  /** What a constant of the type regclass names; null for anything else, such as a number. */
  private static @Nullable RelationName relation(String named) {
    Tokens parts = SqlLexer.lex(named, true);
    StatementReader name = new StatementReader(parts, 0, parts.count());
    RelationName relation = name.relation();
    return name.isDone() && parts.count() <= 3 ? relation : null;
  }

  private @Nullable Insertion insertion() {
    RelationName table = reader.relation();
    if (table == null) {
      return null;
    }
    if (reader.accept("as")) {
      reader.name();
    }
    int columnsFrom = reader.at + 1;
    List<String> columns = columns();
    if (columns.isEmpty()) {
      return null;
    }
    int columnsTo = tokens.end(reader.at - 1);
    if (!reader.accept("values")) {
      return null;
    }
    List<Row> rows = new ArrayList<>(1);
    do {
      Row row = row();
      if (row == null || row.values().size() != columns.size()) {
        return null;
      }
      rows.add(row);
    } while (reader.acceptMark(','));
    return returnsNames()
        ? new Insertion(
            table, tokens.text(), columns, tokens.start(columnsFrom), columnsTo, List.copyOf(rows))
        : null;
  }

  /** The names between parentheses; empty if that is not what comes next. */
  private List<String> columns() {
    List<String> columns = new ArrayList<>();
    if (!reader.acceptMark('(')) {
      return List.of();
    }
    do {
      String column = reader.name();
      if (column == null) {
        return List.of();
      }
      columns.add(column);
    } while (reader.acceptMark(','));
    return reader.acceptMark(')') ? List.copyOf(columns) : List.of();
  }

  private @Nullable Row row() {
    if (!reader.isMark('(')) {
      return null;
    }
    int close = reader.afterParentheses(reader.at) - 1;
    if (!tokens.isMark(close, ')')) {
      return null;
    }
    List<Value> values = new ArrayList<>();
    int from = reader.at + 1;
    int depth = 0;
    for (int index = from; index <= close; index++) {
      boolean ends = depth == 0 && (index == close || tokens.isMark(index, ','));
      if (ends && index == from) {
        return null;
      }
      if (ends) {
        values.add(
            new Value(
                tokens.start(from),
                tokens.end(index - 1),
                index - from == 1 && tokens.isWord(from, "default")));
        from = index + 1;
      } else if (tokens.isMark(index, '(') || tokens.isMark(index, '[')) {
        depth++;
      } else if (tokens.isMark(index, ')') || tokens.isMark(index, ']')) {
        depth--;
      }
    }
    int first = tokens.start(reader.at + 1);
    reader.at = close + 1;
    return new Row(first, List.copyOf(values));
  }

  /** Whether nothing follows, or a RETURNING of columns under their own names. */
  private boolean returnsNames() {
    if (reader.isDone()) {
      return true;
    }
    if (!reader.accept("returning")) {
      return false;
    }
    if (reader.acceptMark('*')) {
      return reader.isDone();
    }
    do {
      if (reader.name() == null) {
        return false;
      }
    } while (reader.acceptMark(','));
    return reader.isDone();
  }
}
