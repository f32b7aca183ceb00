package io.baton.benchmarks.micro;

import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalyzer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The analysis of texts that differ, in turns: one that fits into the cache many times over, and a
 * hundred thousand, as code makes them that puts values into its texts. Each text is a new object,
 * whose hash is not known yet.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DistinctTextsBenchmark {
  @Param({"100", "100000"})
  public int texts;

  private StatementAnalyzer analyzer = new StatementAnalyzer();
  private char[][] characters = {};
  private int next;

  @Setup
  public void makeTexts() {
    analyzer = new StatementAnalyzer();
    characters = new char[texts][];
    for (int i = 0; i < texts; i++) {
      characters[i] = Texts.distinct(i).toCharArray();
    }
  }

  @Benchmark
  public StatementAnalysis analyse() {
    next = next + 1 == texts ? 0 : next + 1;
    return analyzer.analyze(new String(characters[next]));
  }

  /** What of that is the making of the text. */
  @Benchmark
  public int textAlone() {
    next = next + 1 == texts ? 0 : next + 1;
    return new String(characters[next]).hashCode();
  }
}
