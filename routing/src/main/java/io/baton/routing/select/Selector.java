package io.baton.routing.select;

import io.baton.routing.Cluster;
import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A way to choose one among endpoints that would all do.
 *
 * <p>Implementations are safe for use by many threads and allocate nothing but the answer.
 */
@FunctionalInterface
public interface Selector {

  /**
   * Chooses.
   *
   * @param candidates the endpoints that would do
   * @return one of them; empty if there is none
   */
  Optional<EndpointState> select(List<EndpointState> candidates);

  /** One after the other. */
  static Selector roundRobin() {
    AtomicInteger next = new AtomicInteger();
    return candidates ->
        candidates.isEmpty()
            ? Optional.empty()
            : Optional.of(candidates.get(Math.floorMod(next.getAndIncrement(), candidates.size())));
  }

  /**
   * At random, in proportion to the weights; one with weight 0 only if all have it.
   *
   * @param random a source of randomness for the calling thread
   */
  static Selector weighted(Supplier<RandomGenerator> random) {
    return candidates -> {
      long sum = 0;
      for (EndpointState candidate : candidates) {
        sum += candidate.listed().weight();
      }
      if (sum == 0) {
        return candidates.isEmpty()
            ? Optional.empty()
            : Optional.of(candidates.get(random.get().nextInt(candidates.size())));
      }
      long left = random.get().nextLong(sum);
      for (EndpointState candidate : candidates) {
        left -= candidate.listed().weight();
        if (left < 0) {
          return Optional.of(candidate);
        }
      }
      throw new IllegalStateException("weights changed while they were summed up");
    };
  }

  /**
   * Among those to which reads do not go mostly in vain, as they are behind, as another one
   * selects; among all if there is no other.
   *
   * @param load the load of an endpoint
   */
  static Selector useful(Function<? super Endpoint, EndpointLoad> load, Selector among) {
    return candidates -> {
      List<EndpointState> useful =
          candidates.stream()
              .filter(candidate -> !load.apply(candidate.endpoint()).isMostlyInVain())
              .toList();
      return among.select(useful.isEmpty() ? candidates : useful);
    };
  }

  /** Among those than which none is nearer, as another one selects. */
  static Selector nearest(Nearness nearness, Selector among) {
    return candidates -> among.select(nearness.nearest(candidates));
  }

  /**
   * The less busy of two that are picked at random. Looking at two is nearly as good as looking at
   * all, and unlike the best of all it does not send everybody to the same server at once.
   *
   * @param load the load of an endpoint, such as {@link Cluster#load}
   * @param random a source of randomness for the calling thread
   */
  static Selector leastLoaded(
      Function<? super Endpoint, EndpointLoad> load, Supplier<RandomGenerator> random) {
    return candidates -> {
      int count = candidates.size();
      if (count <= 1) {
        return count == 0 ? Optional.empty() : Optional.of(candidates.get(0));
      }
      RandomGenerator generator = random.get();
      int first = generator.nextInt(count);
      int second = generator.nextInt(count - 1);
      EndpointState one = candidates.get(first);
      EndpointState other = candidates.get(second < first ? second : second + 1);
      boolean oneIsCheaper =
          load.apply(one.endpoint()).cost() <= load.apply(other.endpoint()).cost();
      return Optional.of(oneIsCheaper ? one : other);
    };
  }
}
