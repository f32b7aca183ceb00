package io.baton.routing.topology;

import io.baton.routing.consistency.Lsn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How what servers say of themselves becomes a {@link Topology}: a pure function of the snapshot
 * before and of each endpoint's {@link Health}.
 *
 * <ol>
 *   <li><em>Which cluster?</em> The system identifier decides. While the first round is under way
 *       it is that of a server that accepts writes, then that of most servers, then that of the
 *       first in the order of the URL; from then on it stays. It is exchanged only if every
 *       endpoint answers and all agree on another one, which is a cluster that was replaced as a
 *       whole (a restore, an upgrade with {@code pg_upgrade}). A server with another identifier is
 *       not of the cluster.
 *   <li><em>Which timeline?</em> The highest that any server of the cluster has ever shown. Each
 *       promotion opens a higher one, so a server that accepts writes on a lower timeline is a
 *       writer of the past: it is never written to, and connections to it are given up, since what
 *       they write there is lost when it is rebuilt.
 *   <li><em>Which writer?</em> The one on that timeline. Two endpoints may be two names of one
 *       server (a virtual address and a host); equal start times of the postmaster, to the
 *       microsecond, show that. Two different servers on one timeline were promoted apart from each
 *       other, and which one has the truth cannot be seen from here: whoever has been the writer
 *       stays it; if neither has, there is none, and the problem is reported. Where the source of
 *       endpoints grants a lease to the writer, nobody is the writer without it.
 * </ol>
 */
final class TopologyRules {

  private final List<ListedEndpoint> listed;
  private final List<Endpoint> endpoints;
  private final Predicate<Endpoint> leased;

  /**
   * The rules for these endpoints.
   *
   * @param leased whether an endpoint holds the lease of the writer, or none is needed
   */
  TopologyRules(List<ListedEndpoint> listed, Predicate<Endpoint> leased) {
    this.listed = listed;
    this.endpoints = listed.stream().map(ListedEndpoint::endpoint).toList();
    this.leased = leased;
  }

  /**
   * The snapshot that follows.
   *
   * @param previous the snapshot before
   * @param healths the health of each endpoint, in the order of the endpoints
   * @param draining the endpoints that are to be left
   * @param listing what is to be known of the list
   * @param now the time of day
   */
  Topology next(
      Topology previous,
      List<Health> healths,
      Set<Endpoint> draining,
      Topology.Listing listing,
      Instant now) {
    Long identifier = systemIdentifier(previous, healths);
    boolean sameCluster = Objects.equals(identifier, previous.systemIdentifier().orElse(null));
    long timeline = highestTimeline(healths, identifier, sameCluster ? previous.timeline() : 0);
    int writer = writer(previous, healths, draining, identifier, timeline);
    Lsn writerLsn = writer < 0 ? null : statusOf(healths.get(writer)).lsn();
    List<EndpointState> states = new ArrayList<>(endpoints.size());
    for (int i = 0; i < endpoints.size(); i++) {
      Verdict verdict = verdict(i, healths, identifier, timeline, writer);
      states.add(state(listed.get(i), healths.get(i), verdict, draining, writerLsn));
    }
    EndpointState writerState =
        writer >= 0 && states.get(writer).availability().answers() ? states.get(writer) : null;
    Endpoint incumbent = writer < 0 ? previous.incumbent() : endpoints.get(writer);
    return new Topology(
        previous.version() + 1,
        now,
        states,
        writerState,
        incumbent,
        identifier,
        timeline,
        listing,
        previous.isSettled());
  }

  /** What the rules make of one endpoint. */
  private record Verdict(Role role, @Nullable String problem, @Nullable String abortReason) {}

  private Verdict verdict(
      int index, List<Health> healths, @Nullable Long identifier, long timeline, int writer) {
    Health health = healths.get(index);
    ServerStatus status = health.status();
    if (health.availability() == Availability.DOWN) {
      return new Verdict(Role.UNKNOWN, null, down(health));
    }
    if (status != null && identifier != null && status.systemIdentifier() != identifier) {
      String problem =
          "not of this cluster: its system identifier is "
              + status.systemIdentifier()
              + " and the cluster's is "
              + identifier;
      return new Verdict(Role.UNKNOWN, problem, problem);
    }
    if (status != null && !status.standby() && status.timeline() < timeline) {
      String problem =
          "superseded: it accepts writes on timeline "
              + status.timeline()
              + " but the cluster has reached timeline "
              + timeline;
      return new Verdict(Role.UNKNOWN, problem, problem);
    }
    if (status == null) {
      return new Verdict(Role.UNKNOWN, null, null);
    }
    if (status.standby()) {
      return new Verdict(Role.READER, null, null);
    }
    if (index == writer || (writer >= 0 && isSameServer(status, statusOf(healths.get(writer))))) {
      return new Verdict(Role.WRITER, null, null);
    }
    if (!leased.test(endpoints.get(index))) {
      String problem =
          "accepts writes and is not known to hold the lease of the writer, which the list grants";
      return new Verdict(Role.UNKNOWN, problem, problem);
    }
    return new Verdict(
        Role.UNKNOWN,
        "accepts writes on timeline " + status.timeline() + " and so does another server",
        writer >= 0 ? "another server is the writer on timeline " + timeline : null);
  }

