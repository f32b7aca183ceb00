package io.baton.engine;

import io.baton.failover.DeadlineGuard;
import io.baton.failover.Failovers;
import io.baton.failover.HandOvers;
import io.baton.failover.ReplayGate;
import io.baton.failover.cutover.CutoverParticipant;
import io.baton.failover.keys.SequenceWatermarks;
import io.baton.failover.outcome.WriterHistories;
import io.baton.jdbc.options.AdmissionOf;
import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.options.Consistency;
import io.baton.jdbc.options.Replay;
import io.baton.jdbc.options.SessionTarget;
import io.baton.jdbc.pgjdbc.MonitoringProperties;
import io.baton.jdbc.pgjdbc.PgConnector;
import io.baton.jdbc.pgjdbc.PgUrl;
import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.routing.Cluster;
import io.baton.routing.ClusterKey;
import io.baton.routing.ClusterLease;
import io.baton.routing.ClusterRegistry;
import io.baton.routing.admission.Admission;
import io.baton.routing.consistency.CausalClock;
import io.baton.routing.select.RouteDecision;
import io.baton.routing.topology.ClusterSettings;
import io.baton.routing.topology.CutoverTerms;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.ServerKind;
import io.baton.session.Baseline;
import io.baton.session.Baselines;
import io.baton.session.OwnSettingNames;
import io.baton.session.ProtectionTotals;
import io.baton.session.ServerState;
import io.baton.session.catalogue.FunctionCatalogue;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The share of one session, or of a data source, in the cluster that its URL names: what is known
 * of the cluster, and what all of its sessions have in common.
 *
 * <p>Thread-safe. The cluster lives until its last handle is closed.
 */
public final class ClusterHandle implements AutoCloseable {

  private final BatonUrl url;
  private final PgConnector connector;
  private final ClusterLease lease;
  private final Cluster cluster;
  private final CausalClock clockOfProcess;
  private final @Nullable CausalClock clock;
  private final JudgedBy judgedBy;
  private final Duration failoverTimeout;
  private final Duration consistencyWait;
  private final WarmConnections.@Nullable Share warm;

  private ClusterHandle(BatonUrl url) {
    this.url = url;
    this.failoverTimeout = url.option(BatonOption.FAILOVER_TIMEOUT);
    this.consistencyWait = url.option(BatonOption.CONSISTENCY_WAIT);
    this.connector = new PgConnector(login(url), url.pgProperties(), url.suppliedPassword());
    ClusterSettings settings =
        new ClusterSettings(
            url.endpoints(),
            url.option(BatonOption.HEARTBEAT),
            url.option(BatonOption.TOPOLOGY_REFRESH),
            failoverTimeout,
            url.option(BatonOption.SILENCE),
            EndpointSources.kind(url),
            new CutoverTerms(
                url.option(BatonOption.SUCCESSOR), url.option(BatonOption.CUTOVER_PAUSE)));
    this.lease =
        ClusterRegistry.shared().acquire(key(url), settings, connector, EndpointSources.of(url));
    this.cluster = lease.cluster();
    cluster.admission().capacity(url.option(BatonOption.CAPACITY));
    this.clockOfProcess = ClusterRegistry.shared().clock(url.endpoints());
    this.clock =
        switch (url.option(BatonOption.CONSISTENCY)) {
          case PROCESS -> clockOfProcess;
          case SESSION -> new CausalClock();
          case EVENTUAL -> null;
        };
    FunctionCatalogue catalogue = catalogue();
    this.judgedBy =
        url.option(BatonOption.CONSISTENCY) == Consistency.PROCESS
            ? cluster.attachment(JudgedBy.class, () -> new JudgedBy(catalogue))
            : new JudgedBy(catalogue);
    handOvers(); // Who watches the servers takes part in cut overs, without a session too.
    boolean warms =
        url.option(BatonOption.WARM) > 0
            && identifiesBackends()
            && cluster.settings().keepsConnections()
            && kind().hasPositions();
    this.warm =
        warms
            ? cluster
                .attachment(WarmConnections.class, () -> new WarmConnections(cluster))
                .share(
                    new WarmLogin.Way(
                        url.option(BatonOption.WARM),
                        url.pgProperties(),
                        connector,
                        this::beginningAt))
            : null;
  }

