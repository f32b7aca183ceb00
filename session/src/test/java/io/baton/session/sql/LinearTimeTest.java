package io.baton.session.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.baton.testkit.TestLength;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds that the time of the analysis is linear in the length of each text, in processor time of
 * this thread, which other work on the machine does not change much.
 */
class LinearTimeTest {
  private static final int CHARACTERS = 50_000;
  private static final int TIMES_LONGER = 4;

  /** Something quadratic takes sixteen times as long. */
  private static final int TIMES_SLOWER = 12;

  private static final long SLACK_NANOS = 5_000_000;
  private static final int LEAST_RUNS = 5;
  private static final int MOST_RUNS = 40;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  static Stream<String> shapes() {
    return TestLength.everyNth(3, texts().keySet().stream());
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void analysis_ofATextFourTimesAsLong_takesFourTimesAsLong(String shape) {
    IntFunction<String> text = Objects.requireNonNull(texts().get(shape));
    String shorter = text.apply(CHARACTERS);
    String longer = text.apply(CHARACTERS * TIMES_LONGER);
    long ofShorter = Long.MAX_VALUE;
    long ofLonger = Long.MAX_VALUE;
    int run = 0;
    do { // The code is compiled on the way.
      ofShorter = Math.min(ofShorter, nanos(shorter));
      ofLonger = Math.min(ofLonger, nanos(longer));
      run++;
    } while (run < LEAST_RUNS
        || (run < MOST_RUNS && ofLonger > TIMES_SLOWER * ofShorter + SLACK_NANOS));
    assertThat(ofLonger).isLessThanOrEqualTo(TIMES_SLOWER * ofShorter + SLACK_NANOS);
  }

  private static long nanos(String text) {
    long before = THREADS.getCurrentThreadCpuTime();
    analyse(text);
    return THREADS.getCurrentThreadCpuTime() - before;
  }

  /** All that is ever worked out from a text. */
  private static void analyse(String text) {
    StatementAnalysis analysis = StatementAnalyzer.analyzeAnew(text, true);
    analysis.fingerprint();
    analysis.keyDraw();
    analysis.blindWrite();
    analysis.writtenRelation();
    analysis.showsChange();
    AnalysisWeight.of(analysis);
  }

  private static Map<String, IntFunction<String>> texts() {
    Map<String, IntFunction<String>> texts = new LinkedHashMap<>();
    calls(texts);
    marks(texts);
    strings(texts);
    lists(texts);
    words(texts);
    commands(texts);
    return texts;
  }

  private static void calls(Map<String, IntFunction<String>> texts) {
    texts.put("calls in calls", n -> "select " + fill("f(", n / 2) + fill(")", n / 4));
    texts.put("calls left open", n -> "select " + fill("f(", n));
    texts.put("lists in calls", n -> "select " + fill("f(1,a[", n / 2) + fill("])", n / 6));
    texts.put("settings in settings", n -> "select " + fill("set_config(?,?,", n) + "true");
    texts.put("settings", n -> "select " + fill("set_config('a.b', ?, false), ", n) + "1");
    texts.put("locks", n -> "select " + fill("pg_advisory_lock(1), ", n) + "1");
    texts.put("distinct calls", n -> "select " + fill(i -> "c" + i + "(),", n) + "1");
    texts.put("escapes", n -> "{call f(" + fill("{ts '1'},", n) + "1)}");
    texts.put("functions of JDBC", n -> "select " + fill("{fn ", n));
  }

  private static void marks(Map<String, IntFunction<String>> texts) {
    texts.put("opening", n -> "select " + fill("(", n));
    texts.put("closing", n -> "select " + fill(")", n));
    texts.put("brackets", n -> "select f(" + fill("[", n));
    texts.put("signs", n -> "select 1 " + fill("+", n) + "1");
    texts.put("signs by turns", n -> "select 1 " + fill("+-", n) + "1");
    texts.put("one operator", n -> "select 1 " + fill("~", n) + "1");
    texts.put("question marks", n -> "select 1 " + fill("?", n) + "1");
    texts.put("dots", n -> "select " + fill("a.b.c.", n) + "d");
    texts.put("spaces", n -> "select 1" + fill(" ", n));
    texts.put("semicolons", n -> fill(";", n));
    texts.put("comments in comments", n -> "select 1 " + fill("/*", n));
    texts.put("comments", n -> "select 1 " + fill("/*+*/", n));
    texts.put("comments to the end of lines", n -> "select 1 " + fill("--\n", n));
    texts.put("hint of spaces", n -> "select 1 /*+" + fill(" ", n));
    texts.put("hint of words", n -> "/*+ baton:reader " + fill("x ", n) + "*/ select 1");
  }

  private static void strings(Map<String, IntFunction<String>> texts) {
    texts.put("quotes", n -> "select " + fill("'", n));
    texts.put("pieces", n -> "select " + fill("'a'\n", n));
    texts.put("dollars", n -> "select " + fill("$", n));
    texts.put("tags left open", n -> "select " + fill(i -> "$t" + i + "$", n));
    texts.put("tags in words", n -> "select " + fill(i -> "$t" + i, n));
    texts.put("long tags", n -> "select $" + fill("a", n / 3) + fill("$" + fill("a", n / 3), n));
    texts.put("escapes in strings", n -> "select " + fill("E'\\'\\\\', ", n));
    texts.put("bytes in a string", n -> "load E'" + fill("\\303\\244", n) + "'");
    texts.put("Unicode escapes", n -> "select " + fill("U&\"a!0041\" uescape '!', ", n));
    texts.put("words of escapes", n -> "select U&\"a\" " + fill("uescape ", n));
    texts.put("combining marks", n -> "select '" + fill("\u0301", n) + "currval'");
    texts.put("currval and spaces", n -> "select 'currval" + fill(" ", n) + "'");
    texts.put("returning in a string", n -> "update t set a = '" + fill("returning_", n) + "'");
    texts.put("resets", n -> "do '" + fill("pg_stat_reset", n) + "'");
  }

  private static void lists(Map<String, IntFunction<String>> texts) {
    texts.put("placeholders", n -> "select 1 where a in (" + fill("?,", n) + "?)");
    texts.put("numbered", n -> "select 1 where a in (" + fill(i -> "$" + i + ",", n) + "1)");
    texts.put("numbers", n -> "select 1 where a in (" + fill("1,", n) + "1)");
    texts.put("rows", n -> "insert into t (a, b) values " + fill("(1, 'x'),", n) + "(1, 'x')");
    texts.put("names", n -> "select " + fill(i -> "c" + i + ",", n) + "1");
    texts.put("one name", n -> "select " + fill("abc, ", n) + "1");
    texts.put("quoted names", n -> "select " + fill(i -> "\"c" + i + "\",", n) + "1");
    texts.put("columns", n -> "create table t (" + fill(i -> "c" + i + " int,", n) + "z int)");
    texts.put(
        "temporary columns",
        n -> "create temp table t (" + fill(i -> "c" + i + " int,", n) + "z int)");
    texts.put("list of a setting", n -> "set search_path to " + fill("a,", n) + "b");
    texts.put("name of a setting", n -> "set " + fill("a.", n) + "b to 1");
  }

  private static void words(Map<String, IntFunction<String>> texts) {
    texts.put("for", n -> "select " + fill("for ", n));
    texts.put("with", n -> "with " + fill("with ", n));
    texts.put("into", n -> "select " + fill("into temp x ", n));
    texts.put("not materialized", n -> "with f() as " + fill("not materialized ", n));
    texts.put(
        "many in a WITH",
        n -> "with x as (select 1) " + fill(", f() as (select 1)", n) + " select 1");
    texts.put("begin atomic", n -> "create function f() " + fill("begin atomic ", n));
    texts.put("modes", n -> "begin " + fill("read only, ", n));
  }

  private static void commands(Map<String, IntFunction<String>> texts) {
    texts.put("statements", n -> fill("a;", n));
    texts.put("inserts", n -> fill("insert into t (a, b) values (1, 'x');", n));
    texts.put("sets", n -> fill("set a.b = 1;", n));
    texts.put("blocks", n -> fill("do $$x$$;", n));
    texts.put("explain", n -> fill("explain analyze ", n));
    texts.put("options", n -> "explain (" + fill("costs off,", n) + "costs on) select 1");
    texts.put("prepare", n -> fill("prepare a as ", n));
    texts.put("copy", n -> "copy (select " + fill("f(1), ", n) + "1) to stdout");
    texts.put("drop", n -> "drop table " + fill(i -> "a" + i + ",", n) + "b");
  }

  private static String fill(String part, int characters) {
    return part.repeat(Math.max(1, characters / part.length()));
  }

  private static String fill(IntFunction<String> part, int characters) {
    StringBuilder text = new StringBuilder(characters + 16);
    for (int i = 0; text.length() < characters; i++) {
      text.append(part.apply(i));
    }
    return text.toString();
  }
}
