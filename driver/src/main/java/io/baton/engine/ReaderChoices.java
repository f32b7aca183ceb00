package io.baton.engine;

import io.baton.jdbc.options.BatonOption;
import io.baton.jdbc.options.BatonUrl;
import io.baton.jdbc.options.Selection;
import io.baton.routing.Cluster;
import io.baton.routing.select.Nearness;
import io.baton.routing.select.ReaderChoice;
import io.baton.routing.select.ReaderPreference;
import io.baton.routing.select.Selector;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** The choices of readers of one cluster, by the way of choosing. Thread-safe. */
final class ReaderChoices {

  /** By the way of choosing and the zone. */
  private final Map<String, ReaderChoice> choices = new ConcurrentHashMap<>();

  private final Cluster cluster;

  ReaderChoices(Cluster cluster) {
    this.cluster = cluster;
  }

  /** The choice that a URL asks for. */
  ReaderChoice of(BatonUrl url) {
    Selection selection = url.option(BatonOption.SELECT);
    String zone = url.option(BatonOption.ZONE);
    return choices.computeIfAbsent(selection + " " + zone, first -> choice(selection, zone));
  }

  private ReaderChoice choice(Selection selection, String zone) {
    Selector leastLoaded = Selector.leastLoaded(cluster::load, ThreadLocalRandom::current);
    ReaderPreference byLoad = ReaderPreference.byLoad(cluster::load);
    Nearness nearness = new Nearness(zone, cluster::load);
    return switch (selection) {
      case LEAST_LOADED -> choice(leastLoaded, byLoad);
      case ROUND_ROBIN -> choice(Selector.roundRobin(), byLoad);
      case WEIGHTED ->
          choice(
              Selector.weighted(ThreadLocalRandom::current),
              ReaderPreference.byWeight(cluster::load));
      case NEAREST ->
          choice(
              Selector.nearest(nearness, leastLoaded),
              ReaderPreference.byNearness(nearness, cluster::load));
    };
  }

  private ReaderChoice choice(Selector selector, ReaderPreference preference) {
    return new ReaderChoice(
        Selector.useful(cluster::load, selector),
        ReaderPreference.byUse(cluster::load, preference),
        System::nanoTime);
  }
}
