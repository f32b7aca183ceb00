package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds what the cache of the analyzer takes of the heap against what it estimates. */
class AnalysisCacheTest {
  private static final long MEBIBYTE = 1 << 20;
  private static final double FACTOR = 1.5;

  /** Texts as code makes them that writes values into them. */
  private static final Map<String, IntFunction<String>> SHAPES =
      Map.of(
          "query", AnalysisCacheTest::query,
          "insert", i -> "insert into t" + i + " (id, name, note) values (" + i + ", 'x', default)",
          "update", i -> "update accounts_" + i + " set balance = balance + 1 where id = " + i,
          "setting", i -> "select set_config('app.user', 'u" + i + "', false)",
          "definition", i -> "alter table t" + i + " add column c" + i + " int",
          "long query", i -> names(i, 200),
          "long insert", i -> "insert into t" + i + " (a) values " + "(1),".repeat(1000) + "(2)",
          "wide characters", i -> "select '" + "\u4e2d".repeat(300) + "', " + i,
          "script", i -> ("select a, b from t" + i + " where c = 1;").repeat(30));

  private static String query(int number) {
    return "select name, balance from accounts_" + number + " where id = " + number;
  }

  private static String names(int number, int count) {
    StringBuilder text = new StringBuilder("select ");
    for (int i = 0; i < count; i++) {
      text.append("column_").append(number).append('_').append(i).append(", ");
    }
    return text.append("1").toString();
  }

  static Stream<String> shapes() {
    return SHAPES.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void cache_filledWithTexts_takesWhatItEstimates(String shape) {
    IntFunction<String> text = Objects.requireNonNull(SHAPES.get(shape));
    new StatementAnalyzer().makeCache();
    long before = usedBytes();
    StatementAnalyzer analyzer = new StatementAnalyzer(6 * MEBIBYTE);
    for (int i = 0; analyzer.estimatedBytes() < 5 * MEBIBYTE; i++) {
      for (int k = 0; k < 50; k++) {
        StatementAnalysis analysis = analyzer.analyze(text.apply(i * 50 + k));
        analysis.fingerprint();
        analysis.keyDraw();
        analysis.blindWrite();
      }
    }
    double used = usedBytes() - before;
    double estimated = analyzer.estimatedBytes();
    assertThat(used / estimated).as(shape + " takes / estimates").isBetween(1 / FACTOR, FACTOR);
  }

  @Test
  void cache_withMoreTextsThanItHolds_staysWithinItsBound() {
    long before = usedBytes();
    StatementAnalyzer analyzer = new StatementAnalyzer();
    for (int i = 0; i < 100_000; i++) {
      analyzer.analyze(query(i), i % 4 > 0);
    }
    assertThat(analyzer.estimatedBytes()).isBetween(12 * MEBIBYTE, 16 * MEBIBYTE);
    assertThat(usedBytes() - before).isLessThan((long) (16 * FACTOR * MEBIBYTE));
  }

  @Test
  void text_thatIsLong_isNotCached() {
    StatementAnalyzer analyzer = new StatementAnalyzer();
    analyzer.makeCache();
    String text = "select 1" + " ".repeat(StatementAnalyzer.LONGEST_CACHED);
    assertThat(analyzer.analyze(text)).isNotSameAs(analyzer.analyze(text));
    assertThat(analyzer.analyze("select 1")).isSameAs(analyzer.analyze("select 1"));
    assertThat(analyzer.estimatedBytes()).isLessThan(2_000);
  }

  @Test
  void text_isCached_onceTheCacheIsMade_orManyWereAnalysed() {
    StatementAnalyzer analyzer = new StatementAnalyzer();
    assertThat(analyzer.analyze("select 1")).isNotSameAs(analyzer.analyze("select 1"));
    for (int i = 0; i < 200; i++) {
      analyzer.analyze("select 2");
    }
    assertThat(analyzer.analyze("select 1")).isSameAs(analyzer.analyze("select 1"));
  }

  private static long usedBytes() {
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      used = Math.min(used, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return used;
  }
}
