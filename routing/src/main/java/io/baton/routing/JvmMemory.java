package io.baton.routing;

import io.baton.routing.topology.DownEndpoints;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.KnownWriters;
import io.baton.routing.topology.SilentEndpoints;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * What all clusters of a JVM know together, also those that are opened later.
 *
 * @param writers the timelines that were confirmed, for good, and who is in office
 * @param updaters those of the clusters that are open
 * @param lateAtFirst the endpoints that said nothing when a session waited for them to connect
 * @param lateForWrites the endpoints that said nothing when a session waited for them to write
 * @param introduced what the log was told of uses of clusters
 * @param left when the last connections of a cluster that was closed were closed there, by the
 *     nanosecond clock
 * @param toldDown the endpoints that the log was told to be down
 */
record JvmMemory(
    KnownWriters writers,
    List<TopologyUpdater> updaters,
    SilentEndpoints lateAtFirst,
    SilentEndpoints lateForWrites,
    Set<String> introduced,
    Map<Endpoint, Long> left,
    DownEndpoints toldDown) {

  JvmMemory(LongSupplier nanoTime) {
    this(
        new KnownWriters(),
        new CopyOnWriteArrayList<>(),
        new SilentEndpoints(nanoTime),
        new SilentEndpoints(nanoTime),
        ConcurrentHashMap.newKeySet(),
        new ConcurrentHashMap<>(),
        new DownEndpoints(nanoTime));
  }
}
