package io.baton.failover.outcome;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which servers were seen to write each timeline of the clusters of this JVM.
 *
 * <p>The number of a timeline names a history only as long as one server writes it. Two standbys
 * that are promoted behind each other's back both take the next number, and go on with two
 * histories; so do a server and a copy of its data folder. Once two servers were seen to write one
 * timeline, nothing is concluded from its number any more.
 *
 * <p>Thread-safe.
 */
public final class WriterHistories {

  private record Timeline(String systemIdentifier, int number) {}

  private final Map<Timeline, ServerInstance> writers = new ConcurrentHashMap<>();
  private final Set<Timeline> contradicted = ConcurrentHashMap.newKeySet();

  /** The lowest timeline that was seen; 0 if none was. */
  private volatile int lowest;

  /** Records that a server was seen to take writes. */
  public void seen(ServerInstance writer) {
    Timeline timeline = timelineOf(writer);
    if (lowest == 0 || timeline.number() < lowest) {
      lowest = timeline.number();
    }
    ServerInstance before = writers.put(timeline, writer);
    if (before != null && writer.contradicts(before)) {
      contradicted.add(timeline);
    }
  }

  /** Returns whether a server was seen to write a timeline that is older than this one. */
  public boolean hasSeenOlderThan(long timeline) {
    int seen = lowest;
    return seen != 0 && seen < timeline;
  }

  /**
   * Returns whether the timeline of a server was written by that server alone, as far as is known.
   */
  boolean isOne(ServerInstance server) {
    return !contradicted.contains(timelineOf(server));
  }

  private static Timeline timelineOf(ServerInstance server) {
    return new Timeline(server.systemIdentifier(), server.timeline());
  }
}
