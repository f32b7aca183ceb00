package io.baton.routing.topology;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which server is the writer, by what all of them say at one moment: the rules of {@link
 * TopologyRules} for the timeline, the office and the writer. For one use.
 */
final class WriterRules {

  private final List<Endpoint> endpoints;
  private final Predicate<Endpoint> leased;
  private final KnownWriters confirmed;
  private final TopologyRules.Watch watch;
  private final Topology previous;
  private final List<Health> healths;
  private final Set<Endpoint> draining;
  private final @Nullable Long identifier;
  private final boolean isNamed;

  /** Which server writes the highest timeline that is claimed, or that of the snapshot before. */
  private final @Nullable WriterOfTimeline known;

  /** By what an endpoint is excluded, for each; null if it is not. */
  private final List<@Nullable WriterOfTimeline> excluded = new ArrayList<>();

  /**
   * The rules for one moment.
   *
   * @param isNamed whether the source of endpoints says of some that they are not the writer
   */
  WriterRules(
      List<Endpoint> endpoints,
      Predicate<Endpoint> leased,
      boolean isNamed,
      KnownWriters confirmed,
      TopologyRules.Watch watch,
      Topology previous,
      List<Health> healths,
      Set<Endpoint> draining,
      @Nullable Long identifier) {
    this.endpoints = endpoints;
    this.leased = leased;
    this.isNamed = isNamed;
    this.confirmed = confirmed;
    this.watch = watch;
    this.previous = previous;
    this.healths = healths;
    this.draining = draining;
    this.identifier = identifier;
    this.known = known();
    for (int i = 0; i < endpoints.size(); i++) {
      excluded.add(exclusion(i));
    }
  }

  /**
   * Who the writer is.
   *
   * @param index of the writer; -1 if there is none or it cannot be told
   * @param timeline that of the writer, be there one or not
   * @param inOffice the index of the server that keeps its office; -1 if none does
   * @param rival who is the writer in place of a claimant; null if nobody is known to be
   * @param refused when servers were started that claim to write beside the one in office
   * @param ofTimeline who writes the timeline, as far as is known; null if nothing is
   * @param excluded by what an endpoint is excluded, for each; null if it is not
   * @param isContested whether several servers may be the writer, and none is
   */
  record Choice(
      int index,
      long timeline,
      int inOffice,
      @Nullable Endpoint rival,
      Set<Instant> refused,
      @Nullable WriterOfTimeline ofTimeline,
      List<@Nullable WriterOfTimeline> excluded,
      boolean isContested) {}

  /**
   * Chooses.
   *
   * @param isComplete whether each endpoint has answered or failed at least once
   */
  Choice choose(boolean isComplete) {
    boolean sameCluster = Objects.equals(identifier, previous.systemIdentifier().orElse(null));
    long reached = reachedTimeline(sameCluster ? previous.timeline() : 0);
    KnownWriters.Office elsewhere = officeElsewhere(reached);
    int inOffice = inOffice(reached, elsewhere);
    long shown = shownTimeline();
    if (shown > reached && !keepsItsFollowers(timelineInOffice(inOffice, elsewhere))) {
      reached = shown;
      elsewhere = officeElsewhere(reached);
      inOffice = inOffice(reached, elsewhere);
    }
    long timeline = timelineOfTheWriter(reached, inOffice, elsewhere);
    List<Integer> claimants = claimants(timeline);
    boolean isHeldElsewhere = inOffice < 0 && elsewhere != null;
    int writer = isHeldElsewhere ? -1 : writer(claimants, timeline, inOffice);
    List<Integer> contestants =
        writer >= 0
            ? List.of()
            : claimants.stream()
                .filter(one -> statusOf(healths.get(one)).timeline() == timeline)
                .toList();
    return new Choice(
        writer,
        timeline,
        inOffice,
        rival(writer, elsewhere),
        refused(inOffice),
        ofTimeline(timeline, writer, contestants, isComplete),
        excluded,
        contestants.size() > 1);
  }

  // ------------------------------------------------------------ who writes a timeline

