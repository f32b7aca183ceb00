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
 *       whole (a restore, an upgrade with {@code pg_upgrade}); or by a {@link Succession}, for that
 *       of the cluster that takes its place. A server with another identifier is not of the
 *       cluster.
 *   <li><em>Which timeline?</em> The highest that is <em>confirmed</em>. Each promotion opens a
 *       higher one, so a server that accepts writes on a lower timeline is a writer of the past: it
 *       is never written to, and connections to it are given up, since what they write there is
 *       lost when it is rebuilt. A timeline is confirmed by a standby that shows it while no writer
 *       is in office, by having been the writer's, here or elsewhere in this JVM ({@link
 *       KnownWriters}), or by a server that claims it while no writer is in office.
 *   <li><em>Who is in office?</em> The writer so far keeps its office against a server that claims
 *       a higher timeline, as long as it answers, if the claimant was seen to be a standby while it
 *       did: then a standby was promoted beside a writer that was there all the time, by accident
 *       as a rule, and what the others follow is the writer. One that was away meanwhile has been
 *       replaced ({@link AnswerRun}). It loses its office when it is lost, when more standbys
 *       receive the higher timeline than its own, or when another one is named by the source of
 *       endpoints. A standby that receives nothing does not count: it may be the promoted one,
 *       which is a standby again, and to which nobody sends what it would follow. Standbys that
 *       follow the promoted one end no office as long as as many stay. Who did not watch all the
 *       time cannot tell: it goes by what another cluster of the JVM saw that did ({@link
 *       KnownWriters.Office}), unless it finds the server of that office lost itself.
 *   <li><em>Which writer?</em> The one on that timeline. Two endpoints may be two names of one
 *       server (a virtual address and a host); equal start times of the postmaster, to the
 *       microsecond, show that. A second server on the timeline that a server writes is nobody's
 *       successor, since each promotion opens a timeline of its own: it is excluded, also while the
 *       writer is gone ({@link WriterOfTimeline}). Of two that are found together, which one has
 *       the truth cannot be seen from here: there is none, and the problem is reported. The same
 *       holds if the second one is heard while other endpoints have not been heard yet: whoever
 *       answers first was not there first. Where the source of endpoints names the writer, by a
 *       lease or as a leader, nobody else is, and nobody else's timeline counts, neither a
 *       claimant's nor a standby's.
 *   <li><em>Which readers?</em> Standbys. One on a higher timeline than the writer's has, or may
 *       get, what the writer never had, and is none.
 * </ol>
 *
 * <p>{@link WriterRules} has those of the timeline, the office and the writer.
 */
final class TopologyRules {

  private final List<ListedEndpoint> listed;
  private final List<Endpoint> endpoints;
  private final Map<Endpoint, Capabilities> told;
  private final Predicate<Endpoint> leased;
  private final KnownWriters confirmed;
  private final Watch watch;
  private final @Nullable Succession succession;

  /**
   * What the cluster itself, and the others of the JVM, saw of offices.
   *
   * @param isUnbroken whether the servers are watched all the time
   * @param elsewhere the offices that other clusters hold
   */
  record Watch(boolean isUnbroken, List<KnownWriters.Office> elsewhere) {

    /** The only cluster of the JVM, which watches all the time. */
    static final Watch ALONE = new Watch(true, List.of());
  }

  /** The rules for these endpoints, of the only cluster of the JVM, without a successor. */
  TopologyRules(List<ListedEndpoint> listed, Predicate<Endpoint> leased, KnownWriters confirmed) {
    this(listed, leased, confirmed, null);
  }

  /** The rules for these endpoints, of the only cluster of the JVM. */
  TopologyRules(
      List<ListedEndpoint> listed,
      Predicate<Endpoint> leased,
      KnownWriters confirmed,
      @Nullable Succession succession) {
    this(listed, leased, confirmed, Watch.ALONE, succession, Map.of());
  }

  /**
   * The rules for these endpoints.
   *
   * @param leased whether an endpoint holds the lease of the writer, or none is needed
   * @param confirmed the timelines that were confirmed in this JVM; read only
   * @param watch what was seen of offices
   * @param succession what takes the place of the cluster; null if nothing does
   * @param told what servers have told that they have to offer
   */
  TopologyRules(
      List<ListedEndpoint> listed,
      Predicate<Endpoint> leased,
      KnownWriters confirmed,
      Watch watch,
      @Nullable Succession succession,
      Map<Endpoint, Capabilities> told) {
    this.told = told;
    this.watch = watch;
    this.succession = succession;
    this.listed = listed;
    this.endpoints = listed.stream().map(ListedEndpoint::endpoint).toList();
    this.leased = leased;
    this.confirmed = confirmed;
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
    boolean isComplete =
        !listing.isAwaited()
            && healths.stream().noneMatch(one -> one.availability() == Availability.UNPROBED);
    WriterRules.Choice choice =
        new WriterRules(
                endpoints,
                leased,
                isWriterNamed(),
                confirmed,
                watch,
                previous,
                healths,
                draining,
                identifier)
            .choose(isComplete);
    int writer = choice.index();
    Lsn writerLsn = writer < 0 ? null : statusOf(healths.get(writer)).lsn();
    List<EndpointState> states = new ArrayList<>(endpoints.size());
    for (int i = 0; i < endpoints.size(); i++) {
      Verdict verdict = verdict(i, healths, identifier, choice);
      states.add(
          state(
              listed.get(i),
              healths.get(i),
              told.get(endpoints.get(i)),
              verdict,
              draining,
              writerLsn));
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
        choice.refused(),
        choice.ofTimeline(),
        identifier,
        choice.timeline(),
        listing,
        previous.isSettled());
  }

