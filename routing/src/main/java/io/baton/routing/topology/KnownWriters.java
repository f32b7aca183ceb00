package io.baton.routing.topology;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What all clusters of the JVM know together of writers: the highest timeline that was confirmed of
 * each cluster of data, for as long as the JVM runs, and which server is in office now.
 *
 * <p>A server on a timeline below the confirmed one is a writer of the past, also for a cluster
 * that is opened anew after all of its connections were closed, and while the server that wrote the
 * higher one does not answer.
 *
 * <p>An {@link Office} is known as long as a cluster holds it that watches the server all the time.
 * One that watches the same servers in another way, as another user, or only some of them, or that
 * is opened later, did not see who was there first: it believes the one that did.
 *
 * <p>Who writes a timeline is known as long as the JVM runs, for each endpoint that is listed
 * beside the writer: a second server there that writes the same timeline never took over ({@link
 * WriterOfTimeline}), whether the writer answers or not.
 *
 * <p>All go by system identifier <em>and</em> endpoint. A copy of a cluster has the same
 * identifier, and is promoted to a timeline of its own: that makes nobody a writer of the past who
 * is not listed beside it. Two lists that share an endpoint are of one cluster; so are two that
 * have the very same server under two names.
 *
 * <p>Thread-safe. It grows with the endpoints that the JVM has known, and with their timelines.
 */
public final class KnownWriters {

  /**
   * A server that a cluster of the JVM has as its writer.
   *
   * @param systemIdentifier of which cluster of data
   * @param endpoint where it is
   * @param startedAt when its postmaster was started, which tells it from others
   * @param timeline the one that it writes
   * @param listed the endpoints among which it is the writer
   */
  public record Office(
      long systemIdentifier,
      Endpoint endpoint,
      Instant startedAt,
      long timeline,
      Set<Endpoint> listed) {

    boolean isHeldBy(ServerStatus status) {
      return status.systemIdentifier() == systemIdentifier && status.startedAt().equals(startedAt);
    }

    boolean isAmong(Collection<Endpoint> endpoints) {
      return !Collections.disjoint(listed, endpoints);
    }
  }

  private static final ConcurrentMap<Long, Long> NONE = new ConcurrentHashMap<>();

  /** By endpoint and system identifier. */
  private final ConcurrentMap<Endpoint, ConcurrentMap<Long, Long>> timelines =
      new ConcurrentHashMap<>();

  /** The same, of writers that a source of endpoints has named. */
  private final ConcurrentMap<Endpoint, ConcurrentMap<Long, Long>> named =
      new ConcurrentHashMap<>();

  /** By which timeline a server was superseded; by its start, as it may have several names. */
  private final ConcurrentMap<Instant, Superseded> superseded = new ConcurrentHashMap<>();

  private record Superseded(long systemIdentifier, long timeline) {}

  /** By each endpoint that was listed. */
  private final ConcurrentMap<Endpoint, List<WriterOfTimeline>> ofTimelines =
      new ConcurrentHashMap<>();

  /** By the cluster that says so. */
  private final Map<TopologyState, Office> offices = new ConcurrentHashMap<>();

  /**
   * Remembers that a cluster has reached a timeline; a lower one than before changes nothing.
   *
   * @param isNamed whether a source of endpoints has named its writer
   * @return whether that is news
   */
  public boolean confirm(
      long systemIdentifier, Collection<Endpoint> endpoints, long timeline, boolean isNamed) {
    boolean isNews = raise(timelines, systemIdentifier, endpoints, timeline);
    return (isNamed && raise(named, systemIdentifier, endpoints, timeline)) || isNews;
  }

  private static boolean raise(
      ConcurrentMap<Endpoint, ConcurrentMap<Long, Long>> all,
      long systemIdentifier,
      Collection<Endpoint> endpoints,
      long timeline) {
    boolean isNews = false;
    for (Endpoint endpoint : endpoints) {
      ConcurrentMap<Long, Long> here =
          all.computeIfAbsent(endpoint, first -> new ConcurrentHashMap<>());
      Long known = here.get(systemIdentifier);
      if (known == null || known < timeline) {
        here.merge(systemIdentifier, timeline, Math::max);
        isNews = true;
      }
    }
    return isNews;
  }

  /** The highest timeline that was confirmed of a cluster with one of these endpoints, or 0. */
  public long highest(long systemIdentifier, Collection<Endpoint> endpoints) {
    return highest(timelines, systemIdentifier, endpoints);
  }

  /** The highest of which a source of endpoints has named the writer, or 0. */
  public long highestNamed(long systemIdentifier, Collection<Endpoint> endpoints) {
    return highest(named, systemIdentifier, endpoints);
  }

