package io.baton.session.sql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

/**
 * Tells what a text of SQL does to a session, by exact lexing, and remembers it by text.
 *
 * <p>It proves what it can and answers {@link CommandKind#UNKNOWN} for the rest; it never throws on
 * any text and its time is linear in the text's length. A text seen before costs one look-up.
 * Thread-safe; one instance serves a JVM.
 */
public final class StatementAnalyzer {
  private static final long DEFAULT_MAXIMUM_CHARACTERS = 8L << 20;

  private final Cache<String, StatementAnalysis> conforming;
  private final Cache<String, StatementAnalysis> escaping;

  /** An analyzer that remembers texts of some eight million characters together. */
  public StatementAnalyzer() {
    this(DEFAULT_MAXIMUM_CHARACTERS);
  }

  /** An analyzer that remembers texts of so many characters together. */
  public StatementAnalyzer(long maximumCharacters) {
    conforming = cache(maximumCharacters);
    escaping = cache(maximumCharacters / 8);
  }

  private static Cache<String, StatementAnalysis> cache(long maximumCharacters) {
    return Caffeine.newBuilder()
        .maximumWeight(maximumCharacters)
        .weigher((String text, StatementAnalysis analysis) -> text.length() + 64)
        .build();
  }

  /** The analysis of a text read with {@code standard_conforming_strings = on}. */
  public StatementAnalysis analyze(String sql) {
    return analyze(sql, true);
  }

  /** The analysis of a text read with this setting of {@code standard_conforming_strings}. */
  public StatementAnalysis analyze(String sql, boolean standardConformingStrings) {
    return standardConformingStrings
        ? conforming.get(sql, StatementAnalyzer::conforming)
        : escaping.get(sql, StatementAnalyzer::escaping);
  }

  private static StatementAnalysis conforming(String sql) {
    return analyzeAnew(sql, true);
  }

  private static StatementAnalysis escaping(String sql) {
    return analyzeAnew(sql, false);
  }

  /** The analysis of a text that is not remembered, and not looked up either. */
  public static StatementAnalysis analyzeAnew(String sql, boolean standardConformingStrings) {
    Tokens tokens = SqlLexer.lex(sql, standardConformingStrings);
    HintComment hint = HintComment.read(tokens.hint());
    return new StatementAnalysis(
        sql,
        StatementSplit.statements(tokens),
        hint.routing(),
        hint.replayForbidden(),
        standardConformingStrings);
  }
}
