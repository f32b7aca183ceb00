package io.baton.micrometer;

import io.baton.BatonCluster;
import io.baton.Clusters;
import io.baton.EndpointStatus;
import io.baton.FailoverCounts;
import io.baton.ProtectionReport;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Meters of one cluster: what {@link BatonCluster} counts. They read 0 while no connection and no
 * data source uses the cluster, and begin anew when it is opened again.
 *
 * <p>{@code docs/reference/observability.md} lists them. A registry holds its meters weakly: keep
 * this object for as long as they are to be read. Thread-safe; keeps no cluster in use.
 */
public final class BatonMetrics implements MeterBinder {

  private final String url;
  private final List<Tag> tags;

  /**
   * Creates meters without tags.
   *
   * @param url the URL that the application connects with; only its endpoints matter
   * @throws SQLException 22023 if the URL is malformed
   */
  public BatonMetrics(String url) throws SQLException {
    this(url, List.of());
  }

  /**
   * Creates meters with tags, such as the name of the pool.
   *
   * @param url the URL that the application connects with; only its endpoints matter
   * @throws SQLException 22023 if the URL is malformed
   */
  public BatonMetrics(String url, List<Tag> tags) throws SQLException {
    Clusters.of(url); // Refuses a malformed one now, and not when the meters are read.
    this.url = url;
    this.tags = List.copyOf(tags);
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    gauge(registry, "baton.sessions", "Sessions of this JVM", BatonCluster::sessions);
    gauge(
        registry,
        "baton.endpoints.usable",
        "Servers that can be used",
        cluster -> count(cluster, EndpointStatus::isUsable));
    gauge(
        registry,
        "baton.endpoints.writers",
        "Servers that take writes: 1 if all is well",
        cluster -> count(cluster, BatonMetrics::isWriter));
    failover(registry, "baton.failovers", "Failovers", FailoverCounts::failovers);
    failover(
        registry,
        "baton.sessions.moved",
        "Sessions rebuilt after a loss",
        FailoverCounts::sessionsMoved);
    failover(
        registry,
        "baton.sessions.lost",
        "Sessions that could not be rebuilt (08006)",
        FailoverCounts::sessionsLost);
    failover(
        registry,
        "baton.sessions.unplaced",
        "Calls that found no server in time (08001)",
        FailoverCounts::withoutServer);
    failover(
        registry,
        "baton.transactions.replayed",
        "Transactions replayed",
        FailoverCounts::transactionsReplayed);
    failover(
        registry,
        "baton.transactions.lost",
        "Transactions that ended as not committed (40001)",
        FailoverCounts::transactionsLost);
    failover(
        registry,
        "baton.commits.settled",
        "Cut-off COMMITs that were settled",
        FailoverCounts::commitsSettled);
    failover(
        registry,
        "baton.outcomes.unknown",
        "Work of unknown outcome (08007)",
        FailoverCounts::outcomesUnknown);
    protection(registry, "baton.calls", "Calls that reached a server", ProtectionReport::calls);
    protection(
        registry,
        "baton.calls.restorable",
        "Calls whose session could have been rebuilt",
        ProtectionReport::restorable);
    protection(
        registry,
        "baton.calls.replayable",
        "Calls that could have been replayed or run again",
        ProtectionReport::replayable);
    TimeGauge.builder(
            "baton.failover.pause.max",
            this,
            TimeUnit.NANOSECONDS,
            self -> self.read(cluster -> cluster.failovers().longestPause().toNanos()))
        .description("The longest time that a call waited for its recovery")
        .tags(tags)
        .register(registry);
  }

  private void gauge(
      MeterRegistry registry, String name, String help, ToDoubleFunction<BatonCluster> value) {
    Gauge.builder(name, this, self -> self.read(value))
        .description(help)
        .tags(tags)
        .register(registry);
  }

  private void failover(
      MeterRegistry registry, String name, String help, ToDoubleFunction<FailoverCounts> value) {
    counter(registry, name, help, cluster -> value.applyAsDouble(cluster.failovers()));
  }

  private void protection(
      MeterRegistry registry, String name, String help, ToDoubleFunction<ProtectionReport> value) {
    counter(registry, name, help, cluster -> value.applyAsDouble(cluster.protection()));
  }

  private void counter(
      MeterRegistry registry, String name, String help, ToDoubleFunction<BatonCluster> value) {
    FunctionCounter.builder(name, this, self -> self.read(value))
        .description(help)
        .tags(tags)
        .register(registry);
  }

  private static boolean isWriter(EndpointStatus status) {
    return status.isUsable() && status.role() == EndpointStatus.Role.WRITER;
  }

  private static double count(BatonCluster cluster, Predicate<EndpointStatus> wanted) {
    return cluster.topology().stream().filter(wanted).count();
  }

  private double read(ToDoubleFunction<BatonCluster> value) {
    Optional<BatonCluster> cluster;
    try {
      cluster = Clusters.of(url);
    } catch (SQLException malformed) {
      return 0; // It was not when this was made.
    }
    return cluster.isPresent() ? value.applyAsDouble(cluster.get()) : 0;
  }
}
