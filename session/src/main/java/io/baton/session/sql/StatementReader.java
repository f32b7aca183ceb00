package io.baton.session.sql;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A position in the tokens of one statement. Confined to the analysis that made it. */
final class StatementReader {
  final Tokens tokens;
  final int from;
  final int end;
  int at;

  StatementReader(Tokens tokens, int from, int end) {
    this.tokens = tokens;
    this.from = from;
    this.end = end;
    this.at = from;
  }

  /** A reader of the tokens between these indices. */
  StatementReader part(int partFrom, int partEnd) {
    return new StatementReader(tokens, partFrom, partEnd);
  }

  boolean isDone() {
    return at >= end;
  }

  boolean isWord(String word) {
    return at < end && tokens.isWord(at, word);
  }

  boolean isWord(int ahead, String word) {
    return at + ahead < end && tokens.isWord(at + ahead, word);
  }

  boolean isMark(char mark) {
    return at < end && tokens.isMark(at, mark);
  }

  /** Moves past this word if it is next. */
  boolean accept(String word) {
    if (isWord(word)) {
      at++;
      return true;
    }
    return false;
  }

  /** Moves past these words if they are next, all of them. */
  boolean acceptAll(String... words) {
    if (at + words.length <= end && tokens.areWords(at, words)) {
      at += words.length;
      return true;
    }
    return false;
  }

  boolean acceptMark(char mark) {
    if (isMark(mark)) {
      at++;
      return true;
    }
    return false;
  }

  /** The name that is next, or null. */
  @Nullable String name() {
    if (at >= end || !tokens.isName(at)) {
      return null;
    }
    String name = tokens.identifier(at);
    boolean unicode = tokens.kind(at) == TokenKind.UNICODE_IDENTIFIER;
    at++;
    if (unicode && isWord("uescape") && tokens.isString(at + 1)) {
      at += 2;
    }
    return name;
  }

  /** The name with or without schema that is next, or null. */
  @Nullable RelationName relation() {
    String last = name();
    String schema = null;
    while (last != null && isMark('.')) {
      at++;
      schema = last;
      last = name();
    }
    return last == null ? null : new RelationName(schema, last);
  }

  /** The names with or without schema that are next, separated by commas. */
  List<RelationName> relations() {
    List<RelationName> names = new ArrayList<>();
    do {
      accept("only");
      RelationName name = relation();
      if (name == null) {
        break;
      }
      names.add(name);
      if (isMark('*')) {
        at++;
      }
    } while (acceptMark(','));
    return names;
  }

  /** The relation that an INSERT, UPDATE, DELETE or MERGE names as its target, or null. */
  @Nullable RelationName writtenRelation() {
    boolean writes =
        acceptAll("insert", "into")
            || acceptAll("delete", "from")
            || acceptAll("merge", "into")
            || accept("update");
    if (!writes) {
      return null;
    }
    accept("only");
    return relation();
  }

  /** The string constant that is next, or null. */
  @Nullable String string() {
    if (at >= end || !tokens.isString(at)) {
      return null;
    }
    String value = tokens.string(at);
    boolean unicode = tokens.kind(at) == TokenKind.UNICODE_STRING;
    at++;
    if (unicode && isWord("uescape") && tokens.isString(at + 1)) {
      at += 2;
    }
    return value;
  }

  /** The index after the parenthesis that closes the one at this index, or the end. */
  int afterParentheses(int open) {
    return Math.min(tokens.closing(open), end - 1) + 1;
  }

  /** The index of these words outside of parentheses from here on, or -1. */
  int find(String... words) {
    int depth = 0;
    for (int index = at; index < end; index++) {
      if (tokens.isMark(index, '(')) {
        depth++;
      } else if (tokens.isMark(index, ')')) {
        depth--;
      } else if (depth == 0 && index + words.length <= end && tokens.areWords(index, words)) {
        return index;
      }
    }
    return -1;
  }

  /** The text of all that it reads. */
  String text() {
    return from < end ? tokens.text().substring(tokens.start(from), tokens.end(end - 1)) : "";
  }

  /** The text from the token at this index to the end, meaning the same under every setting. */
  String textFrom(int index) {
    return NeutralText.of(tokens, index, end);
  }
}
