package io.baton.routing;

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
