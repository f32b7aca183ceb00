package io.baton.opentelemetry;

import io.baton.ClusterMeter;
import io.baton.Clusters;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Meters of one cluster for OpenTelemetry: each {@link ClusterMeter}, with the attribute {@code
 * db.system.name=postgresql} of OpenTelemetry's conventions. They read 0 while no connection and no
 * data source uses the cluster, and begin anew when it is opened again.
 *
 * <p>Thread-safe; keeps no cluster in use. They are read until this is closed.
 */
public final class BatonTelemetry implements AutoCloseable {

  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("db.system.name");

  private final String url;
  private final Attributes attributes;
  private final List<Runnable> instruments = new ArrayList<>();

  private BatonTelemetry(String url, Attributes attributes) {
    this.url = url;
    this.attributes = attributes;
  }

  /**
   * Has a cluster measured.
   *
   * @param telemetry where the meters are made
   * @param url the URL that the application connects with; only its endpoints matter
   * @param attributes added to each measurement, such as {@code db.client.connection.pool.name}
   * @return to be closed to end it
   * @throws SQLException 22023 if the URL is malformed
   */
  public static BatonTelemetry observe(OpenTelemetry telemetry, String url, Attributes attributes)
      throws SQLException {
    Clusters.of(url); // Refuses a malformed one now, and not when the meters are read.
    Attributes all = attributes.toBuilder().put(SYSTEM, "postgresql").build();
    BatonTelemetry made = new BatonTelemetry(url, all);
    Meter meter = telemetry.getMeter("io.baton");
    for (ClusterMeter each : ClusterMeter.values()) {
      made.instruments.add(made.observe(meter, each));
    }
    return made;
  }

  /** Returns what ends it. */
  private Runnable observe(Meter meter, ClusterMeter each) {
    return each.kind() == ClusterMeter.Kind.COUNTER
        ? meter
                .counterBuilder(each.meterName())
                .ofDoubles()
                .setUnit(each.unit())
                .setDescription(each.description())
                .buildWithCallback(measurement -> record(each, measurement))
            ::close
        : meter
                .gaugeBuilder(each.meterName())
                .setUnit(each.unit())
                .setDescription(each.description())
                .buildWithCallback(measurement -> record(each, measurement))
            ::close;
  }

  private void record(ClusterMeter each, ObservableDoubleMeasurement measurement) {
    try {
      measurement.record(each.read(url), attributes);
    } catch (SQLException malformed) {
      throw new IllegalStateException(malformed); // It was not when this was made.
    }
  }

  @Override
  public void close() {
    instruments.forEach(Runnable::run);
  }
}
