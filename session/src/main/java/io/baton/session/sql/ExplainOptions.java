package io.baton.session.sql;

import java.util.Set;

/** The options of EXPLAIN, between parentheses. */
final class ExplainOptions {
  /** Those of PostgreSQL 14 to 18 that do not run the statement. */
  private static final Set<String> WITHOUT_RUN =
      Set.of(
          "verbose",
          "costs",
          "settings",
          "generic_plan",
          "buffers",
          "serialize",
          "wal",
          "timing",
          "summary",
          "memory",
          "format");

  private ExplainOptions() {}

  /**
   * Whether each option is known, and none of them is ANALYZE. A name in quotes is the same name,
   * as the server compares it.
   */
  static boolean showNoAnalyze(StatementReader options) {
    do {
      String name = options.name();
      if (name == null || !WITHOUT_RUN.contains(name)) {
        return false;
      }
      if (!options.isDone() && !options.isMark(',')) {
        options.at++; // The value: one word, number or string.
      }
    } while (options.acceptMark(','));
    return options.isDone();
  }
}
