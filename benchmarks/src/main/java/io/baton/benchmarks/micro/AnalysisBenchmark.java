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

/** The analysis of a text by its length: read for the first time, and remembered. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AnalysisBenchmark {
  @Param({"100", "1000", "10000", "100000", "1000000"})
  public int characters;

  private StatementAnalyzer remembering = new StatementAnalyzer();
  private String text = "";

  @Setup
  public void makeText() {
    text = Texts.query(characters);
    remembering = new StatementAnalyzer();
  }

  /** Lexing and all. */
  @Benchmark
  public StatementAnalysis anew() {
    return StatementAnalyzer.analyzeAnew(text, true);
  }

  /** What a statement costs that was seen before, with the same text object, as constants are. */
  @Benchmark
  public StatementAnalysis remembered() {
    return remembering.analyze(text);
  }
}
