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

/** The analysis of texts of shapes that are easily quadratic. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HostileTextsBenchmark {
  private static final int CALLS = 4_000;
  private static final int SIGNS = 40_000;

  @Param({"calls", "signs"})
  public String shape = "calls";

  private String text = "";

  @Setup
  public void makeText() {
    text =
        shape.equals("calls")
            ? "select " + "f(".repeat(CALLS) + "1" + ")".repeat(CALLS)
            : "select 1 " + "+".repeat(SIGNS) + "1";
  }

  @Benchmark
  public StatementAnalysis anew() {
    return StatementAnalyzer.analyzeAnew(text, true);
  }
}
