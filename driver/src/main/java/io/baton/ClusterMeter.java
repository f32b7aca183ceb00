package io.baton;

import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * What is measured of a cluster: the meters that {@code io.baton.micrometer} and {@code
 * io.baton.opentelemetry} bind, for any other system of metrics as well.
 *
 * <p>Counters begin when the cluster is opened, and again when it was closed meanwhile. {@code
 * docs/reference/observability.md} lists the meters. Thread-safe.
 */
public enum ClusterMeter {
  /** Sessions of this JVM. */
  SESSIONS(
      "baton.sessions", Kind.GAUGE, "{session}", "Sessions of this JVM", BatonCluster::sessions),
  /** Servers that can be used. */
  ENDPOINTS_USABLE(
      "baton.endpoints.usable",
      Kind.GAUGE,
      "{endpoint}",
      "Servers that can be used",
      cluster -> count(cluster, EndpointStatus::isUsable)),
  /** Servers that take writes. */
  ENDPOINTS_WRITERS(
      "baton.endpoints.writers",
      Kind.GAUGE,
      "{endpoint}",
      "Servers that take writes: 1 if all is well",
      cluster -> count(cluster, ClusterMeter::isWriter)),
  /** Failovers. */
  FAILOVERS("baton.failovers", "{failover}", "Failovers", FailoverCounts::failovers),
  /** Sessions rebuilt after a loss. */
  SESSIONS_MOVED(
      "baton.sessions.moved",
      "{session}",
      "Sessions rebuilt after a loss",
      FailoverCounts::sessionsMoved),
  /** Sessions that could not be rebuilt (08006). */
  SESSIONS_LOST(
      "baton.sessions.lost",
      "{session}",
      "Sessions that could not be rebuilt (08006)",
      FailoverCounts::sessionsLost),
  /** Calls that found no server in time (08001). */
  SESSIONS_UNPLACED(
      "baton.sessions.unplaced",
      "{call}",
      "Calls that found no server in time (08001)",
      FailoverCounts::withoutServer),
  /** Transactions replayed. */
  TRANSACTIONS_REPLAYED(
      "baton.transactions.replayed",
      "{transaction}",
      "Transactions replayed",
      FailoverCounts::transactionsReplayed),
  /** Transactions that ended as not committed (40001). */
  TRANSACTIONS_LOST(
      "baton.transactions.lost",
      "{transaction}",
      "Transactions that ended as not committed (40001)",
      FailoverCounts::transactionsLost),
  /** Cut-off COMMITs that were settled. */
  COMMITS_SETTLED(
      "baton.commits.settled",
      "{commit}",
      "Cut-off COMMITs that were settled",
      FailoverCounts::commitsSettled),
  /** Work of unknown outcome (08007). */
  OUTCOMES_UNKNOWN(
      "baton.outcomes.unknown",
      "{outcome}",
      "Work of unknown outcome (08007)",
      FailoverCounts::outcomesUnknown),
  /** Calls that reached a server. */
  CALLS(
      "baton.calls",
      Kind.COUNTER,
      "{call}",
      "Calls that reached a server",
      cluster -> cluster.protection().calls()),
  /** Calls whose session could have been rebuilt. */
  CALLS_RESTORABLE(
      "baton.calls.restorable",
      Kind.COUNTER,
      "{call}",
      "Calls whose session could have been rebuilt",
      cluster -> cluster.protection().restorable()),
  /** Calls that could have been replayed or run again. */
  CALLS_REPLAYABLE(
      "baton.calls.replayable",
      Kind.COUNTER,
      "{call}",
      "Calls that could have been replayed or run again",
      cluster -> cluster.protection().replayable()),
  /** The longest time that a call waited for its recovery. */
  FAILOVER_PAUSE_MAX(
      "baton.failover.pause.max",
      Kind.GAUGE,
      "s",
      "The longest time that a call waited for its recovery",
      cluster -> cluster.failovers().longestPause().toNanos() / 1e9);

  /** How a meter moves. */
  public enum Kind {
    /** Up and down. */
    GAUGE,
    /** Only up. */
    COUNTER
  }

  private final String meterName;
  private final Kind kind;
  private final String unit;
  private final String description;

  @SuppressWarnings("ImmutableEnumChecker") // References to methods and lambdas without a state.
  private final ToDoubleFunction<BatonCluster> value;

  ClusterMeter(
      String meterName,
      Kind kind,
      String unit,
      String description,
      ToDoubleFunction<BatonCluster> value) {
    this.meterName = meterName;
    this.kind = kind;
    this.unit = unit;
    this.description = description;
    this.value = value;
  }

  ClusterMeter(
      String meterName, String unit, String description, ToDoubleFunction<FailoverCounts> value) {
    this(
        meterName,
        Kind.COUNTER,
        unit,
        description,
        cluster -> value.applyAsDouble(cluster.failovers()));
  }

  /** Its name, such as {@code baton.failovers}. */
  public String meterName() {
    return meterName;
  }

  /** Whether it counts, or goes up and down. */
  public Kind kind() {
    return kind;
  }

  /** Its unit, as the Unified Code for Units of Measure writes it: {@code {session}}, {@code s}. */
  public String unit() {
    return unit;
  }

  /** What it says, in one line. */
  public String description() {
    return description;
  }

  /**
   * Reads it.
   *
   * @param url the URL that the application connects with; only its endpoints matter
   * @return 0 while no connection and no data source uses the cluster
   * @throws SQLException 22023 if the URL is malformed
   */
  public double read(String url) throws SQLException {
    Optional<BatonCluster> cluster = Clusters.of(url);
    return cluster.isPresent() ? value.applyAsDouble(cluster.get()) : 0;
  }

  private static boolean isWriter(EndpointStatus status) {
    return status.isUsable() && status.role() == EndpointStatus.Role.WRITER;
  }

  private static double count(BatonCluster cluster, Predicate<EndpointStatus> wanted) {
    return cluster.topology().stream().filter(wanted).count();
  }
}
