package io.baton.micrometer;

import io.baton.ClusterMeter;
import io.baton.Clusters;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Meters of one cluster: each {@link ClusterMeter}. They read 0 while no connection and no data
 * source uses the cluster, and begin anew when it is opened again.
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
    for (ClusterMeter meter : ClusterMeter.values()) {
      if (meter == ClusterMeter.FAILOVER_PAUSE_MAX) {
        TimeGauge.builder(meter.meterName(), this, TimeUnit.SECONDS, self -> self.read(meter))
            .description(meter.description())
            .tags(tags)
            .register(registry);
      } else if (meter.kind() == ClusterMeter.Kind.GAUGE) {
        Gauge.builder(meter.meterName(), this, self -> self.read(meter))
            .description(meter.description())
            .tags(tags)
            .register(registry);
      } else {
        FunctionCounter.builder(meter.meterName(), this, self -> self.read(meter))
            .description(meter.description())
            .tags(tags)
            .register(registry);
      }
    }
  }

  private double read(ClusterMeter meter) {
    try {
      return meter.read(url);
    } catch (SQLException malformed) {
      return 0; // It was not when this was made.
    }
  }
}
