package io.baton.routing.select;

import io.baton.routing.topology.Endpoint;
import io.baton.routing.topology.EndpointState;
import java.util.function.Function;

/**
 * Whether a session that reads from one endpoint would do better at another. There is a dead zone
 * between the two: within it, noise moves nobody.
 *
 * <p>Implementations are safe for use by many threads and allocate nothing.
 */
@FunctionalInterface
public interface ReaderPreference {

  /** How much more a session has to cost where it is. */
  double DEAD_ZONE = 1.5;

  /** How much more sessions there have to be, with two at least. */
  double EVENLY = 1.1;

  /** Whether a session does well to change over from here to there. */
  boolean isBetter(EndpointState there, EndpointState here);

  /**
   * Away from one to which reads go mostly in vain, and never to one; otherwise as another one
   * prefers.
   *
   * @param load the load of an endpoint
   */
  static ReaderPreference byUse(
      Function<? super Endpoint, EndpointLoad> load, ReaderPreference otherwise) {
    return (there, here) -> {
      boolean vainHere = load.apply(here.endpoint()).isMostlyInVain();
      boolean vainThere = load.apply(there.endpoint()).isMostlyInVain();
      return vainHere == vainThere ? otherwise.isBetter(there, here) : vainHere;
    };
  }

  /**
   * Away from a server that is much slower if that makes it better by half; among those that are as
   * fast as one another, sessions are spread evenly, to one more or less.
   *
   * @param load the load of an endpoint
   */
  static ReaderPreference byLoad(Function<? super Endpoint, EndpointLoad> load) {
    return (there, here) -> isBetter(load.apply(there.endpoint()), load.apply(here.endpoint()));
  }

  private static boolean isBetter(EndpointLoad there, EndpointLoad here) {
    if (here.isMuchSlowerThan(there) || there.isMuchSlowerThan(here)) {
      return here.cost() > DEAD_ZONE * there.cost();
    }
    return here.sessions() >= there.sessions() + 2 && here.sessions() > EVENLY * there.sessions();
  }

  /**
   * Sessions are spread in proportion to the weights: whether one less here and one more there
   * comes nearer to that.
   *
   * @param load the load of an endpoint
   */
  static ReaderPreference byWeight(Function<? super Endpoint, EndpointLoad> load) {
    return (there, here) -> {
      int weightThere = there.listed().weight();
      int weightHere = here.listed().weight();
      double sessionsThere = load.apply(there.endpoint()).sessions() + 1.0;
      double sessionsHere = load.apply(here.endpoint()).sessions() - 1.0;
      return weightThere > 0
          && (weightHere == 0 || sessionsHere * weightThere > EVENLY * sessionsThere * weightHere);
    };
  }

  /**
   * To a nearer one, and never to one farther away; among those that are as near as one another, by
   * load.
   *
   * @param load the load of an endpoint
   */
  static ReaderPreference byNearness(
      Nearness nearness, Function<? super Endpoint, EndpointLoad> load) {
    ReaderPreference byLoad = byLoad(load);
    return (there, here) ->
        nearness.isNearer(there, here)
            || (!nearness.isNearer(here, there) && byLoad.isBetter(there, here));
  }
}