  private @Nullable WriterOfTimeline known() {
    if (identifier == null) {
      return null;
    }
    long claimed = 0;
    for (Health health : healths) {
      if (claimsToWrite(health, identifier, 1)) {
        claimed = Math.max(claimed, statusOf(health).timeline());
      }
    }
    WriterOfTimeline own = previous.writerOfTimeline();
    if (own == null || !own.isOf(identifier, claimed)) {
      WriterOfTimeline undecided = confirmed.undecided(identifier, claimed, endpoints);
      own = undecided == null ? own : undecided;
    }
    return own == null ? null : own.seen(endpoints, healths);
  }

  /** What is known of the writer of a timeline by this cluster itself; null if nothing is. */
  private @Nullable WriterOfTimeline knownOf(long timeline) {
    if (known != null && known.isOf(identifier, timeline)) {
      return known;
    }
    WriterOfTimeline own = previous.writerOfTimeline();
    return own != null && own.isOf(identifier, timeline) ? own : null;
  }

  /** By what a server is excluded from the writers of its timeline; null if it is not. */
  private @Nullable WriterOfTimeline exclusion(int index) {
    Health health = healths.get(index);
    if (isNamed || identifier == null || !claimsToWrite(health, identifier, 1)) {
      return null;
    }
    ServerStatus status = statusOf(health);
    Endpoint endpoint = endpoints.get(index);
    WriterOfTimeline here = knownOf(status.timeline());
    WriterOfTimeline one =
        here == null || here.isEmpty()
            ? confirmed.writerOf(identifier, status.timeline(), endpoint)
            : here;
    if (one == null) {
      return null;
    }
    WriterOfTimeline now = one.seen(endpoints, healths);
    return now.excludes(endpoint, status, endpoints) ? now : null;
  }

  /**
   * Who writes the timeline, after this moment. A server is the known writer only if each endpoint
   * was heard: before that it is the first that has answered, and no more.
   */
  private @Nullable WriterOfTimeline ofTimeline(
      long timeline, int writer, List<Integer> contestants, boolean isComplete) {
    WriterOfTimeline before = knownOf(timeline);
    if (identifier == null || timeline == 0) {
      return null;
    }
    WriterOfTimeline one = before == null ? WriterOfTimeline.unknown(identifier, timeline) : before;
    if (writer >= 0
        && (isComplete || one.isHeldBy(endpoints.get(writer), statusOf(healths.get(writer))))) {
      return one.withWriter(writer, endpoints, healths);
    }
    if (!one.isKnown() && !isNamed) {
      one = one.withClaimants(contestants, endpoints, healths);
    }
    return before == null && one.others().isEmpty() ? null : one;
  }

  // ------------------------------------------------------------ which timeline

  /** The highest timeline that was confirmed before, whatever standbys show now. */
  private long reachedTimeline(long highestBefore) {
    if (identifier == null) {
      return highestBefore;
    }
    if (isNamed) {
      // What others have claimed, or follow, counts for nothing.
      return confirmed.highestNamed(identifier, endpoints);
    }
    long highest = Math.max(highestBefore, confirmed.highest(identifier, endpoints));
    for (Health health : healths) {
      ServerStatus status = health.status();
      if (status != null && status.systemIdentifier() == identifier && !status.standby()) {
        highest = Math.max(highest, confirmed.supersededBy(status));
      }
    }
    return highest;
  }

  /** The highest timeline that a standby shows; 0 where the source says who the writer is. */
  private long shownTimeline() {
    long highest = 0;
    if (identifier != null && !isNamed) {
      for (Health health : healths) {
        ServerStatus status = health.status();
        if (status != null && status.standby() && status.systemIdentifier() == identifier) {
          highest = Math.max(highest, status.timeline());
        }
      }
    }
    return highest;
  }

  /** The timeline of who is in office; -1 if nobody is. */
  private long timelineInOffice(int inOffice, KnownWriters.@Nullable Office elsewhere) {
    if (inOffice >= 0) {
      return statusOf(healths.get(inOffice)).timeline();
    }
    return elsewhere == null ? -1 : elsewhere.timeline();
  }

