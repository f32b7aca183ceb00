package io.baton;

import io.baton.failover.HandOverReport;
import io.baton.failover.HandOvers;
import io.baton.jdbc.ProtectionReports;
import io.baton.routing.Cluster;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import io.baton.routing.topology.ServerStatus;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The servers of one URL, as this JVM uses them: what is known of them, and what can be done with
 * the sessions that are on them. Got from {@link Clusters}.
 *
 * <p>Connections that name the same servers with other options or another user are watched apart,
 * but they are one here: an order concerns the sessions of all of them. An order for sessions that
 * are opened later under yet other options has to be given again.
 *
 * <p>Thread-safe. It keeps no connection and no cluster alive.
 */
public final class BatonCluster {

  private final List<Cluster> parts;

  BatonCluster(List<Cluster> parts) {
    this.parts = List.copyOf(parts);
  }

  /**
   * The endpoints of the cluster as they are known now, {@code host:port} each: those of the URL in
   * its order, or those that {@code baton.topology} lists.
   */
  public List<String> endpoints() {
    return topology().stream().map(EndpointStatus::endpoint).toList();
  }

  /** The endpoints that the URL names. */
  List<Endpoint> named() {
    return parts.get(0).settings().endpoints();
  }

  /** What is known of each endpoint now, in the same order. */
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
        state.describe());
  }

  /**
   * Has the sessions of this JVM leave a server, each at its next moment between two transactions,
   * and no new one begin there, until {@link #undrain}. The server goes on working meanwhile, so no
   * call fails; a session that finds no other server that is right for it, or that cannot be moved,
   * goes on where it is. Transactions under way are waited for as long as {@code
   * baton.drainTimeout} says.
   *
   * @param endpoint {@code host:port}, as in the URL
   * @return what became of each session, as soon as that is known
   * @throws IllegalArgumentException if the endpoint is not one of {@link #endpoints()}
   */
  public CompletableFuture<HandOverResult> drain(String endpoint) {
    Endpoint from = Endpoint.parse(endpoint);
    return joined(parts.stream().map(part -> handOvers(part).drain(from)).toList());
  }

  /**
   * Allows a server to be used again after {@link #drain}. Sessions do not come back by themselves.
   *
   * @throws IllegalArgumentException if the endpoint is not one of {@link #endpoints()}
   */
  public void undrain(String endpoint) {
    Endpoint there = Endpoint.parse(endpoint);
    parts.forEach(part -> handOvers(part).undrain(there));
  }

  /**
   * Has the sessions that are on one server move to another, as {@link #drain} does, but only once:
   * new sessions may begin on either.
   *
   * @param from {@code host:port}, as in the URL
   * @param to {@code host:port}, as in the URL; sessions that write need a server that takes writes
   * @return what became of each session, as soon as that is known
   * @throws IllegalArgumentException if one is not of {@link #endpoints()}, or the second cannot
   *     take sessions now
   */
  public CompletableFuture<HandOverResult> handOver(String from, String to) {
    Endpoint leaving = Endpoint.parse(from);
    Endpoint target = Endpoint.parse(to);
    return joined(parts.stream().map(part -> handOvers(part).handOver(leaving, target)).toList());
  }

  /** How the calls of all sessions were covered, and what took the cover away. */
  public ProtectionReport protection() {
    return ProtectionReports.ofClusters(parts);
  }

  /** Adds someone who wants to know how hand-overs go, whoever ordered them. */
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
