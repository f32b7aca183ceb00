package io.baton.routing.topology;

import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which server writes a timeline of a cluster, by what was seen so far, and which ones were seen to
 * write it beside that one. Immutable.
 *
 * <p>A promotion always begins a new timeline. So a second server that writes one that has a writer
 * never took over from it: it is a copy of its data folder, or a standby, that was started without
 * {@code standby.signal}. It is excluded, as long as the writer is listed, also while the writer is
 * gone. Three servers look like a second one and are none:
 *
 * <ul>
 *   <li>The writer after a restart in its place. Its start differs, its endpoint does not, so it is
 *       known by each endpoint that led to it.
 *   <li>The writer under another name, which has its start.
 *   <li>The writer at an address that it did not have before. It is known once the list has no
 *       endpoint any more that led to it before.
 * </ul>
 *
 * <p>An endpoint may also be a name that leads elsewhere by now. So the start of a server counts
 * for more than its endpoint, where two servers are proved to be two: each of them answered after
 * the other one had ({@link #areTwo}). One server that was restarted never answers again with its
 * former start.
 *
 * <p>Where two servers were proved to write a timeline before either was the writer, neither is,
 * and that stays so when one of them is gone: it may be the primary that crashed, or the copy that
 * was stopped. It ends when all but one of them are standbys again.
 *
 * <p>Where a source names the writer, it is who the source says.
 *
 * @param names the endpoints that led to the writer; empty if it is not known
 * @param startedAt when its postmaster was started; null if it is not known
 * @param others where other servers were proved to write the timeline, and when they were started
 */
record WriterOfTimeline(
    long systemIdentifier,
    long timeline,
    Set<Endpoint> names,
    @Nullable Instant startedAt,
    Map<Endpoint, Instant> others) {

  WriterOfTimeline {
    names = Set.copyOf(names);
    others = Map.copyOf(others);
  }

  static WriterOfTimeline unknown(long systemIdentifier, long timeline) {
    return new WriterOfTimeline(systemIdentifier, timeline, Set.of(), null, Map.of());
  }

  boolean isOf(@Nullable Long identifier, long other) {
    return identifier != null && identifier == systemIdentifier && timeline == other;
  }

  boolean isKnown() {
    return startedAt != null;
  }

  /** Whether it says nothing of any server. */
  boolean isEmpty() {
    return !isKnown() && others.isEmpty();
  }

  /** Whether a server that takes writes on this timeline, and is not excluded, is the writer. */
  boolean isHeldBy(Endpoint endpoint, ServerStatus claimant) {
    return names.contains(endpoint) || claimant.startedAt().equals(startedAt);
  }

  /** Whether the writer is known, and a list has an endpoint that led to it. */
  boolean isKnownAmong(Collection<Endpoint> listed) {
    return isKnown() && !Collections.disjoint(names, listed);
  }

  /** Whether both have the same server, restarted perhaps, or nothing contradicts that. */
  boolean agreesWith(WriterOfTimeline other) {
    return startedAt == null
        || startedAt.equals(other.startedAt)
        || !Collections.disjoint(names, other.names);
  }

  /** The same with the names by which others know the very same server. */
  WriterOfTimeline withNamesOf(WriterOfTimeline other) {
    if (startedAt == null || !startedAt.equals(other.startedAt)) {
      return this;
    }
    Set<Endpoint> all = new HashSet<>(names);
    all.addAll(other.names);
    return new WriterOfTimeline(systemIdentifier, timeline, all, startedAt, others);
  }

  /** Whether a server that takes writes on this timeline is not the writer, and never was. */
  boolean excludes(Endpoint endpoint, ServerStatus claimant, Collection<Endpoint> listed) {
    if (claimant.startedAt().equals(startedAt)) {
      return false;
    }
    if (others.containsValue(claimant.startedAt())) {
      return true;
    }
    return !names.contains(endpoint) && (isKnownAmong(listed) || others.containsKey(endpoint));
  }

  /** Whether two servers that answer are two, and not one before and after a restart. */
  static boolean areTwo(Health one, Health other) {
    return one.status() != null
        && other.status() != null
        && !one.status().startedAt().equals(other.status().startedAt())
        && one.answeredSince(other.run())
        && other.answeredSince(one.run());
  }

  /**
   * The same after what servers say now: who is a standby again, or of another timeline, writes it
   * no more.
   */
  WriterOfTimeline seen(List<Endpoint> endpoints, List<Health> healths) {
    boolean isNowKnown = isKnown() && !isStandbyNow(endpoints, healths);
    Map<Endpoint, Instant> left = new HashMap<>(others);
    for (int i = 0; i < healths.size(); i++) {
      ServerStatus status = healths.get(i).status();
      Endpoint endpoint = endpoints.get(i);
      if (status != null
          && left.containsKey(endpoint)
          && healths.get(i).availability() == Availability.UP) {
        if (!isClaimedBy(status)) {
          left.remove(endpoint);
        } else if (!isKnown()) {
          left.put(endpoint, status.startedAt()); // It was restarted.
        }
      }
    }
    if (!isNowKnown && Set.copyOf(left.values()).size() < 2) {
      left.clear();
    }
    return isNowKnown
        ? new WriterOfTimeline(systemIdentifier, timeline, names, startedAt, left)
        : new WriterOfTimeline(systemIdentifier, timeline, Set.of(), null, left);
  }

  /**
   * Whether the writer was made a standby of another server: each endpoint that led to it, and is
   * listed, leads to a standby that receives. One that leads to several servers says nothing.
   */
  private boolean isStandbyNow(List<Endpoint> endpoints, List<Health> healths) {
    boolean isOne = false;
    for (int i = 0; i < healths.size(); i++) {
      if (names.contains(endpoints.get(i))) {
        Health health = healths.get(i);
        ServerStatus status = health.status();
        if (status == null
            || !status.standby()
            || !status.streaming()
            || health.availability() != Availability.UP
            || health.address().isShared()) {
          return false;
        }
        isOne = true;
      }
    }
    return isOne;
  }

  /**
   * The same with this server as the writer.
   *
   * @param writer its index
   */
  WriterOfTimeline withWriter(int writer, List<Endpoint> endpoints, List<Health> healths) {
    ServerStatus server = statusOf(healths.get(writer));
    boolean goesOn = isHeldBy(endpoints.get(writer), server);
    Set<Endpoint> nowNames = new HashSet<>();
    for (int i = 0; i < healths.size(); i++) {
      ServerStatus status = healths.get(i).status();
      Endpoint endpoint = endpoints.get(i);
      boolean leadsToIt = status != null && status.startedAt().equals(server.startedAt());
      boolean leadsElsewhere = areTwo(healths.get(i), healths.get(writer));
      if (leadsToIt || (goesOn && names.contains(endpoint) && !leadsElsewhere)) {
        nowNames.add(endpoint);
      }
    }
    Map<Endpoint, Instant> nowOthers = new HashMap<>(others);
    for (int i = 0; i < healths.size(); i++) {
      ServerStatus status = healths.get(i).status();
      if (status != null && isClaimedBy(status) && areTwo(healths.get(i), healths.get(writer))) {
        nowOthers.put(endpoints.get(i), status.startedAt());
      }
    }
    nowOthers.keySet().removeAll(nowNames);
    nowOthers.values().removeIf(server.startedAt()::equals);
    return new WriterOfTimeline(
        systemIdentifier, timeline, nowNames, server.startedAt(), nowOthers);
  }

  /**
   * The same after a round in which several servers may be the writer.
   *
   * @param claimants their indexes
   */
  WriterOfTimeline withClaimants(
      List<Integer> claimants, List<Endpoint> endpoints, List<Health> healths) {
    Map<Endpoint, Instant> nowOthers = new HashMap<>(others);
    for (int one : claimants) {
      for (int other : claimants) {
        if (areTwo(healths.get(one), healths.get(other))) {
          nowOthers.put(endpoints.get(one), statusOf(healths.get(one)).startedAt());
        }
      }
    }
    return new WriterOfTimeline(systemIdentifier, timeline, names, startedAt, nowOthers);
  }

  private boolean isClaimedBy(ServerStatus status) {
    return !status.standby()
        && status.systemIdentifier() == systemIdentifier
        && status.timeline() == timeline;
  }

  private static ServerStatus statusOf(Health health) {
    return Objects.requireNonNull(health.status(), "a writer has said what it is");
  }

  /** Why a server that takes writes on this timeline is not the writer, for people. */
  String refusal(Endpoint refused) {
    String writes = "it accepts writes on timeline " + timeline;
    if (isKnown()) {
      Set<Endpoint> rest = without(names, refused);
      String writer = rest.isEmpty() ? "the server that was here before" : sorted(rest);
      return writes
          + ", whose writer is "
          + writer
          + ": each promotion begins a new timeline, so it never took over from that one. One is a"
          + " copy of the other that was started without standby.signal. Stop the copy or rebuild it"
          + " as a standby, and start "
          + writer
          + " if that is down"
          + OR_NAMED;
    }
    return writes
        + ", and so does another server, "
        + sorted(without(others.keySet(), refused))
        + WHICH_IS_UNKNOWN;
  }

  private static final String OR_NAMED =
      "; or have a source that names the leader (baton.topology=patroni or table)";

  /** What to do about two servers of which none is known to be the writer. */
  static final String WHICH_IS_UNKNOWN =
      ": one is a copy of the other that was started without standby.signal, and which one cannot"
          + " be told from here. Rebuild the copy as a standby, or stop it and start the program"
          + " again"
          + OR_NAMED;

  private static Set<Endpoint> without(Set<Endpoint> all, Endpoint one) {
    Set<Endpoint> rest = new HashSet<>(all);
    rest.remove(one);
    return rest;
  }

  private static String sorted(Set<Endpoint> endpoints) {
    return endpoints.stream().map(Endpoint::toString).sorted().collect(Collectors.joining(", "));
  }
}
