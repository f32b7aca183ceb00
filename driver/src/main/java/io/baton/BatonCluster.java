package io.baton;

import io.baton.engine.FailoverReports;
import io.baton.engine.ProtectionReports;
import io.baton.failover.HandOverReport;
import io.baton.failover.HandOvers;
import io.baton.routing.Cluster;
import io.baton.routing.switchover.Announcer;
import io.baton.routing.topology.Capabilities;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.ScheduledSwitchover;
import io.baton.routing.topology.ServerStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A cluster of servers that this JVM uses: its endpoints, their state, and the moves of the
 * sessions on them. {@link Clusters} returns instances.
 *
 * <p>Connections to the same servers with other options or another user have monitors of their own,
 * but belong to the same {@code BatonCluster}: {@link #drain} and {@link #handOver} apply to the
 * sessions of all of them. They do not apply to connections that are opened later under yet other
 * options; for those, call them again.
 *
 * <p>Thread-safe. An instance keeps no connection open and no cluster in use.
 */
public final class BatonCluster {

  private final List<Cluster> parts;

  BatonCluster(List<Cluster> parts) {
    this.parts = List.copyOf(parts);
  }

  /**
   * Returns the endpoints that are known now, {@code host:port} each: those of the URL in its
   * order, or those that {@code baton.topology} lists.
   */
  public List<String> endpoints() {
    return topology().stream().map(EndpointStatus::endpoint).toList();
  }

  /** Returns the endpoints that the URL names. */
  List<Endpoint> named() {
    return parts.get(0).settings().endpoints();
  }

  /** Returns the state of each endpoint as it is known now, in the same order. */
  public List<EndpointStatus> topology() {
    return parts.get(0).topology().endpoints().stream().map(BatonCluster::status).toList();
  }

  private static EndpointStatus status(EndpointState state) {
    ServerStatus said = state.status();
    return new EndpointStatus(
        state.endpoint().toString(),
        switch (state.role()) {
          case WRITER -> EndpointStatus.Role.WRITER;
          case READER -> EndpointStatus.Role.READER;
          case UNKNOWN -> EndpointStatus.Role.UNKNOWN;
        },
        state.isUsable(),
        said == null ? 0 : said.timeline(),
        state.lagBytes().isPresent() ? Long.valueOf(state.lagBytes().getAsLong()) : null,
        capabilities(state),
        state.describe());
  }

  private static EndpointCapabilities capabilities(EndpointState state) {
    ServerStatus said = state.status();
    Capabilities told = state.capabilities();
    String version = said == null ? null : said.version();
    Map<String, String> tags = state.listed().tags();
    return told == null || !told.isTold()
        ? new EndpointCapabilities(version, null, null, null, null, tags)
        : new EndpointCapabilities(
            version,
            told.maxConnections(),
            told.sharedBuffers(),
            told.workMemory(),
            told.extensions(),
            tags);
  }

  /**
   * Moves the sessions of this JVM off a server, each between two transactions, and keeps new
   * sessions from it until {@link #undrain}. The server works meanwhile, so no call fails. A
   * session that finds no other suitable server, or that cannot be moved, stays where it is. Open
   * transactions are waited for, up to {@code baton.drainTimeout}.
   *
   * @param endpoint {@code host:port}, as in the URL
   * @return the result for each session, once all have moved or stay
   * @throws IllegalArgumentException if the endpoint is not one of {@link #endpoints()}
   */
  public CompletableFuture<HandOverResult> drain(String endpoint) {
    Endpoint from = Endpoint.parse(endpoint);
    return joined(parts.stream().map(part -> handOvers(part).drain(from)).toList());
  }

  /**
   * Allows a server to be used again after {@link #drain}. Sessions that have moved do not move
   * back.
   *
   * @throws IllegalArgumentException if the endpoint is not one of {@link #endpoints()}
   */
  public void undrain(String endpoint) {
    Endpoint there = Endpoint.parse(endpoint);
    parts.forEach(part -> handOvers(part).undrain(there));
  }

  /**
   * Moves the sessions of one server to another, as {@link #drain} does, but only once: new
   * sessions may begin on either.
   *
   * @param from {@code host:port}, as in the URL
   * @param to {@code host:port}, as in the URL; sessions that write need a server that takes writes
   * @return the result for each session, once all have moved or stay
   * @throws IllegalArgumentException if one is not one of {@link #endpoints()}, or {@code to}
   *     cannot take sessions now
   */
  public CompletableFuture<HandOverResult> handOver(String from, String to) {
    Endpoint leaving = Endpoint.parse(from);
    Endpoint target = Endpoint.parse(to);
    return joined(parts.stream().map(part -> handOvers(part).handOver(leaving, target)).toList());
  }

  /**
   * Announces that another server is going to be the writer from then on: half a second before, new
   * transactions and writes outside of transactions begin to wait, those under way may end, and the
   * sessions go on at the new writer as soon as there is one. If there is none in time, they go on
   * where they are. It announces only; whoever announces has to see to the switchover.
   *
   * @param to the new writer, {@code host:port}, as in the URL
   * @param at when the switchover begins, by the clock of this machine
   * @throws IllegalArgumentException if the endpoint is not one of {@link #endpoints()} or is the
   *     writer already, the time is over, another switchover is under way, or no server is watched
   *     ({@code baton.heartbeat=0})
   */
  public void announceSwitchover(String to, Instant at) {
    ScheduledSwitchover planned = new ScheduledSwitchover(Endpoint.parse(to), at);
    parts.forEach(part -> handOvers(part).announceSwitchover(planned, Announcer.PROGRAM));
  }

  /** Returns how many calls of all sessions were covered, and the causes of lost cover. */
  public ProtectionReport protection() {
    return ProtectionReports.ofClusters(parts);
  }

  /** Returns the number of sessions that this JVM has on the cluster. */
  public int sessions() {
    return parts.stream().map(BatonCluster::handOvers).mapToInt(HandOvers::sessions).sum();
  }

  /** Returns what the losses of servers did to the sessions so far. */
  public FailoverCounts failovers() {
    return FailoverReports.ofClusters(parts);
  }

  /** Adds a listener that is told of every hand-over, however it was started. */
  public void addListener(HandOverListener listener) {
    parts.forEach(part -> handOvers(part).addListener(new HandOverTranslation(listener)));
  }

  /** Removes a listener. */
  public void removeListener(HandOverListener listener) {
    parts.forEach(part -> handOvers(part).removeListener(new HandOverTranslation(listener)));
  }

  private static HandOvers handOvers(Cluster part) {
    return part.attachment(HandOvers.class, () -> new HandOvers(part));
  }

  private static CompletableFuture<HandOverResult> joined(
      List<CompletableFuture<HandOverReport>> reports) {
    return CompletableFuture.allOf(reports.toArray(CompletableFuture[]::new))
        .thenApply(
            all ->
                HandOverTranslation.result(reports.stream().map(CompletableFuture::join).toList()));
  }

  @Override
  public String toString() {
    return "Cluster of "
        + endpoints()
        + System.lineSeparator()
        + parts.get(0).topology().describe();
  }
}