  /** Where calls wait for their turn; null if they do not: {@code baton.admission}. */
  @Nullable Admission admissionOfCalls() {
    return url.option(BatonOption.ADMISSION) == AdmissionOf.STATEMENTS ? cluster.admission() : null;
  }

  /** A share in the cluster that a URL names; its monitors are started if it is the first. */
  public static ClusterHandle of(BatonUrl url) {
    return new ClusterHandle(url);
  }

  /**
   * What makes two URLs name one cluster: hosts, user, database, the list of servers, and the way
   * to connect. The database, since a role may be let into one and not into another, since NOTIFY
   * is heard in its own only, and since its functions are read.
   */
  private static ClusterKey key(BatonUrl url) {
    Map<String, String> identity = MonitoringProperties.identity(url.pgProperties());
    identity.put("database", url.database());
    for (BatonOption<String> option :
        List.of(BatonOption.SUCCESSOR_DATABASE, BatonOption.SUCCESSOR_USER)) {
      identity.put(option.name(), url.option(option));
    }
    identity.put(BatonOption.TOPOLOGY.name(), EndpointSources.identity(url));
    return new ClusterKey(url.endpoints(), identity);
  }

  private static PgConnector.Login login(BatonUrl url) {
    return new PgConnector.Login() {
      @Override
      public String url(Endpoint endpoint) {
        return url.pgUrl(endpoint);
      }

      @Override
      public @Nullable String user(Endpoint endpoint) {
        String there = url.userAt(endpoint);
        return there.equals(url.user()) ? null : there;
      }
    };
  }

  BatonUrl url() {
    return url;
  }

  /**
   * Returns what a server says of a session, as if its login were everywhere that of the URL: a
   * successor may be given another one.
   */
  ServerState underUrl(ServerState said, Endpoint endpoint) {
    return said.sessionUser().equals(url.userAt(endpoint)) ? said.of(url.user()) : said;
  }

  PgConnector connector() {
    return connector;
  }

  Cluster cluster() {
    return cluster;
  }

  /** What is known of the functions of the database, shared by its sessions. */
  FunctionCatalogue catalogue() {
    return cluster.attachment(FunctionCatalogue.class, FunctionCatalogue::new);
  }

  /** The settings of one's own that its sessions have come across. */
  OwnSettingNames ownSettingNames() {
    return cluster.attachment(OwnSettingNames.class, OwnSettingNames::new);
  }

  /** What reads it in the background. */
  CatalogueReading catalogueReading() {
    FunctionCatalogue catalogue = catalogue();
    return cluster.attachment(
        CatalogueReading.class,
        () -> new CatalogueReading(cluster, cluster.connector(), catalogue));
  }

  /** How the calls of all sessions of the cluster were covered. */
  ProtectionTotals protection() {
    return cluster.attachment(ProtectionTotals.class, ProtectionTotals::new);
  }

  /** What moves the cluster's sessions on request. */
  HandOvers handOvers() {
    HandOvers handOvers = cluster.attachment(HandOvers.class, () -> new HandOvers(cluster));
    handOvers.timeout(url.option(BatonOption.DRAIN_TIMEOUT));
    cluster.attachment(ClusterManagement.class, () -> ClusterManagement.show(cluster, handOvers));
    ReadSamples samples = readSamples();
    cluster.attachment(
        CutoverParticipant.class, () -> new CutoverParticipant(cluster, handOvers, samples));
    return handOvers;
  }

  /** What keeps reads of its sessions for a rehearsal. */
  ReadSamples readSamples() {
    FunctionCatalogue catalogue = catalogue();
    return cluster.attachment(
        ReadSamples.class, () -> new ReadSamples(cluster, connector, catalogue));
  }

  /** What counts the failovers of the cluster, and tells of them. */
  Failovers failovers() {
    return Failovers.of(cluster);
  }

  /** What is known of the sequences of the database, shared by its sessions. */
  SequenceWatermarks sequenceWatermarks() {
    return cluster.attachment(SequenceWatermarks.class, SequenceWatermarks::new);
  }

