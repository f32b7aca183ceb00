package io.baton.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.baton.BatonCluster;
import io.baton.BatonConnection;
import io.baton.Clusters;
import io.baton.micrometer.BatonMetrics;
import io.baton.opentelemetry.BatonTelemetry;
import io.baton.testkit.PostgresCluster;
import io.baton.testkit.PostgresNode;
import io.baton.testkit.proxy.FaultPoint;
import io.baton.testkit.proxy.Message.Backend;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.event.Level;

/** What an operator sees: log lines, the Flight Recorder's events, meters and names. */
class ObservabilityTest extends ContractFixture {

  @TempDir private Path folder;

  private static final String FAILOVERS = "io.baton.failover.Failovers";
  private static final String INTRODUCTION = "io.baton.engine.ClusterIntroduction";

  ObservabilityTest(PostgresCluster cluster) throws SQLException {
    super(cluster, "");
  }

  private static String page() throws IOException {
    return Files.readString(Path.of("../docs/reference/observability.md"));
  }

  @Test
  void firstUse_ofACluster_isOneLineThatSaysWhatIsProtected() throws Exception {
    try (LogLines log = new LogLines(Level.INFO, INTRODUCTION)) {
      reconnect("?baton.replay=session&baton.autocommitWrites=protect&baton.heartbeat=900ms");
      reconnect("?baton.replay=session&baton.autocommitWrites=protect&baton.heartbeat=900ms");

      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("Baton uses ")
          .contains(
              cluster.primary().host()
                  + ":"
                  + cluster.primary().port()
                  + " (writer, "
                  + cluster.version()
                  + ".")
          .contains("database " + cluster.database())
          .contains("transactions are not replayed (baton.replay)")
          .contains("so is a write outside of a transaction (baton.autocommitWrites)")
          .contains("Reads of read-only connections go to standbys (baton.reads)");
    }
  }

  @Test
  void firstUse_withALimitShorterThanAFailover_saysSo() throws Exception {
    try (LogLines log = new LogLines(Level.INFO, INTRODUCTION)) {
      reconnect("?loginTimeout=30");

      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("gives up after 30 s")
          .contains("less than the 60 s of baton.failoverTimeout");
    }
  }

  @Test
  void connection_printsItsSessionAndServer() throws SQLException {
    assertThat(connection)
        .hasToString(
            "Baton session "
                + connection.toString().replaceAll("\\D*(\\d+) at.*", "$1")
                + " at "
                + connection.unwrap(BatonConnection.class).currentEndpoint()
                + "/"
                + cluster.database());
    connection.close();
    assertThat(connection.toString()).matches("Baton session \\d+, closed");
  }

