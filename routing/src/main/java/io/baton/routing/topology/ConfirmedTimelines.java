package io.baton.routing.topology;

import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The highest timeline that was confirmed of each cluster of data, for as long as the JVM runs. A
 * server on a lower one is a writer of the past, also for a cluster that is opened anew after all
 * of its connections were closed, and while the server that wrote the higher one does not answer.
 *
 * <p>It is remembered by system identifier <em>and</em> endpoint. A copy of a cluster has the same
 * identifier, and is promoted to a timeline of its own: that makes nobody a writer of the past who
 * is not listed beside it. Two lists that share an endpoint are of one cluster.
 *
 * <p>Thread-safe. It grows with the endpoints that the JVM has known.
 */
public final class ConfirmedTimelines {

  private record Place(long systemIdentifier, Endpoint endpoint) {}

  private final ConcurrentMap<Place, Long> timelines = new ConcurrentHashMap<>();

  /** Remembers that a cluster has reached a timeline; a lower one than before changes nothing. */
  public void confirm(long systemIdentifier, Collection<Endpoint> endpoints, long timeline) {
    for (Endpoint endpoint : endpoints) {
      Place place = new Place(systemIdentifier, endpoint);
      Long known = timelines.get(place);
      if (known == null || known < timeline) {
        timelines.merge(place, timeline, Math::max);
      }
    }
  }

  /** The highest timeline that was confirmed of a cluster with one of these endpoints, or 0. */
  public long highest(long systemIdentifier, Collection<Endpoint> endpoints) {
    long highest = 0;
    for (Endpoint endpoint : endpoints) {
      highest =
          Math.max(highest, timelines.getOrDefault(new Place(systemIdentifier, endpoint), 0L));
    }
    return highest;
  }
}
