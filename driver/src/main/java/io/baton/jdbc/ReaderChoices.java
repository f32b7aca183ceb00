package io.baton.jdbc;

import io.baton.jdbc.options.Selection;
import io.baton.routing.Cluster;
import io.baton.routing.ReaderChoice;
import io.baton.routing.Selector;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** The choices of readers of one cluster, by the way of choosing. Thread-safe. */
final class ReaderChoices {

  private final Map<Selection, ReaderChoice> choices = new ConcurrentHashMap<>();
  private final Cluster cluster;

  ReaderChoices(Cluster cluster) {
    this.cluster = cluster;
  }

  ReaderChoice of(Selection selection) {
    return choices.computeIfAbsent(
        selection,
        way ->
            new ReaderChoice(
                selector(way), way == Selection.WEIGHTED, cluster::load, System::nanoTime));
  }

  private Selector selector(Selection selection) {
    return switch (selection) {
      case ROUND_ROBIN -> Selector.roundRobin();
      case WEIGHTED -> Selector.weighted(ThreadLocalRandom::current);
      case LEAST_LOADED, NEAREST -> Selector.leastLoaded(cluster::load, ThreadLocalRandom::current);
    };
  }
}