  private static String down(Health health) {
    return health.failure() == null ? "down" : "down: " + EndpointState.oneLine(health.failure());
  }

  private static EndpointState state(
      ListedEndpoint listed,
      Health health,
      Verdict verdict,
      Set<Endpoint> draining,
      @Nullable Lsn writerLsn) {
    Availability availability = health.availability();
    if (availability == Availability.SUSPECT && verdict.abortReason() != null) {
      availability = Availability.DOWN;
    } else if (availability == Availability.UP && draining.contains(listed.endpoint())) {
      availability = Availability.DRAINING;
    }
    ServerStatus status = health.status();
    OptionalLong lagBytes = OptionalLong.empty();
    if (verdict.role() == Role.READER
        && status != null
        && status.lsn() != null
        && writerLsn != null) {
      lagBytes = OptionalLong.of(Math.max(0, writerLsn.minus(status.lsn())));
    }
    return new EndpointState(
        listed,
        verdict.role(),
        availability,
        status,
        health.answeredAt(),
        lagBytes,
        health.failure(),
        verdict.problem(),
        verdict.abortReason(),
        health.asOf());
  }

  private static @Nullable Long systemIdentifier(Topology previous, List<Health> healths) {
    Long known = previous.systemIdentifier().orElse(null);
    if (known != null && previous.isSettled()) {
      Long other = unanimous(healths);
      return other == null ? known : other;
    }
    Map<Long, Integer> votes = new HashMap<>();
    for (Health health : healths) {
      ServerStatus status = health.status();
      if (status != null) {
        int weight = status.standby() ? 1 : healths.size() + 1;
        votes.merge(status.systemIdentifier(), weight, Integer::sum);
      }
    }
    Long best = null;
    for (Health health : healths) {
      ServerStatus status = health.status();
      if (status != null
          && (best == null || votes(votes, status.systemIdentifier()) > votes(votes, best))) {
        best = status.systemIdentifier();
      }
    }
    return best;
  }

  private static int votes(Map<Long, Integer> votes, long identifier) {
    return votes.getOrDefault(identifier, 0);
  }

  /** The identifier that all endpoints show at this moment; null if one is silent or differs. */
  private static @Nullable Long unanimous(List<Health> healths) {
    Long identifier = null;
    for (Health health : healths) {
      ServerStatus status = health.status();
      if (health.availability() != Availability.UP
          || status == null
          || (identifier != null && identifier != status.systemIdentifier())) {
        return null;
      }
      identifier = status.systemIdentifier();
    }
    return identifier;
  }

  private static long highestTimeline(
      List<Health> healths, @Nullable Long identifier, long highestBefore) {
    long highest = highestBefore;
    for (Health health : healths) {
      ServerStatus status = health.status();
      if (status != null && identifier != null && status.systemIdentifier() == identifier) {
        highest = Math.max(highest, status.timeline());
      }
    }
    return highest;
  }

  /** The index of the writer, -1 if there is none or it cannot be told. */
  private int writer(
      Topology previous,
      List<Health> healths,
      Set<Endpoint> draining,
      @Nullable Long identifier,
      long timeline) {
    int anchor = -1;
    boolean oneServer = true;
    for (int i = 0; i < healths.size(); i++) {
      if (mayWrite(i, healths, identifier, timeline)) {
        if (endpoints.get(i).equals(previous.incumbent())) {
          return bestName(i, healths, draining, identifier, timeline);
        }
        if (anchor < 0) {
          anchor = i;
        } else {
          oneServer &= isSameServer(statusOf(healths.get(anchor)), statusOf(healths.get(i)));
        }
      }
    }
    return anchor >= 0 && oneServer
        ? bestName(anchor, healths, draining, identifier, timeline)
        : -1;
  }

  /**
   * Of several names of one server the given one, or if it does not answer, or is to be left, one
   * that does and is not.
   */
  private int bestName(
      int index,
      List<Health> healths,
      Set<Endpoint> draining,
      @Nullable Long identifier,
      long timeline) {
    if (healths.get(index).availability() == Availability.UP
        && !draining.contains(endpoints.get(index))) {
      return index;
    }
    ServerStatus server = statusOf(healths.get(index));
    for (int i = 0; i < healths.size(); i++) {
      Health health = healths.get(i);
      if (health.availability() == Availability.UP
          && !draining.contains(endpoints.get(i))
          && mayWrite(i, healths, identifier, timeline)
          && isSameServer(statusOf(health), server)) {
        return i;
      }
    }
    return index;
  }

  private boolean mayWrite(
      int index, List<Health> healths, @Nullable Long identifier, long timeline) {
    return claimsToWrite(healths.get(index), identifier, timeline)
        && leased.test(endpoints.get(index));
  }

  private static boolean claimsToWrite(Health health, @Nullable Long identifier, long timeline) {
    ServerStatus status = health.status();
    return status != null
        && identifier != null
        && health.availability() != Availability.DOWN
        && status.systemIdentifier() == identifier
        && !status.standby()
        && status.timeline() >= timeline;
  }

  private static boolean isSameServer(ServerStatus one, ServerStatus other) {
    return one.startedAt().equals(other.startedAt());
  }

  private static ServerStatus statusOf(Health health) {
    return Objects.requireNonNull(health.status(), "an endpoint without status has no role");
  }
}