  /**
   * Whether a writer in office keeps as many of the standbys that receive from somebody as have
   * gone to a higher timeline, or more. One that receives from nobody proves nothing: it may be the
   * one that was promoted by accident, and made a standby again.
   *
   * @param timeline the one of the writer; -1 if nobody is in office
   */
  private boolean keepsItsFollowers(long timeline) {
    if (timeline < 0 || identifier == null) {
      return false;
    }
    int left = 0;
    for (Health health : healths) {
      ServerStatus status = health.status();
      if (status != null
          && status.standby()
          && status.streaming()
          && status.systemIdentifier() == identifier
          && health.availability() == Availability.UP) {
        left += status.timeline() > timeline ? 1 : -1;
      }
    }
    return left <= 0;
  }

  /**
   * The timeline of the writer, be there one or not: that of who is in office, or of the claimant.
   */
  private long timelineOfTheWriter(
      long reached, int inOffice, KnownWriters.@Nullable Office elsewhere) {
    if (inOffice >= 0) {
      return statusOf(healths.get(inOffice)).timeline();
    }
    if (elsewhere != null) {
      return elsewhere.timeline();
    }
    long highest = reached;
    for (int claimant : claimants(reached)) {
      highest = Math.max(highest, statusOf(healths.get(claimant)).timeline());
    }
    return highest;
  }

  // ------------------------------------------------------------ who is in office

  /** The index of the server that keeps its office, -1 if none does. */
  private int inOffice(long reached, KnownWriters.@Nullable Office elsewhere) {
    int told = -1;
    for (int i : claimants(reached)) {
      if (isAloneOnItsTimeline(i)) {
        if (endpoints.get(i).equals(previous.incumbent())
            && watch.isUnbroken()
            && staysInOffice(i)) {
          return i;
        }
        if (told < 0 && elsewhere != null && elsewhere.isHeldBy(statusOf(healths.get(i)))) {
          told = i;
        }
      }
    }
    return told;
  }

  /** Whether nobody else may be the writer of its timeline as well. */
  private boolean isAloneOnItsTimeline(int claimant) {
    ServerStatus server = statusOf(healths.get(claimant));
    long timeline = server.timeline();
    WriterOfTimeline one = knownOf(timeline);
    return timeline == 0
        || (one != null && one.isKnownAmong(endpoints))
        || claimants(timeline).stream()
            .map(other -> statusOf(healths.get(other)))
            .allMatch(other -> other.timeline() != timeline || isSameServer(other, server));
  }

  /** The office that another cluster of the JVM holds and that counts here; null if none does. */
  private KnownWriters.@Nullable Office officeElsewhere(long reached) {
    KnownWriters.Office newest = null;
    for (KnownWriters.Office office : watch.elsewhere()) {
      if (identifier != null
          && office.systemIdentifier() == identifier
          && office.timeline() >= reached
          && (newest == null || newest.timeline() < office.timeline())
          && isKnownHere(office)
          && !isLostHere(office)
          && !isNamed) {
        newest = office;
      }
    }
    return newest;
  }

  private boolean isKnownHere(KnownWriters.Office office) {
    return office.isAmong(endpoints)
        || healths.stream()
            .map(Health::status)
            .anyMatch(status -> status != null && office.isHeldBy(status));
  }

  /**
   * Whether what is known here contradicts: its server says nothing by any of its names, or its
   * endpoint leads to another server, or to a standby.
   */
  private boolean isLostHere(KnownWriters.Office office) {
    boolean isKnown = false;
    for (Health health : healths) {
      ServerStatus status = health.status();
      if (status != null && office.isHeldBy(status)) {
        if (!status.standby()
            && health.availability() != Availability.DOWN
            && health.missed() == 0) {
          return false;
        }
        isKnown = true;
      }
    }
    int index = endpoints.indexOf(office.endpoint());
    if (isKnown || index < 0) {
      return isKnown;
    }
    Health health = healths.get(index);
    return health.availability() == Availability.DOWN
        || health.missed() > 0
        || (health.availability() == Availability.UP && health.status() != null);
  }

  /** Whether the writer so far has answered since before any claimant was a standby. */
  private boolean staysInOffice(int incumbent) {
    Health inOffice = healths.get(incumbent);
    long timeline = statusOf(inOffice).timeline();
    for (int i : claimants(timeline + 1)) {
      Health other = healths.get(i);
      if (!isSameServer(statusOf(other), statusOf(inOffice))
          && !inOffice.run().sawAsStandby(other.run())
          && !isRefusedAlready(statusOf(other))) {
        return false;
      }
    }
    return inOffice.run().isUnbroken();
  }

