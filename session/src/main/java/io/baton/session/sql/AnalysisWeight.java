package io.baton.session.sql;

import java.util.Collection;
import java.util.Set;

/**
 * Estimates the bytes of heap that an analysis holds in a cache: its text, what was collected from
 * it, what may still be derived from it, and its place in the cache.
 *
 * <p>The sizes are those of a JVM with compressed references. Names that many texts share count as
 * nothing; what may be derived later counts from the start.
 */
final class AnalysisWeight {
  /** The analysis, its list of statements, its finding, and its place in the cache. */
  private static final int ENTRY = 72 + 24 + 24 + 112;

  private static final int STATEMENT = 48;
  private static final int EFFECT = 96;
  private static final int STRING = 24 + 16;
  private static final int SMALL = 24;
  private static final int LIST = 24 + 16;
  private static final int REFERENCE = 4;
  private static final int RELATION = 24;
  private static final int FUNCTION = 32;

  /** The parts of a KeyDraw for each character of a text that has one. */
  private static final int KEY_DRAW_OF_CHARACTER = 8;

  private static final int BLIND_WRITE = 48 + STRING + RELATION + STRING + 40;

  private AnalysisWeight() {}

  /** The estimate for an analysis and its text. */
  static int of(StatementAnalysis analysis) {
    String text = analysis.text();
    long bytes =
        ENTRY + ofText(text, 0, text.length()) + STRING + StatementFingerprint.longestOf(text);
    if (analysis.mayDrawKeys()) {
      bytes +=
          (long) KEY_DRAW_OF_CHARACTER * Math.min(text.length(), 8 * KeyDraw.Insertion.MOST_KEPT);
    }
    for (AnalysedStatement statement : analysis.statements()) {
      bytes += REFERENCE + of(statement, text);
    }
    return (int) Math.min(Integer.MAX_VALUE, bytes);
  }

  private static long of(AnalysedStatement statement, String text) {
    long bytes = STATEMENT;
    if (StatementAnalysis.isDataChange(statement.kind())) {
      bytes += BLIND_WRITE;
    }
    if (!statement.effects().isEmpty()) {
      // What an effect says is taken from the text of its statement.
      bytes += list(statement.effects()) + ofText(text, statement.start(), statement.end());
      for (Effect effect : statement.effects()) {
        bytes += of(effect, text);
      }
    }
    bytes += list(statement.functions()) + relations(statement.relations());
    for (FunctionCall function : statement.functions()) {
      // The name itself is counted as that of a relation.
      if (!SharedNames.isCommon(function)) {
        bytes += FUNCTION + (function.arguments() == 1 ? string(function.name()) : 0);
      }
    }
    bytes += operators(statement.operators());
    return bytes;
  }

  private static long of(Effect effect, String text) {
    if (effect instanceof Effect.ChangeRelations change) {
      return EFFECT
          + relations(change.relations())
          + relations(change.target().objects())
          + relations(change.target().parts());
    }
    return effect instanceof Effect.Prepare prepare ? EFFECT + of(prepare.body(), text) : EFFECT;
  }

  private static long relations(Collection<RelationName> relations) {
    long bytes = list(relations);
    for (RelationName relation : relations) {
      if (!SharedNames.isCommon(relation)) {
        bytes += RELATION + string(relation.name());
        bytes += relation.schema() == null ? 0 : string(relation.schema());
      }
    }
    return bytes;
  }

  /** Sets of up to two are one object; an operator of one character is shared by all texts. */
  private static long operators(Set<String> operators) {
    int count = operators.size();
    long bytes = count == 0 ? 0 : count <= 2 ? SMALL : LIST + 2L * REFERENCE * count;
    for (String operator : operators) {
      bytes += operator.length() == 1 ? 0 : string(operator);
    }
    return bytes;
  }

  private static long list(Collection<?> list) {
    int count = list.size();
    return count == 0 ? 0 : count <= 2 ? SMALL : LIST + (long) REFERENCE * count;
  }

  private static long string(String text) {
    return STRING + ofText(text, 0, text.length());
  }

  /** A text of Latin-1 takes a byte for each character, any other takes two. */
  private static long ofText(String text, int from, int to) {
    long characters = to - (long) from;
    for (int at = from; at < to; at++) {
      if (text.charAt(at) > 0xff) {
        return 2 * characters;
      }
    }
    return characters;
  }
}