  private static long highest(
      ConcurrentMap<Endpoint, ConcurrentMap<Long, Long>> all,
      long systemIdentifier,
      Collection<Endpoint> endpoints) {
    long highest = 0;
    for (Endpoint endpoint : endpoints) {
      Map<Long, Long> here = all.getOrDefault(endpoint, NONE);
      highest = Math.max(highest, here.getOrDefault(systemIdentifier, 0L));
    }
    return highest;
  }

  /**
   * Remembers that a server that takes writes was superseded.
   *
   * @return whether that is news
   */
  boolean supersede(ServerStatus server, long timeline) {
    long identifier = server.systemIdentifier();
    if (timeline <= supersededBy(server)) {
      return false;
    }
    superseded.merge(
        server.startedAt(),
        new Superseded(identifier, timeline),
        (known, now) -> known.timeline() < now.timeline() ? now : known);
    return true;
  }

  /** The timeline by which a server was superseded, whatever its name, or 0. */
  long supersededBy(ServerStatus server) {
    Superseded known = superseded.get(server.startedAt());
    return known == null || known.systemIdentifier() != server.systemIdentifier()
        ? 0
        : known.timeline();
  }

  /**
   * Notes who writes a timeline. Where another server is known to, that stays, unless a source says
   * who it is, or the cluster knew that one and knows better now.
   *
   * @param listed the endpoints beside which it does
   * @param former what the cluster knew before; null if nothing
   */
  void note(
      Collection<Endpoint> listed,
      @Nullable WriterOfTimeline former,
      WriterOfTimeline writer,
      boolean isNamed) {
    for (Endpoint endpoint : listed) {
      WriterOfTimeline before = find(endpoint, writer.systemIdentifier(), writer.timeline());
      boolean isNews =
          before == null ? !writer.isEmpty() : !before.equals(writer.withNamesOf(before));
      boolean isBelieved =
          isNamed
              || before == null
              || before.agreesWith(writer)
              || (former != null
                  && former.isOf(writer.systemIdentifier(), writer.timeline())
                  && former.isKnown()
                  && before.agreesWith(former));
      if (isNews && isBelieved) {
        ofTimelines.merge(endpoint, List.of(writer), (known, one) -> with(known, writer));
      }
    }
  }

  private static List<WriterOfTimeline> with(
      List<WriterOfTimeline> known, WriterOfTimeline writer) {
    List<WriterOfTimeline> all = new ArrayList<>();
    WriterOfTimeline now = writer;
    for (WriterOfTimeline one : known) {
      if (one.isOf(writer.systemIdentifier(), writer.timeline())) {
        now = writer.withNamesOf(one);
      } else {
        all.add(one);
      }
    }
    all.add(now);
    return List.copyOf(all);
  }

  /** Who writes a timeline, as the lists of this JVM with an endpoint know; null if none does. */
  @Nullable WriterOfTimeline writerOf(long systemIdentifier, long timeline, Endpoint endpoint) {
    return find(endpoint, systemIdentifier, timeline);
  }

  /**
   * What is known of a timeline that several servers write, and none of them as the writer; null if
   * that is known of none of these endpoints.
   */
  @Nullable WriterOfTimeline undecided(
      long systemIdentifier, long timeline, Collection<Endpoint> endpoints) {
    for (Endpoint endpoint : endpoints) {
      WriterOfTimeline one = find(endpoint, systemIdentifier, timeline);
      if (one != null && !one.isKnown() && !one.isEmpty()) {
        return one;
      }
    }
    return null;
  }

  private @Nullable WriterOfTimeline find(Endpoint endpoint, long systemIdentifier, long timeline) {
    for (WriterOfTimeline one : ofTimelines.getOrDefault(endpoint, List.of())) {
      if (one.isOf(systemIdentifier, timeline)) {
        return one;
      }
    }
    return null;
  }

  /**
   * Notes who is in office for a cluster.
   *
   * @param office null if nobody is, or the cluster does not watch all the time
   */
  void hold(TopologyState holder, @Nullable Office office) {
    if (office == null) {
      offices.remove(holder);
    } else {
      offices.put(holder, office);
    }
  }

  /** The offices that the other clusters of the JVM hold. */
  List<Office> heldBesides(TopologyState cluster) {
    return offices.isEmpty()
        ? List.of()
        : offices.entrySet().stream()
            .filter(held -> held.getKey() != cluster)
            .map(Map.Entry::getValue)
            .collect(Collectors.toUnmodifiableList());
  }
}