  /**
   * Whether the writer in office was known to be that when the claimant was first seen: by another
   * cluster's word, perhaps one that is closed by now.
   */
  private boolean isRefusedAlready(ServerStatus claimant) {
    return previous.refused().contains(claimant.startedAt());
  }

  /** The servers that claim to write and are not the writer, which is in office. */
  private Set<Instant> refused(int inOffice) {
    Set<Instant> refused = new HashSet<>();
    if (inOffice >= 0 && watch.isUnbroken()) {
      Health office = healths.get(inOffice);
      boolean isTheSame =
          office.run().isUnbroken() && endpoints.get(inOffice).equals(previous.incumbent());
      for (Health health : healths) {
        if (claimsToWrite(health, identifier, statusOf(office).timeline() + 1)) {
          refused.add(statusOf(health).startedAt());
        }
      }
      if (isTheSame) {
        refused.addAll(previous.refused());
      }
    }
    return refused;
  }

  // ------------------------------------------------------------ which server

  /** Who is the writer in place of a claimant; null if nobody is known to be. */
  private @Nullable Endpoint rival(int writer, KnownWriters.@Nullable Office elsewhere) {
    if (writer >= 0) {
      return endpoints.get(writer);
    }
    return elsewhere == null ? null : elsewhere.endpoint();
  }

  /** The index of the writer of a timeline, -1 if there is none or it cannot be told. */
  private int writer(List<Integer> claimants, long timeline, int inOffice) {
    if (inOffice >= 0) {
      return bestName(inOffice, claimants);
    }
    int best = -1;
    boolean oneServer = true;
    for (int i : claimants) {
      if (best < 0 || rank(i) > rank(best)) {
        best = i;
      }
      oneServer &= isSameServer(statusOf(healths.get(claimants.get(0))), statusOf(healths.get(i)));
    }
    WriterOfTimeline one = knownOf(timeline);
    // All of the known writer's names are one server, one of them before a restart perhaps. Where
    // there are no timelines, no number tells a successor from a copy.
    boolean isOne =
        oneServer
            || (one != null && one.isKnownAmong(endpoints))
            || (timeline == 0 && endpoints.get(best).equals(previous.incumbent()));
    return best >= 0 && isOne ? bestName(best, claimants) : -1;
  }

  /** How good a name of the writer is: one that answers, and then the one that was used so far. */
  private int rank(int index) {
    WriterOfTimeline one = knownOf(statusOf(healths.get(index)).timeline());
    boolean isKnown =
        one != null && statusOf(healths.get(index)).startedAt().equals(one.startedAt());
    return (healths.get(index).availability() == Availability.UP ? 4 : 0)
        + (isKnown ? 2 : 0)
        + (endpoints.get(index).equals(previous.incumbent()) ? 1 : 0);
  }

  /**
   * Of several names of one server the given one, or if it does not answer, or is to be left, one
   * that does and is not.
   */
  private int bestName(int index, List<Integer> claimants) {
    if (isAtHand(index)) {
      return index;
    }
    ServerStatus server = statusOf(healths.get(index));
    for (int i : claimants) {
      if (isAtHand(i) && isSameServer(statusOf(healths.get(i)), server)) {
        return i;
      }
    }
    return index;
  }

  private boolean isAtHand(int index) {
    return healths.get(index).availability() == Availability.UP
        && !draining.contains(endpoints.get(index));
  }

  /** The indexes of those that may write this timeline or a higher one. */
  private List<Integer> claimants(long timeline) {
    List<Integer> claimants = new ArrayList<>();
    for (int i = 0; i < healths.size(); i++) {
      if (claimsToWrite(healths.get(i), identifier, timeline)
          && leased.test(endpoints.get(i))
          && excluded.get(i) == null) {
        claimants.add(i);
      }
    }
    return claimants;
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
    return Objects.requireNonNull(health.status(), "a server that claims to write has said so");
  }
}