  /** What the rules make of one endpoint. */
  private record Verdict(Role role, @Nullable String problem, @Nullable String abortReason) {}

  private Verdict verdict(
      int index, List<Health> healths, @Nullable Long identifier, WriterRules.Choice choice) {
    long timeline = choice.timeline();
    int writer = choice.index();
    Endpoint rival = choice.rival();
    Health health = healths.get(index);
    ServerStatus status = health.status();
    if (health.availability() == Availability.DOWN) {
      return new Verdict(Role.UNKNOWN, null, down(health));
    }
    if (status != null && identifier != null && status.systemIdentifier() != identifier) {
      if (succession != null && succession.expects(endpoints.get(index), status)) {
        return new Verdict(Role.UNKNOWN, succession.account(), null);
      }
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
              + timeline
              + shownBy(healths, timeline);
      return new Verdict(Role.UNKNOWN, problem, problem);
    }
    if (status == null) {
      return new Verdict(Role.UNKNOWN, null, null);
    }
    if (status.standby()) {
      return writer >= 0 && status.timeline() > timeline
          ? new Verdict(Role.UNKNOWN, strayed(status, timeline), null)
          : new Verdict(Role.READER, null, null);
    }
    if (index == writer || (writer >= 0 && isSameServer(status, statusOf(healths.get(writer))))) {
      return new Verdict(Role.WRITER, null, null);
    }
    if (!leased.test(endpoints.get(index))) {
      String problem =
          "accepts writes and is not known to hold the lease of the writer, or to be the leader that"
              + " the list names";
      return new Verdict(Role.UNKNOWN, problem, "no writer: it " + problem);
    }
    if (status.timeline() > timeline && rival != null) {
      return new Verdict(Role.UNKNOWN, unconfirmed(status, rival, timeline), null);
    }
    WriterOfTimeline excluding = choice.excluded().get(index);
    if (excluding != null) {
      String problem = excluding.refusal(endpoints.get(index));
      return new Verdict(Role.UNKNOWN, problem, problem);
    }
    String problem =
        "it accepts writes on timeline "
            + status.timeline()
            + " and so does another server"
            + (rival == null ? "" : ", " + rival)
            + (choice.isContested() ? WriterOfTimeline.WHICH_IS_UNKNOWN : "");
    // Sessions may be there, if it was the first that answered.
    return new Verdict(Role.UNKNOWN, problem, problem);
  }

  private static String unconfirmed(ServerStatus claimant, Endpoint writer, long timeline) {
    return "it was promoted to timeline "
        + claimant.timeline()
        + " while the writer, "
        + writer
        + " on timeline "
        + timeline
        + ", was not found gone, and no more standbys follow it than that one: if it is to be the"
        + " writer, stop the other one; if not, rebuild it";
  }

  private static String strayed(ServerStatus standby, long timeline) {
    return "it is a standby on timeline "
        + standby.timeline()
        + ", and the writer is on timeline "
        + timeline
        + ": if it or the server that it follows was promoted by accident, rebuild it";
  }

  /** Who shows a timeline, for people. */
  private String shownBy(List<Health> healths, long timeline) {
    for (int i = 0; i < healths.size(); i++) {
      ServerStatus status = healths.get(i).status();
      if (status != null && status.standby() && status.timeline() == timeline) {
        return ", as the standby "
            + endpoints.get(i)
            + " shows: if that was promoted by accident, rebuild it, and start the application"
            + " again";
      }
    }
    return "";
  }

  private static String down(Health health) {
    return health.failure() == null ? "down" : "down: " + FailureText.of(health.failure());
  }

  private static EndpointState state(
      ListedEndpoint listed,
      Health health,
      @Nullable Capabilities told,
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
        // Another server may be there by now, or the same one with other settings.
        told != null && status != null && told.startedAt().equals(status.startedAt()) ? told : null,
        health.answeredAt(),
        lagBytes,
        health.failure(),
        verdict.problem(),
        verdict.abortReason(),
        health.pooled(),
        health.asOf());
  }

  private @Nullable Long systemIdentifier(Topology previous, List<Health> healths) {
    if (succession != null && succession.opened()) {
      return succession.identifier();
    }
    Long known = previous.systemIdentifier().orElse(null);
    if (known != null && previous.isSettled()) {
      Long other = unanimous(healths);
      return other == null ? known : other;
    }
    Map<Long, Integer> votes = new HashMap<>();
    for (Health health : healths) {
      ServerStatus status = health.status();
      if (status != null && !isOfSuccessor(status)) {
        int weight = status.standby() ? 1 : healths.size() + 1;
        votes.merge(status.systemIdentifier(), weight, Integer::sum);
      }
    }
    Long best = null;
    for (Health health : healths) {
      ServerStatus status = health.status();
      if (status != null
          && !isOfSuccessor(status)
          && (best == null || votes(votes, status.systemIdentifier()) > votes(votes, best))) {
        best = status.systemIdentifier();
      }
    }
    return best;
  }

  private boolean isOfSuccessor(ServerStatus status) {
    return succession != null && status.systemIdentifier() == succession.identifier();
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

  /** Whether the source of endpoints says of some that they are not the writer. */
  private boolean isWriterNamed() {
    return !endpoints.stream().allMatch(leased);
  }

  /** Whether the source of endpoints has named the writer. */
  boolean isNamed(Topology topology) {
    return isWriterNamed() && topology.hasWriter();
  }

  private static boolean isSameServer(ServerStatus one, ServerStatus other) {
    return one.startedAt().equals(other.startedAt());
  }

  private static ServerStatus statusOf(Health health) {
    return Objects.requireNonNull(health.status(), "an endpoint without status has no role");
  }
}