  @Test
  @Tag("campaign")
  void failover_isTwoLines_howeverManySessionsThereAre() throws Exception {
    List<Connection> idle = new ArrayList<>();
    try (LogLines log = new LogLines(Level.DEBUG, FAILOVERS);
        Recording recording = new Recording()) {
      eventNames().forEach(recording::enable);
      recording.start();
      connection.setAutoCommit(false);
      insert(1);
      for (int i = 0; i < 3; i++) {
        Connection another = connect("");
        ask(another, "select 1");
        idle.add(another);
      }
      BatonCluster seen = Clusters.of(connection);
      PostgresNode left = cluster.primary();
      cluster.failover();

      insert(2);
      connection.commit();
      ask(idle.get(0), "select 1");
      Awaitility.await().untilAsserted(() -> assertThat(log.lines("is over after")).hasSize(1));
      ask(idle.get(1), "select 1");
      ask(idle.get(2), "select 1");

      assertThat(rows()).isEqualTo("1 2");
      assertThat(log.lines(" WARN "))
          .satisfiesExactly(
              begun ->
                  assertThat(begun)
                      .contains("Failover from " + left.host() + ":" + left.port() + " begins")
                      .contains("lost its connection: "),
              over ->
                  assertThat(over)
                      .containsPattern("sessions moved [12] \\(to ")
                      .contains("transactions replayed 1")
                      .contains("transactions lost (40001) 0")
                      .contains("sessions lost (08006) 0")
                      .containsPattern("idle, to move when they are used [23]")
                      .containsPattern("longest pause \\d+ ms"));
      assertThat(log.lines(" DEBUG ")).filteredOn(line -> line.contains(" moved from ")).hasSize(4);

      assertThat(seen.failovers().failovers()).isEqualTo(1);
      assertThat(seen.failovers().sessionsMoved()).isEqualTo(4);
      assertThat(seen.failovers().transactionsReplayed()).isEqualTo(1);
      assertThat(seen.failovers().longestPause()).isPositive();
      assertMeters();
      assertTelemetry();

      recording.stop();
      List<RecordedEvent> events = events(recording);
      assertThat(ofType(events, "io.baton.SessionMove")).hasSize(4);
      assertThat(ofType(events, "io.baton.SessionMove"))
          .allSatisfy(
              move -> {
                assertThat(move.getString("from")).isEqualTo(left.host() + ":" + left.port());
                assertThat(move.getString("to")).isNotEqualTo(move.getString("from"));
                assertThat(move.getString("cause")).isNotBlank();
              });
      assertThat(ofType(events, "io.baton.TransactionReplay"))
          .singleElement()
          .satisfies(replay -> assertThat(replay.getBoolean("succeeded")).isTrue());
      assertThat(ofType(events, "io.baton.EndpointChange"))
          .anySatisfy(
              change -> {
                assertThat(change.getString("endpoint")).isEqualTo(left.host() + ":" + left.port());
                assertThat(change.getString("availability")).isEqualTo("DOWN");
              });
    } finally {
      for (Connection each : idle) {
        each.close();
      }
    }
  }

  @Test
  void commitThatWasCutOff_isAnEventWithItsEvidence() throws Exception {
    try (Recording recording = new Recording()) {
      recording.enable("io.baton.CommitSettled");
      recording.start();
      connection.setAutoCommit(false);
      insert(7);
      connection.commit();
      insert(8);
      cluster.primary().proxy().cutOn(FaultPoint.before(Backend.COMMAND_COMPLETE).tagged("COMMIT"));
      connection.commit();
      recording.stop();

      assertThat(rows()).isEqualTo("7 8");
      assertThat(ofType(events(recording), "io.baton.CommitSettled"))
          .singleElement()
          .satisfies(
              settled -> {
                assertThat(settled.getString("outcome")).isEqualTo("COMMITTED");
                assertThat(settled.getString("evidence")).isNotBlank();
              });
      assertThat(Clusters.of(connection).failovers().commitsSettled()).isEqualTo(1);
    }
  }

  private List<RecordedEvent> events(Recording recording) throws IOException {
    Path file = folder.resolve("recording.jfr");
    recording.dump(file);
    return RecordingFile.readAllEvents(file);
  }

  private static List<RecordedEvent> ofType(List<RecordedEvent> events, String name) {
    return events.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
  }