  /** Where sessions wait for the replays of others. */
  ReplayGate replayGate() {
    return cluster.attachment(ReplayGate.class, ReplayGate::new);
  }

  /** How the readers of the cluster are chosen, by the way of choosing. */
  ReaderChoices readerChoices() {
    return cluster.attachment(ReaderChoices.class, () -> new ReaderChoices(cluster));
  }

  /** Which servers were seen to write each timeline of the cluster. */
  WriterHistories writerHistories() {
    return cluster.attachment(WriterHistories.class, WriterHistories::new);
  }

  /** Asks a new connection to this endpoint what it began with. */
  PhysicalConnection.Work<Baseline> beginningAt(Endpoint endpoint) {
    Baselines known = cluster.attachment(Baselines.class, Baselines::new);
    String login = endpoint + " " + PgUrl.startup(url.pgProperties());
    return connection -> known.ask(connection, login);
  }

  /** Whose turn it is to log in with a password that was refused. */
  RefusedSecrets refusedSecrets() {
    return cluster.attachment(RefusedSecrets.class, RefusedSecrets::new);
  }

  /** What tells of a pooler between. */
  PoolerNotice poolerNotice() {
    return cluster.attachment(PoolerNotice.class, PoolerNotice::new);
  }

  /**
   * Whether it matters which backend serves a session: it is ended after a loss, or asked what
   * became of a COMMIT.
   */
  boolean identifiesBackends() {
    return url.option(BatonOption.REPLAY) != Replay.NONE;
  }

  /** Whether the cluster has reached another timeline since a session of it was on its writer. */
  boolean hasChangedTimeline() {
    return writerHistories().hasSeenOlderThan(cluster.topology().timeline());
  }

  /** How long a recovery may take, its replay included. */
  Duration failoverTimeout() {
    return failoverTimeout;
  }

  /** How long a reader that is behind is waited for. */
  Duration consistencyWait() {
    return consistencyWait;
  }

  /** Where sessions are meant to be. */
  SessionTarget sessionTarget() {
    return url.option(BatonOption.TARGET);
  }

  /** Where a statement runs of which nothing else is said. */
  RouteDecision defaultRoute() {
    return switch (sessionTarget()) {
      case WRITER -> RouteDecision.TO_WRITER;
      case READER -> RouteDecision.TO_READER;
      case ANY -> RouteDecision.TO_ANY;
    };
  }

  /** What readers must have reached; null if they may show whatever they have. */
  @Nullable CausalClock clock() {
    return clock;
  }

  /** What counts the writes of all sessions of this JVM to these servers, whatever they read. */
  CausalClock clockOfProcess() {
    return clockOfProcess;
  }

  /** Whether it matters which tables are written: there are readers, which may have to show it. */
  boolean tellsTablesApart() {
    return !cluster.topology().readers().isEmpty();
  }

  /** By which catalogue it was judged which tables were written. */
  JudgedBy judgedBy() {
    return judgedBy;
  }

  /** The connections that wait for sessions which move; null if there are none. */
  WarmConnections.@Nullable Share warm() {
    return warm;
  }

  /** What the servers are. */
  ServerKind kind() {
    return cluster.settings().kind();
  }

  /** Whether there is a server that takes writes, as far as is known. */
  boolean hasWriter() {
    return cluster.topology().hasWriter();
  }

  /** Whether the writer, as it is known, is at this endpoint. */
  boolean isWriter(Endpoint endpoint) {
    return cluster
        .topology()
        .writer()
        .filter(writer -> writer.endpoint().equals(endpoint))
        .isPresent();
  }

  /** The highest timeline that a server of the cluster has shown; 0 if none has. */
  long timeline() {
    return cluster.topology().timeline();
  }

  /** The endpoints there are. */
  List<Endpoint> endpoints() {
    return cluster.topology().endpoints().stream().map(EndpointState::endpoint).toList();
  }

  /** Gives the share back. With the last share in any cluster, every thread of this JVM ends. */
  @Override
  public void close() {
    if (warm != null) {
      warm.close();
    }
    lease.close();
    if (ClusterRegistry.shared().clusters().isEmpty()) {
      DeadlineGuard.endThread();
    }
  }
}
