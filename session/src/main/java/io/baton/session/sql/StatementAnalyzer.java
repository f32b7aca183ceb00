package io.baton.session.sql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

/**
 * Analyses what a text of SQL does to a session, by exact lexing, and caches the result by text.
 *
 * <p>It answers {@link CommandKind#UNKNOWN} for what it cannot prove. It never throws on any text,
 * and its time is linear in the length of the text. A cached text costs one look-up. Thread-safe;
 * one instance serves a JVM.
 */
public final class StatementAnalyzer {
  private static final long DEFAULT_MAXIMUM_CHARACTERS = 8L << 20;

  private final Cache<String, StatementAnalysis> conforming;
  private final Cache<String, StatementAnalysis> escaping;

  /** Creates an analyzer whose cache holds texts of some eight million characters. */
  public StatementAnalyzer() {
    this(DEFAULT_MAXIMUM_CHARACTERS);
  }

  /** Creates an analyzer whose cache holds texts of so many characters. */
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

  /** Analyses a text read with {@code standard_conforming_strings = on}. */
  public StatementAnalysis analyze(String sql) {
    return analyze(sql, true);
  }

  /** Analyses a text read with this setting of {@code standard_conforming_strings}. */
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

  /** Analyses a text without the cache. */
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
