package io.baton.benchmarks.micro;

import io.baton.routing.select.RouteDecision;
import io.baton.routing.select.Router;
import io.baton.session.catalogue.FunctionCatalogue;
import io.baton.session.catalogue.ReadVerdict;
import io.baton.session.sql.StatementAnalysis;
import io.baton.session.sql.StatementAnalyzer;
import io.baton.testkit.PostgresCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Where a statement is to run, with {@code baton.reads=auto}, of a text that was seen before. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RoutingBenchmark {
  @Param({
    "select 1",
    "select upper(name), sum(n) from item where id = ? group by 1 order by lower(name)",
    "update item set n = n + 1 where id = ?"
  })
  public String text = "";

  private final StatementAnalyzer analyzer = new StatementAnalyzer();
  private final FunctionCatalogue catalogue = new FunctionCatalogue();
  private final Router router = new Router(Router.Reads.AUTO, RouteDecision.TO_WRITER);
  private StatementAnalysis prepared = analyzer.analyze("");
  private @Nullable PostgresCluster cluster;

  @Setup(Level.Trial)
  public void startServer() {
    cluster = PostgresCluster.builder().start();
    prepared = analyzer.analyze(text);
  }

  /** As sessions do it, now and then. */
  @Setup(Level.Iteration)
  public void readCatalogue() throws SQLException {
    try (Connection connection = Objects.requireNonNull(cluster).primary().connect()) {
      catalogue.refresh(connection);
    }
  }

  @TearDown(Level.Trial)
  public void stopServer() {
    Objects.requireNonNull(cluster).close();
  }

  /** Of a prepared statement, which keeps what is known of its text. */
  @Benchmark
  public RouteDecision prepared() {
    return route(prepared);
  }

  /** Of a text, which is looked up. */
  @Benchmark
  public RouteDecision text() {
    return route(analyzer.analyze(text));
  }

  private RouteDecision route(StatementAnalysis analysis) {
    boolean proved = catalogue.verdict(analysis) == ReadVerdict.PROVED;
    return router.route(Router.Pin.NONE, null, false, true, proved, analysis.needsWriter());
  }
}