  private void assertMeters() throws SQLException, IOException {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    BatonMetrics metrics = new BatonMetrics(cluster.jdbcUrl("jdbc:baton:postgresql:"));
    metrics.bindTo(registry);

    assertThat(registry.get("baton.sessions").gauge().value()).isEqualTo(4);
    assertThat(registry.get("baton.endpoints.writers").gauge().value()).isEqualTo(1);
    assertThat(registry.get("baton.failovers").functionCounter().count()).isEqualTo(1);
    assertThat(registry.get("baton.transactions.replayed").functionCounter().count()).isEqualTo(1);
    assertThat(registry.get("baton.failover.pause.max").timeGauge().value()).isPositive();
    assertThat(rowsOf("baton\\.[a-z.]+", page()))
        .isEqualTo(
            registry.getMeters().stream()
                .map(Meter::getId)
                .map(Meter.Id::getName)
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  private void assertTelemetry() throws SQLException, IOException {
    MeterReader reader = new MeterReader();
    try (SdkMeterProvider provider =
        SdkMeterProvider.builder().registerMetricReader(reader).build()) {
      try (BatonTelemetry telemetry =
          BatonTelemetry.observe(
              telemetryOf(provider),
              cluster.jdbcUrl("jdbc:baton:postgresql:"),
              Attributes.of(AttributeKey.stringKey("db.client.connection.pool.name"), "orders"))) {
        assertThat(telemetry).isNotNull();
        Map<String, Double> values = reader.values();
        assertThat(values.keySet()).isEqualTo(rowsOf("baton\\.[a-z.]+", page()));
        assertThat(values)
            .containsEntry("baton.sessions", 4.0)
            .containsEntry("baton.failovers", 1.0)
            .containsEntry("baton.transactions.replayed", 1.0);
        assertThat(values.get("baton.failover.pause.max")).isPositive();
      }
      assertThat(reader.values()).isEmpty();
    }
  }

  private static OpenTelemetry telemetryOf(SdkMeterProvider meters) {
    return new OpenTelemetry() {
      @Override
      public TracerProvider getTracerProvider() {
        return TracerProvider.noop();
      }

      @Override
      public MeterProvider getMeterProvider() {
        return meters;
      }

      @Override
      public ContextPropagators getPropagators() {
        return ContextPropagators.noop();
      }
    };
  }

  /** Reads when it is asked. */
  private static final class MeterReader implements MetricReader {

    private CollectionRegistration registration = CollectionRegistration.noop();

    @Override
    public void register(CollectionRegistration given) {
      registration = given;
    }

    Map<String, Double> values() {
      return registration.collectAllMetrics().stream()
          .collect(Collectors.toMap(MetricData::getName, MeterReader::value));
    }

    private static double value(MetricData metric) {
      return metric.getType() == MetricDataType.DOUBLE_SUM
          ? metric.getDoubleSumData().getPoints().iterator().next().getValue()
          : metric.getDoubleGaugeData().getPoints().iterator().next().getValue();
    }

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType type) {
      return AggregationTemporality.CUMULATIVE;
    }

    @Override
    public CompletableResultCode forceFlush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  /** The names in the first column of tables. */
  private static Set<String> rowsOf(String pattern, String page) {
    return Pattern.compile("^\\| `(" + pattern + ")` \\|", Pattern.MULTILINE)
        .matcher(page)
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The events that the classes of Baton declare. */
  private static Set<String> eventNames() {
    Set<String> names = new TreeSet<>();
    for (Class<?> type :
        new ClassFileImporter()
            .importPackages("io.baton").stream()
                .filter(found -> found.isAssignableTo(Event.class))
                .map(JavaClass::reflect)
                .toList()) {
      names.add(type.getAnnotation(Name.class).value());
    }
    return names;
  }

  @Test
  void page_listsTheEventsAndLoggersThatThereAre() throws IOException {
    Set<String> events = rowsOf("io\\.baton\\.[A-Z]\\w+", page());
    // A logger, beside the events by its name.
    assertThat(events.remove("io.baton.ReadOnlyView")).isTrue();
    assertThat(events).isEqualTo(eventNames()).hasSize(5);

    try (Stream<Path> modules =
            Stream.of("routing", "failover", "driver").map(Path.of("..")::resolve);
        Stream<Path> sources = modules.flatMap(module -> files(module.resolve("src/main/java")))) {
      Set<String> loggers =
          sources
              .filter(ObservabilityTest::warnsOrInforms)
              .map(file -> file.toString().replaceAll(".*/java/|\\.java$", "").replace('/', '.'))
              .collect(Collectors.toCollection(TreeSet::new));
      assertThat(loggers.remove("io.baton.ReadOnlyView")).isTrue();
      assertThat(rowsOf("io\\.baton\\.[a-z.]+\\.[A-Z]\\w+", page())).isEqualTo(loggers);
    }
  }

  private static Stream<Path> files(Path folder) {
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk
          .filter(file -> file.toString().endsWith(".java"))
          .sorted(Comparator.naturalOrder())
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean warnsOrInforms(Path file) {
    try {
      return Files.readString(file).matches("(?s).*\\b(LOG|log)\\.(warn|info|error)\\(.*");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
