package io.baton.session.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a text into statements: at semicolons, but not inside of parentheses (CREATE RULE), nor of a
 * function's BEGIN ATOMIC ... END.
 */
final class StatementSplit {
  private static final int MOST_STATEMENTS = 20_000;

  private StatementSplit() {}

  /**
   * The statements of a text, without empty ones. What comes after very many of them is one that is
   * not recognised.
   */
  static List<AnalysedStatement> statements(Tokens tokens) {
    List<AnalysedStatement> statements = new ArrayList<>(1);
    int from = 0;
    while (from < tokens.count()) {
      int end = endOf(tokens, from);
      if (statements.size() == MOST_STATEMENTS) {
        statements.add(unrecognised(tokens, from));
        break;
      }
      if (end > from) {
        statements.add(CommandScan.read(tokens, from, end));
      }
      from = end + 1;
    }
    return statements;
  }

  private static AnalysedStatement unrecognised(Tokens tokens, int from) {
    StatementDraft draft = new StatementDraft();
    draft.unknown();
    return draft.finish(tokens, from, tokens.count());
  }

  private static int endOf(Tokens tokens, int from) {
    boolean mayHaveBody = tokens.isWord(from, "create");
    int parentheses = 0;
    int blocks = 0;
    for (int index = from; index < tokens.count(); index++) {
      if (tokens.isMark(index, '(')) {
        parentheses++;
      } else if (tokens.isMark(index, ')')) {
        parentheses = Math.max(0, parentheses - 1);
      } else if (tokens.isMark(index, ';') && parentheses == 0 && blocks == 0) {
        return index;
      } else if (mayHaveBody) {
        if (blocks == 0 && tokens.areWords(index, "begin", "atomic")) {
          blocks++;
        } else if (blocks > 0 && tokens.isWord(index, "case")) {
          blocks++;
        } else if (blocks > 0 && tokens.isWord(index, "end")) {
          blocks--;
        }
      }
    }
    return tokens.count();
  }
}
