package io.baton.session.sql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.jspecify.annotations.Nullable;

/**
 * Analyses what a text of SQL does to a session, by exact lexing, and caches the result by text.
 *
 * <p>It answers {@link CommandKind#UNKNOWN} for what it cannot prove, and for a statement that
 * names more than an analysis keeps. It never throws on any text, and its time is linear in the
 * length of the text. A cached text costs one look-up. Thread-safe; one instance serves a JVM.
 *
 * <p>The cache is bounded by the bytes of heap that it holds, as {@link AnalysisWeight} estimates
 * them. Long texts are not in it: they are analysed with every call, which costs less than sending
 * them.
 */
public final class StatementAnalyzer {
  private static final long DEFAULT_MAXIMUM_BYTES = 14L << 20;

  /** The texts read without standard_conforming_strings are few. */
  private static final int SHARE_OF_ESCAPING = 8;

  /** The characters of the longest text that is cached. */
  static final int LONGEST_CACHED = 1 << 16;

  private static final int HEAVIEST_CACHED = 1 << 18;

  /** So many texts are analysed without a cache before it is made. */
  private static final int MOST_UNCACHED = 100;

  private record Caches(
      Cache<String, StatementAnalysis> conforming, Cache<String, StatementAnalysis> escaping) {}

  private final long maximumBytes;
  private volatile @Nullable Caches caches;

  /** How many texts were analysed without a cache; not exactly, as threads do not wait for it. */
  private int uncached;

  /** Creates an analyzer whose cache will hold at most some 16 MiB. */
  public StatementAnalyzer() {
    this(DEFAULT_MAXIMUM_BYTES);
  }

  /** Creates an analyzer whose cache will hold about so many bytes of heap. */
  public StatementAnalyzer(long maximumBytes) {
    this.maximumBytes = maximumBytes;
  }

  /**
   * Makes the cache, if there is none. Until then, texts are analysed each time: in a young JVM, to
   * make it takes longer than the analysis of a hundred texts. Without this call, it is made after
   * so many. Of two threads that make it, one may lose what it has cached meanwhile.
   */
  public void makeCache() {
    if (caches == null) {
      caches = new Caches(cache(maximumBytes), cache(maximumBytes / SHARE_OF_ESCAPING));
    }
  }

  private static Cache<String, StatementAnalysis> cache(long maximumBytes) {
    return Caffeine.newBuilder()
        .maximumWeight(maximumBytes)
        .weigher((String text, StatementAnalysis analysis) -> AnalysisWeight.of(analysis))
        .build();
  }

  /** Analyses a text read with {@code standard_conforming_strings = on}. */
  public StatementAnalysis analyze(String sql) {
    return analyze(sql, true);
  }

  /** Analyses a text read with this setting of {@code standard_conforming_strings}. */
  public StatementAnalysis analyze(String sql, boolean standardConformingStrings) {
    if (sql.length() > LONGEST_CACHED) {
      return analyzeAnew(sql, standardConformingStrings);
    }
    Caches made = caches;
    if (made == null) {
      if (++uncached > MOST_UNCACHED) {
        makeCache();
      }
      return analyzeAnew(sql, standardConformingStrings);
    }
    Cache<String, StatementAnalysis> cache =
        standardConformingStrings ? made.conforming() : made.escaping();
    StatementAnalysis known = cache.getIfPresent(sql);
    return known == null ? analyzeAndCache(cache, sql, standardConformingStrings) : known;
  }

  private static StatementAnalysis analyzeAndCache(
      Cache<String, StatementAnalysis> cache, String sql, boolean standardConformingStrings) {
    StatementAnalysis analysis = analyzeAnew(sql, standardConformingStrings);
    if (AnalysisWeight.of(analysis) > HEAVIEST_CACHED) {
      return analysis;
    }
    StatementAnalysis other = cache.asMap().putIfAbsent(sql, analysis);
    return other == null ? analysis : other;
  }

  /** The bytes that the cache holds by its own estimate, once what is too much is gone. */
  long estimatedBytes() {
    Caches made = caches;
    return made == null ? 0 : weight(made.conforming()) + weight(made.escaping());
  }

  private static long weight(Cache<String, StatementAnalysis> cache) {
    cache.cleanUp();
    return cache.policy().eviction().orElseThrow().weightedSize().orElseThrow();
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
